public import Rules

/// Which incidents to list; what is nil or empty does not restrict.
public struct IncidentQuery: Hashable, Sendable {
    public var status: Set<Incident.Status> = []
    public var rule: String?
    /// A glob: `10.0.*`.
    public var machine: String?
    public var metric: String?
    public var severity: Set<Severity> = []
    public var source: String?
    public var labels: [String: String] = [:]
    /// Opened at or after.
    public var since: Timestamp?
    /// Opened before.
    public var until: Timestamp?
    /// Open at that time.
    public var at: Timestamp?
    /// Words that occur in the message, machine, rule, labels or a note, in any case.
    public var text: String?
    /// Those older than the incident of this number: where the last page ended.
    public var before: Int64?
    /// 1 to 1,000.
    public var limit = 50

    public init() {}

    /// The condition in SQL, and the values of its parameters.
    var sql: (condition: String, values: [SQLValue]) {
        var conditions = ["1"]
        var values: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue...) {
            conditions.append(condition)
            values += value
        }
        if !status.isEmpty { add(Self.condition(status)) }
        if let rule { add("rule = ?", .text(rule)) }
        if let machine { add(Self.isGlob(machine) ? "machine GLOB ?" : "machine = ?", .text(machine)) }
        if let metric { add("metric = ?", .text(metric)) }
        if !severity.isEmpty {
            let names = severity.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
            add("severity IN (\(names))")
        }
        if let source { add("source = ?", .text(source)) }
        for (name, value) in labels { add("instr(labels, ?) > 0", .text(LabelText.needle(name, value))) }
        if let since { add("opened_at >= ?", .time(since)) }
        if let until { add("opened_at < ?", .time(until)) }
        if let at { add("opened_at <= ? AND (resolved_at IS NULL OR resolved_at > ?)", .time(at), .time(at)) }
        for word in (text ?? "").split(separator: " ") {
            let pattern = "%" + Self.escape(word) + "%"
            add(
                """
                ((message || ' ' || machine || ' ' || rule || ' ' || labels) LIKE ? ESCAPE '\\' OR EXISTS (
                    SELECT 1 FROM remark WHERE remark.incident = incident.id AND note LIKE ? ESCAPE '\\'))
                """, .text(pattern), .text(pattern))
        }
        // Always there: the list is then a range of an index, or of the table, that ends with its page.
        add("id < ?", .integer(before ?? .max))
        return (conditions.joined(separator: " AND "), values)
    }

    private static func condition(_ statuses: Set<Incident.Status>) -> String {
        // So that the index of open ones is used.
        if statuses == [.open, .acknowledged] { return "resolved_at IS NULL" }
        let conditions = statuses.map { status in
            switch status {
            case .open: "resolved_at IS NULL AND acknowledged_at IS NULL"
            case .acknowledged: "resolved_at IS NULL AND acknowledged_at IS NOT NULL"
            case .resolved: "resolved_at IS NOT NULL"
            }
        }
        return conditions.count == 1
            ? conditions[0] : "(" + conditions.sorted().joined(separator: " OR ") + ")"
    }

    private static func isGlob(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    private static func escape(_ word: Substring) -> String {
        word.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
