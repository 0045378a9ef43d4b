public import Rules

/// Which deliveries of a webhook to send again.
public struct ReplayRange: Hashable, Sendable {
    public let webhook: String
    /// What else than dead or delivered is not sent again.
    public let state: Delivery.State
    public var ids: ClosedRange<Int64>

    public init(webhook: String, state: Delivery.State, ids: ClosedRange<Int64> = 1...Int64.max) {
        self.webhook = webhook
        self.state = state
        self.ids = ids
    }
}

/// What became of the wish to send a delivery again.
public enum Replay: Hashable, Sendable {
    case again
    /// It is in a state from which nothing is sent again.
    case refused(Delivery.State)
    /// Its receiver accepted a later one of the same incident: sent now, it would say what is no longer so.
    case overtaken(by: Int64, kind: String)
}

extension StoreWriter {
    /// Has a delivery that is over sent again under its old id; nil when there is none.
    ///
    /// One that is pending, or waits for a digest, stays as it is.
    public func replay(
        _ id: Int64, at time: Timestamp, audit: AuditEntry? = nil
    ) throws(StoreError) -> Replay? {
        try db.transaction { () throws(StoreError) in
            let states = try db.rows("SELECT state FROM delivery WHERE id = ?", [.integer(id)]) {
                $0.text(0).flatMap(Delivery.State.init)
            }
            guard let state = states.first ?? nil else { return nil }
            guard state != .pending && state != .held else { return .refused(state) }
            let later = try db.rows(
                """
                SELECT e.id, e.kind FROM delivery d JOIN delivery e ON e.incident = d.incident
                    AND e.webhook = d.webhook AND e.id > d.id AND e.state = 'delivered'
                WHERE d.id = ? ORDER BY e.id DESC LIMIT 1
                """, [.integer(id)]
            ) { Replay.overtaken(by: $0.integer(0) ?? 0, kind: $0.text(1) ?? "") }
            if let overtaken = later.first { return overtaken }
            try db.run("\(Self.replaying) WHERE id = ?", .time(time), .integer(id))
            try insert(audit)
            return .again
        }
    }

    /// Has the deliveries of a range sent again, but those that one outside of it has overtaken; how many of each.
    public func replay(
        _ range: ReplayRange, at time: Timestamp, audit: AuditEntry? = nil
    ) throws(StoreError) -> (again: Int, overtaken: Int) {
        guard range.state == .dead || range.state == .delivered else {
            try insert(audit)
            return (0, 0)
        }
        let all = "webhook = ? AND state = '\(range.state.rawValue)' AND id BETWEEN ? AND ?"
        // A later one that was delivered and lies in a range of such goes again too, and behind.
        let end = SQLValue.integer(range.state == .delivered ? range.ids.upperBound : 0)
        let upToDate = """
            \(all) AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.incident = delivery.incident
                AND e.webhook = delivery.webhook AND e.id > delivery.id AND e.id > ? AND e.state = 'delivered')
            """
        let values: [SQLValue] = [
            .text(range.webhook), .integer(range.ids.lowerBound), .integer(range.ids.upperBound),
        ]
        return try db.transaction { () throws(StoreError) in
            func count(_ condition: String, _ values: [SQLValue]) throws(StoreError) -> Int {
                let sql = "SELECT count(*) FROM delivery WHERE \(condition)"
                return try db.rows(sql, values) { Int($0.integer(0) ?? 0) }.first ?? 0
            }
            let (found, again) = (try count(all, values), try count(upToDate, values + [end]))
            try db.statement("\(Self.replaying) WHERE \(upToDate)").run([.time(time)] + values + [end])
            try insert(audit)
            return (again, found - again)
        }
    }

    private static let replaying =
        "UPDATE delivery SET state = 'pending', due_at = ?, ended_at = NULL, first_attempt_at = NULL"
}
