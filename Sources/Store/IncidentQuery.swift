public import Rules

/// Which incidents to list; what is nil or empty does not restrict.
public struct IncidentQuery: Hashable, Sendable {
    public var status: Set<Incident.Status> = []
    public var rule: String?
    public var machine: String?
    /// A pattern of machines: `10.0.*`.
    public var machines: Glob?
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
    /// Beginnings of words, in any case, each of which is in the message, machine, rule, metric, labels or a note.
    public var text: String? {
        didSet { beginnings = Term.beginnings(in: text ?? "") }
    }
    private(set) var beginnings: [String] = []
    /// Those older than the incident of this number: where the last page ended.
    public var before: Int64?
    /// 1 to 1,000.
    public var limit = 50

    public init() {}

    /// Whether an incident matches in all but the words.
    func matches(_ incident: Incident) -> Bool {
        (status.isEmpty || status.contains(incident.status)) && (rule ?? incident.rule) == incident.rule
            && (machine ?? incident.machine) == incident.machine
            && (metric ?? incident.metric) == incident.metric
            && (severity.isEmpty || severity.contains(incident.severity))
            && (source ?? incident.source) == incident.source
            && labels.allSatisfy { incident.labels[$0.key] == $0.value }
            && (machines?.matches(incident.machine) ?? true) && matchesInTime(incident)
    }

    private func matchesInTime(_ incident: Incident) -> Bool {
        if let since, incident.openedAt < since { return false }
        if let until, incident.openedAt >= until { return false }
        guard let at else { return true }
        return incident.openedAt <= at && (incident.resolvedAt.map { $0 > at } ?? true)
    }

    /// Nothing but whether incidents are open, of which few are.
    fileprivate var asksForOpenOnesAlone: Bool {
        var other = self
        (other.status, other.before, other.limit) = ([], nil, 50)
        return other == IncidentQuery() && !status.isEmpty && !status.contains(.resolved)
    }

    fileprivate var asksForAll: Bool {
        var other = self
        (other.before, other.limit) = (nil, 50)
        return other == IncidentQuery()
    }
}

extension StoreReader {
    /// The incidents that match, newest first, and whether there are more.
    public func incidents(matching query: IncidentQuery) throws(StoreError) -> (page: [Incident], more: Bool)
    {
        let found =
            if let sql = Self.list(query) {
                try read { (db) throws(StoreError) in
                    try db.rows(
                        sql, [.integer(query.before ?? .max), .integer(Int64(query.limit + 1))],
                        IncidentRow.read)
                }
            } else {
                try snapshot { (db) throws(StoreError) in
                    var search = try IncidentSearch(query, in: db)
                    return try search.run()
                }
            }
        return (Array(found.prefix(query.limit)), found.count > query.limit)
    }

    /// What finds the incidents that match, and one more, where one table or index holds them in their order.
    static func list(_ query: IncidentQuery) -> String? {
        let condition: String
        if query.asksForAll {
            condition = ""
        } else if query.asksForOpenOnesAlone {
            let isBoth = query.status.count == 2
            let acknowledged = query.status.contains(.acknowledged) ? "IS NOT NULL" : "IS NULL"
            condition = "resolved_at IS NULL \(isBoth ? "" : "AND acknowledged_at \(acknowledged)") AND"
        } else {
            return nil
        }
        return """
            SELECT \(IncidentRow.columns) FROM incident WHERE \(condition) id < ? ORDER BY id DESC LIMIT ?
            """
    }
}
