public import Rules

/// Something that somebody did, or was not let do, over the API or at the terminal.
public struct AuditEntry: Hashable, Sendable {
    /// Its number; 0 before it is kept.
    public var id: Int64 = 0
    public let at: Timestamp
    /// The name of their token, `open` where none is asked for; nil for somebody unknown.
    public var who: String?
    /// The address that they came from.
    public let address: String
    public let method: String
    /// The path, a name in braces for each part that varies: `/api/incidents/{id}/resolve`.
    public let route: String
    /// What stands for the names in braces: `42`.
    public let subject: String?
    /// What was sent, in short.
    public let summary: String?
    /// The status of the answer.
    public var status: Int
    /// How many refusals before it were too many to be kept.
    public var omitted = 0

    public init(
        at: Timestamp, who: String?, address: String, method: String, route: String, subject: String? = nil,
        summary: String? = nil, status: Int
    ) {
        self.at = at
        self.who = who
        self.address = address
        self.method = method
        self.route = route
        self.subject = subject
        self.summary = summary
        self.status = status
    }
}

extension StoreWriter {
    /// Keeps an entry that no commit of its effect took along.
    public func keep(_ entry: AuditEntry) throws(StoreError) {
        try insert(entry)
    }

    func insert(_ entry: AuditEntry?) throws(StoreError) {
        guard let entry else { return }
        try db.run(
            """
            INSERT INTO audit (at, who, address, method, route, subject, summary, status, omitted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .time(entry.at), .text(entry.who), .text(entry.address), .text(entry.method),
            .text(entry.route), .text(entry.subject), .text(entry.summary), .integer(Int64(entry.status)),
            .integer(Int64(entry.omitted)))
    }

    func has(_ entry: AuditEntry) throws(StoreError) -> Bool {
        try db.integer(
            "SELECT 1 FROM audit WHERE at = ? AND route = ? AND address = ?", .time(entry.at),
            .text(entry.route),
            .text(entry.address)) != nil
    }

    /// Deletes some entries from before `time`; true when there may be more.
    func pruneAudit(before time: Timestamp) throws(StoreError) -> Bool {
        let ids = try db.rows("SELECT id FROM audit WHERE at < ? LIMIT 100", [.time(time)]) {
            $0.integer(0) ?? 0
        }
        for id in ids { try db.run("DELETE FROM audit WHERE id = ?", .integer(id)) }
        return !ids.isEmpty
    }
}

/// Which entries are asked for.
public struct AuditQuery: Sendable {
    public var since: Timestamp?
    public var until: Timestamp?
    /// Below this number.
    public var before: Int64?
    public var limit = 50

    public init() {}

    /// What finds them, newest first, and one more. Numbers rise with time, so that the index on time says where in
    /// them a span begins and ends; the times themselves decide.
    var sql: (text: String, values: [SQLValue]) {
        var conditions: [String] = []
        var values: [SQLValue] = []
        if let before {
            conditions.append("id < ?")
            values.append(.integer(before))
        }
        if let since {
            conditions.append(
                "id >= (SELECT id FROM audit WHERE at >= ? ORDER BY at, id LIMIT 1) AND at >= ?")
            values += [.time(since), .time(since)]
        }
        if let until {
            conditions.append(
                "id <= (SELECT id FROM audit WHERE at < ? ORDER BY at DESC, id DESC LIMIT 1) AND at < ?")
            values += [.time(until), .time(until)]
        }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return (
            """
            SELECT id, at, who, address, method, route, subject, summary, status, omitted FROM audit \(condition)
            ORDER BY id DESC LIMIT ?
            """, values + [.integer(Int64(limit + 1))]
        )
    }
}

extension StoreReader {
    /// The entries that match, newest first, and whether there are more.
    public func audit(matching query: AuditQuery) throws(StoreError) -> (page: [AuditEntry], more: Bool) {
        let (sql, values) = query.sql
        let found = try read { (db) throws(StoreError) in
            try db.rows(sql, values) { row in
                var entry = AuditEntry(
                    at: row.time(1) ?? Timestamp(milliseconds: 0), who: row.text(2),
                    address: row.text(3) ?? "",
                    method: row.text(4) ?? "", route: row.text(5) ?? "", subject: row.text(6),
                    summary: row.text(7), status: Int(row.integer(8) ?? 0))
                entry.id = row.integer(0) ?? 0
                entry.omitted = Int(row.integer(9) ?? 0)
                return entry
            }
        }
        return (Array(found.prefix(query.limit)), found.count > query.limit)
    }
}
