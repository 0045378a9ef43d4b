public import Rules

extension StoreWriter {
    /// Supersedes what waits for `webhook` and is overtaken by what waits behind it; how many there were.
    ///
    /// Those whose ids are in `held` are under way and stay. With `retriedOnly`, only incidents of which an
    /// attempt has failed are looked at: a healthy receiver is told everything.
    @discardableResult public func coalesce(
        _ webhook: String, at time: Timestamp, holding held: Set<Int64>, retriedOnly: Bool
    ) throws(StoreError) -> Int {
        let plans = try coalescings(of: webhook, holding: held, retriedOnly: retriedOnly)
        guard !plans.isEmpty else { return 0 }
        try db.transaction { () throws(StoreError) in
            for plan in plans { try carryOut(plan, at: time) }
        }
        return plans.reduce(0) { $0 + $1.steps.count }
    }

    private func coalescings(
        of webhook: String, holding held: Set<Int64>, retriedOnly: Bool
    ) throws(StoreError) -> [Coalescing] {
        let retried = retriedOnly ? "AND attempts > 0" : ""
        let several = retriedOnly ? "" : "HAVING count(*) > 1"
        var plans: [Coalescing] = []
        var (incident, queue) = (Int64(0), [Coalescing.Waiting]())
        func end() {
            let plan = Coalescing(queue)
            if !plan.steps.isEmpty { plans.append(plan) }
            queue = []
        }
        try db.statement(
            """
            SELECT incident, id, kind, attempts, late_body IS NOT NULL FROM delivery
            WHERE webhook = ? AND state = 'pending' AND incident IN (
                SELECT incident FROM delivery WHERE webhook = ? AND state = 'pending' \(retried)
                GROUP BY incident \(several))
            ORDER BY incident, id
            """
        ).forEach([.text(webhook), .text(webhook)]) { row in
            let (number, id) = (row.integer(0) ?? 0, row.integer(1) ?? 0)
            if number != incident { end() }
            incident = number
            queue.append(
                Coalescing.Waiting(
                    id: id, kind: row.text(2) ?? "", attempts: Int(row.integer(3) ?? 0),
                    hasLateBody: row.integer(4) == 1, isHeld: held.contains(id)))
        }
        end()
        return plans
    }

    private func carryOut(_ plan: Coalescing, at time: Timestamp) throws(StoreError) {
        for step in plan.steps {
            try db.run(
                """
                UPDATE delivery SET state = 'superseded', superseded_by = ?, ended_at = ?
                WHERE id = ? AND state = 'pending'
                """, .integer(step.by), .time(time), .integer(step.superseded))
        }
        if let late = plan.late {
            try db.run(
                """
                UPDATE delivery SET kind = 'incident.late', body = late_body, late_body = NULL WHERE id = ?
                """, .integer(late))
        }
    }

    /// Of those of `incidents` whose opening some webhooks were not told yet: the opening's evidence as JSON, and
    /// those webhooks.
    public func untold(_ incidents: [Int64]) throws(StoreError) -> [Int64: Untold] {
        var untold: [Int64: Untold] = [:]
        for incident in incidents {
            let rows = try db.rows(
                """
                SELECT d.webhook, e.evidence FROM delivery d JOIN event e ON e.id = d.event
                WHERE d.incident = ? AND d.kind = 'incident.opened' AND d.state = 'pending'
                """, [.integer(incident)]
            ) { ($0.text(0) ?? "", $0.text(1) ?? "[]") }
            guard let evidence = rows.first?.1 else { continue }
            untold[incident] = Untold(evidence: evidence, webhooks: Set(rows.map(\.0)))
        }
        return untold
    }
}

/// An opening that some webhooks were not told of yet.
public struct Untold: Hashable, Sendable {
    /// The samples that decided it, as JSON.
    public let evidence: String
    public let webhooks: Set<String>
}
