public import Rules

/// One accepted load of the rules file.
public struct RulesVersion: Hashable, Sendable {
    public let number: Int
    public let text: String
    public let acceptedAt: Timestamp
    /// From where it came: `start`, `saved`, `reload`, `api by kim`, `rollback to 3 by kim`.
    public let origin: String
    /// How many incidents it ended because their rule or source is no more.
    public let endedIncidents: Int
}

extension StoreWriter {
    /// The number of `text` among the accepted rules files: the last one if it is the same, else a new one.
    ///
    /// A new one is recorded with who had it adopted.
    public func rulesVersion(
        of text: String, from origin: String, at time: Timestamp, audit: AuditEntry? = nil
    ) throws(StoreError) -> Int {
        let last = try db.rows("SELECT number, text FROM rules_version ORDER BY number DESC LIMIT 1") {
            (Int($0.integer(0) ?? 0), $0.text(1))
        }.first
        if let last, last.1 == text {
            // After a failure what follows is tried again: who had it adopted is then on record.
            if let audit, try !has(audit) { try insert(audit) }
            return last.0
        }
        let number = (last?.0 ?? 0) + 1
        return try db.transaction { () throws(StoreError) in
            try db.run(
                "INSERT INTO rules_version (number, text, accepted_at, origin) VALUES (?, ?, ?, ?)",
                .integer(Int64(number)), .text(text), .time(time), .text(origin))
            try insert(audit)
            return number
        }
    }
}

extension StoreReader {
    private static let columns = """
        number, text, accepted_at, origin, (SELECT count(*) FROM incident WHERE resolved_at = accepted_at
            AND resolution IN ('rule removed', 'rule changed', 'source removed'))
        """

    /// The accepted rules files, the last one first; those before the version `before`, where it is given.
    public func rulesVersions(before: Int? = nil, limit: Int) throws(StoreError) -> [RulesVersion] {
        try read { (db) throws(StoreError) in
            try db.rows(
                "SELECT \(Self.columns) FROM rules_version WHERE number < ? ORDER BY number DESC LIMIT ?",
                [.integer(before.map { Int64($0) } ?? .max), .integer(Int64(limit))], Self.version)
        }
    }

    /// The accepted rules file of a number, the last one when none is given; nil when there is none.
    public func rules(version: Int? = nil) throws(StoreError) -> RulesVersion? {
        guard let version else { return try rulesVersions(limit: 1).first }
        return try read { (db) throws(StoreError) in
            try db.rows(
                "SELECT \(Self.columns) FROM rules_version WHERE number = ?", [.integer(Int64(version))],
                Self.version
            ).first
        }
    }

    /// The rules file that was in force at a moment; nil when none was yet.
    public func rules(at time: Timestamp) throws(StoreError) -> RulesVersion? {
        try read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT \(Self.columns) FROM rules_version WHERE accepted_at <= ? ORDER BY number DESC LIMIT 1
                """, [.time(time)], Self.version
            ).first
        }
    }

    private static func version(_ row: borrowing Row) -> RulesVersion {
        RulesVersion(
            number: Int(row.integer(0) ?? 0), text: row.text(1) ?? "",
            acceptedAt: row.time(2) ?? Timestamp(milliseconds: 0), origin: row.text(3) ?? "",
            endedIncidents: Int(row.integer(4) ?? 0))
    }
}
