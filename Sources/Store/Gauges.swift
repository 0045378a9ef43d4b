public import Rules

/// How the database stands, counted for those who watch the gateway.
public struct Gauges: Sendable {
    public var open: [Severity: Int] = [:]
    public var acknowledged: [Severity: Int] = [:]
    /// By webhook.
    public var outbox: [String: OutboxCount] = [:]
    /// When the oldest delivery that waits was made, by webhook.
    public var oldestPending: [String: Timestamp] = [:]
    /// How long nothing was seen, in the intervals on record.
    public var blind: [(kind: BlindInterval.Kind, subject: String, duration: Duration)] = []

    public init() {}
}

extension StoreReader {
    /// How the database stands at `now`.
    public func gauges(at now: Timestamp) throws(StoreError) -> Gauges {
        var gauges = Gauges()
        gauges.outbox = try outbox()
        try read { (db) throws(StoreError) in
            try db.statement(
                """
                SELECT severity, acknowledged_at IS NOT NULL, count(*) FROM incident
                WHERE resolved_at IS NULL GROUP BY 1, 2
                """
            ).forEach([]) { row in
                guard let severity = row.text(0).flatMap(Severity.init) else { return }
                let count = Int(row.integer(2) ?? 0)
                if row.integer(1) == 1 {
                    gauges.acknowledged[severity] = count
                } else {
                    gauges.open[severity] = count
                }
            }
            let oldest = try db.rows(
                "SELECT webhook, min(id) FROM delivery WHERE state = 'pending' GROUP BY webhook"
            ) { ($0.text(0) ?? "", $0.integer(1) ?? 0) }
            for (webhook, id) in oldest {
                let made = try db.integer("SELECT created_at FROM delivery WHERE id = ?", .integer(id))
                gauges.oldestPending[webhook] = made.map { Timestamp(milliseconds: $0) }
            }
            gauges.blind = try db.rows(
                """
                SELECT kind, subject, sum(coalesce(ended_at, ?) - started_at) FROM blind
                GROUP BY kind, subject ORDER BY kind, subject
                """, [.time(now)]
            ) { row in
                row.text(0).flatMap(BlindInterval.Kind.init).map {
                    ($0, row.text(1) ?? "", Duration.milliseconds(max(0, row.integer(2) ?? 0)))
                }
            }.compactMap { $0 }
        }
        return gauges
    }
}
