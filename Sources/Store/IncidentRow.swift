import Rules

/// How an incident lies in its table: one list of columns, written and read in the same order.
enum IncidentRow {
    static let columns = """
        id, rule, severity, machine, source, metric, aggregate, window_samples, window_ms, side, threshold, clear, \
        value, peak, last_value, message, labels, opened_at, resolved_at, acknowledged_at, acknowledged_by, \
        resolution, rules_version, held_by, is_untold, is_end_untold, reminded_at, \
        lower, lower_clear, runbook
        """

    static func values(of incident: Incident) -> [SQLValue] {
        var samples = SQLValue.null
        var duration = SQLValue.null
        switch incident.window {
        case .samples(let count): samples = .integer(Int64(count))
        case .duration(let length): duration = .integer(length.wholeMilliseconds)
        }
        let bound = { incident.threshold.side == .outside ? SQLValue.real($0) : .null }
        return [
            .integer(incident.id), .text(incident.rule), .text(incident.severity.rawValue),
            .text(incident.machine), .text(incident.source), .text(incident.metric),
            .text(incident.aggregate.rawValue), samples, duration, .text(incident.threshold.side.rawValue),
            .real(incident.threshold.limit), .real(incident.threshold.clear), .real(incident.value),
            .real(incident.peak), .real(incident.lastValue), .text(incident.message),
            .text(LabelText.encode(incident.labels)), .time(incident.openedAt), .time(incident.resolvedAt),
            .time(incident.acknowledgedAt), .text(incident.acknowledgedBy),
            .text(incident.resolution?.rawValue), .integer(Int64(incident.rulesVersion)),
            HoldText.value(of: incident), .integer(incident.isUntold ? 1 : 0),
            .integer(incident.isEndUntold ? 1 : 0), .time(incident.remindedAt),
            bound(incident.threshold.lower), bound(incident.threshold.lowerClear), .text(incident.runbook),
        ]
    }

    static func read(_ row: borrowing Row) throws(StoreError) -> Incident {
        let window =
            row.integer(7).map { WindowSpan.samples(Int($0)) }
            ?? .duration(.milliseconds(row.integer(8) ?? 0))
        guard let id = row.integer(0),
            let severity = row.text(2).flatMap(Severity.init),
            let aggregate = row.text(6).flatMap(Aggregate.init),
            let threshold = threshold(row),
            let opened = row.time(17)
        else {
            throw .failed(code: 0, detail: "incident \(row.integer(0) ?? -1) holds values of a later version")
        }
        var incident = Incident(
            id: id, rule: row.text(1) ?? "", severity: severity, machine: row.text(3) ?? "",
            source: row.text(4) ?? "", metric: row.text(5) ?? "", aggregate: aggregate, window: window,
            threshold: threshold, value: row.real(12) ?? 0, peak: row.real(13) ?? 0,
            lastValue: row.real(14) ?? 0, message: row.text(15) ?? "",
            labels: LabelText.decode(row.text(16) ?? ""), openedAt: opened, resolvedAt: row.time(18),
            acknowledgedAt: row.time(19), acknowledgedBy: row.text(20),
            resolution: row.text(21).flatMap(Incident.Resolution.init),
            rulesVersion: Int(row.integer(22) ?? 0), remindedAt: row.time(26),
            runbook: row.text(29))
        incident.heldBy = HoldText.decode(row.text(23) ?? "")
        incident.isUntold = row.integer(24) == 1
        incident.isEndUntold = row.integer(25) == 1
        return incident
    }

    private static func threshold(_ row: borrowing Row) -> Threshold? {
        guard let side = row.text(9).flatMap(Threshold.Side.init), let limit = row.real(10),
            let clear = row.real(11)
        else { return nil }
        guard side == .outside else { return Threshold(side, limit, clear: clear) }
        guard let lower = row.real(27), let lowerClear = row.real(28) else { return nil }
        return Threshold(outside: lower, limit, clear: (lowerClear, clear))
    }
}

/// What holds an incident back as one text, `\u{1f}` between.
enum HoldText {
    static func value(of incident: Incident) -> SQLValue {
        .text(incident.heldBy.map(\.description).joined(separator: "\u{1f}"))
    }

    static func decode(_ text: String) -> [Hold] {
        text.split(separator: "\u{1f}").map { Hold(String($0)) }
    }
}

/// Labels as one text: `\u{1f}name=value` for each, sorted, and `\u{1f}` at the end. A rules file holds no control
/// characters.
enum LabelText {
    static func encode(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        return labels.sorted { $0.key < $1.key }.map { "\u{1f}\($0.key)=\($0.value)" }.joined() + "\u{1f}"
    }

    static func decode(_ text: String) -> [String: String] {
        var labels: [String: String] = [:]
        for pair in text.split(separator: "\u{1f}") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { labels[String(parts[0])] = String(parts[1]) }
        }
        return labels
    }
}
