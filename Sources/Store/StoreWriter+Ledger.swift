public import Rules

/// A span of time in which the gateway, or one of its sources, saw nothing.
public struct BlindInterval: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// The process did not run.
        case down
        /// A source gave nothing, from its last success on.
        case source
        /// The wall clock was set: the times in between name other moments than they seem to.
        case clock
    }

    public let id: Int64
    public let kind: Kind
    /// The source; `gateway` for the other kinds.
    public let subject: String
    public let startedAt: Timestamp
    /// Nil while it lasts.
    public let endedAt: Timestamp?
}

/// What a change says of blind intervals.
public enum LedgerEntry: Hashable, Sendable {
    case began(BlindInterval.Kind, subject: String, at: Timestamp)
    /// Ends the open interval of that kind and subject, if there is one.
    case ended(BlindInterval.Kind, subject: String, at: Timestamp)
}

extension StoreWriter {
    func insert(_ ledger: [LedgerEntry]) throws(StoreError) {
        for entry in ledger {
            switch entry {
            case .began(let kind, let subject, let time):
                try db.run(
                    "INSERT INTO blind (kind, subject, started_at) VALUES (?, ?, ?)", .text(kind.rawValue),
                    .text(subject), .time(time))
            case .ended(let kind, let subject, let time):
                try db.run(
                    """
                    UPDATE blind SET ended_at = CASE WHEN ? < started_at THEN started_at ELSE ? END
                    WHERE kind = ? AND subject = ? AND ended_at IS NULL
                    """, .time(time), .time(time), .text(kind.rawValue), .text(subject))
            }
        }
    }

    /// Keeps that the process was alive at `time`.
    func markAlive(at time: Timestamp) throws(StoreError) {
        try db.run("UPDATE instance SET alive_at = ?", .time(time))
    }

    /// When a process last said that it was alive; nil for a new database.
    public func aliveAt() throws(StoreError) -> Timestamp? {
        try db.integer("SELECT alive_at FROM instance").map { Timestamp(milliseconds: $0) }
    }

    /// The sources whose blind interval lasts.
    public func blindSources() throws(StoreError) -> Set<String> {
        Set(
            try db.rows("SELECT subject FROM blind WHERE kind = 'source' AND ended_at IS NULL") {
                $0.text(0) ?? ""
            })
    }

    /// Deletes intervals that ended before `time`.
    func pruneLedger(before time: Timestamp) throws(StoreError) {
        try db.run("DELETE FROM blind WHERE ended_at < ?", .time(time))
    }
}

extension StoreReader {
    /// The blind intervals that reach into a span, the latest recorded first, and whether there are more.
    public func blind(
        since: Timestamp?, until: Timestamp?, before: Int64?, limit: Int
    ) throws(StoreError) -> (page: [BlindInterval], more: Bool) {
        let found = try read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT id, kind, subject, started_at, ended_at FROM blind
                WHERE id < ? AND (ended_at IS NULL OR ended_at >= ?) AND started_at < ?
                ORDER BY id DESC LIMIT ?
                """,
                [
                    .integer(before ?? .max), .integer(since?.milliseconds ?? .min),
                    .integer(until?.milliseconds ?? .max), .integer(Int64(limit + 1)),
                ]
            ) { row throws(StoreError) in try BlindInterval(row) }
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }
}

extension BlindInterval {
    fileprivate init(_ row: borrowing Row) throws(StoreError) {
        guard let id = row.integer(0), let kind = row.text(1).flatMap(Kind.init), let start = row.time(3)
        else {
            throw .failed(code: 0, detail: "the ledger of blind intervals holds values of a later version")
        }
        self.init(id: id, kind: kind, subject: row.text(2) ?? "", startedAt: start, endedAt: row.time(4))
    }
}
