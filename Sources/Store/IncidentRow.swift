import Rules

/// How an incident lies in its table: one list of columns, written and read in the same order.
enum IncidentRow {
    static let columns = """
        id, rule, severity, machine, source, metric, aggregate, window_samples, window_ms, side, threshold, clear, \
        value, peak, last_value, message, labels, opened_at, resolved_at, acknowledged_at, acknowledged_by, \
        resolution, rules_version, held_by, is_untold, is_end_untold, reminded_at, \
        lower, lower_clear, runbook
        """

    static func write(_ incident: Incident, to row: inout Bindings) {
        row.append(.integer(incident.id))
        row.append(.text(incident.rule))
        row.append(.text(incident.severity.rawValue))
        row.append(.text(incident.machine))
        row.append(.text(incident.source))
        row.append(.text(incident.metric))
        row.append(.text(incident.aggregate.rawValue))
        write(incident.window, to: &row)
        row.append(.text(incident.threshold.side.rawValue))
        row.append(.real(incident.threshold.limit))
        row.append(.real(incident.threshold.clear))
        row.append(.real(incident.value))
        row.append(.real(incident.peak))
        row.append(.real(incident.lastValue))
        row.append(.text(incident.message))
        row.append(.text(LabelText.encode(incident.labels)))
        row.append(.time(incident.openedAt))
        row.append(.time(incident.resolvedAt))
        row.append(.time(incident.acknowledgedAt))
        row.append(.text(incident.acknowledgedBy))
        row.append(.text(incident.resolution?.rawValue))
        row.append(.integer(Int64(incident.rulesVersion)))
        row.append(HoldText.value(of: incident))
        row.append(.flag(incident.isUntold))
        row.append(.flag(incident.isEndUntold))
        row.append(.time(incident.remindedAt))
        let hasLower = incident.threshold.side == .outside
        row.append(hasLower ? .real(incident.threshold.lower) : .null)
        row.append(hasLower ? .real(incident.threshold.lowerClear) : .null)
        row.append(.text(incident.runbook))
    }

    private static func write(_ window: WindowSpan, to row: inout Bindings) {
        switch window {
        case .samples(let count):
            row.append(.integer(Int64(count)))
            row.append(.null)
        case .duration(let length):
            row.append(.null)
            row.append(.integer(length.wholeMilliseconds))
        }
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
