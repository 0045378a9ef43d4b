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

extension StoreWriter {
    /// Has a delivery that is over sent again under its old id; the state it was in, nil when there is none.
    ///
    /// One that is pending, or waits for a digest, stays as it is.
    public func replay(_ id: Int64, at time: Timestamp) throws(StoreError) -> Delivery.State? {
        try db.transaction { () throws(StoreError) in
            let states = try db.rows("SELECT state FROM delivery WHERE id = ?", [.integer(id)]) {
                $0.text(0).flatMap(Delivery.State.init)
            }
            guard let state = states.first ?? nil else { return nil }
            try db.run(
                "\(Self.replaying) WHERE id = ? AND state IN ('dead', 'delivered', 'superseded')",
                .time(time),
                .integer(id))
            return state
        }
    }

    /// Has the deliveries of a range sent again; how many there are.
    public func replay(_ range: ReplayRange, at time: Timestamp) throws(StoreError) -> Int {
        guard range.state == .dead || range.state == .delivered else { return 0 }
        let condition = "webhook = ? AND state = '\(range.state.rawValue)' AND id BETWEEN ? AND ?"
        let (first, last) = (range.ids.lowerBound, range.ids.upperBound)
        return try db.transaction { () throws(StoreError) in
            let count = try db.integer(
                "SELECT count(*) FROM delivery WHERE \(condition)", .text(range.webhook), .integer(first),
                .integer(last))
            try db.run(
                "\(Self.replaying) WHERE \(condition)", .time(time), .text(range.webhook), .integer(first),
                .integer(last))
            return Int(count ?? 0)
        }
    }

    private static let replaying =
        "UPDATE delivery SET state = 'pending', due_at = ?, ended_at = NULL, first_attempt_at = NULL"
}
