public import Rules

/// A critical event that a failing receiver has not been told of.
public struct Unheard: Sendable {
    public let delivery: Int64
    /// The event; the incident in it is as it is by now, but for an opening not ended.
    public let event: Event
    /// The samples that decided it, as JSON; those of the opening where it tells of that too.
    public let evidence: String
    /// Whether it tells of the opening too.
    public let isLate: Bool
}

extension StoreWriter {
    /// The critical events that wait for `webhook`, each by itself, for a digest, or in a digest that waits, and
    /// that nobody was told in its place; oldest first, and only those after the delivery `mark`.
    public func unheard(of webhook: String, after mark: Int64, limit: Int) throws(StoreError) -> [Unheard] {
        let kept = "webhook = ? AND fallback_by IS NULL AND id > ?"
        let ids = try db.rows(
            """
            SELECT w.id FROM (
                SELECT id, incident FROM delivery WHERE state = 'pending' AND \(kept)
                UNION ALL SELECT id, incident FROM delivery WHERE state = 'held' AND \(kept)
                UNION ALL SELECT d.id, d.incident FROM delivery g JOIN delivery d ON d.superseded_by = g.id
                    WHERE g.webhook = ? AND g.state = 'pending' AND g.kind = '\(Digest.kind)'
                    AND d.state = 'superseded' AND d.fallback_by IS NULL AND d.id > ?
            ) w JOIN incident i ON i.id = w.incident WHERE i.severity = 'critical' ORDER BY w.id LIMIT ?
            """,
            [
                .text(webhook), .integer(mark), .text(webhook), .integer(mark), .text(webhook),
                .integer(mark), .integer(Int64(limit)),
            ]
        ) { $0.integer(0) ?? 0 }
        var unheard: [Unheard] = []
        for id in ids { if let one = try self.unheard(id) { unheard.append(one) } }
        return unheard
    }

    private func unheard(_ id: Int64) throws(StoreError) -> Unheard? {
        let rows = try db.rows(
            """
            SELECT d.incident, e.kind, e.at, e.evidence, d.kind FROM delivery d JOIN event e ON e.id = d.event
            WHERE d.id = ?
            """, [.integer(id)]
        ) { row in
            (
                row.integer(0) ?? 0, row.text(1).flatMap(Event.Kind.init), row.time(2), row.text(3) ?? "[]",
                row.text(4) ?? ""
            )
        }
        guard let (number, kind, at, evidence, told) = rows.first, let kind, let at,
            var incident = try incident(number)
        else { return nil }
        // What is told of an opening, or in between, knows nothing of the end.
        if kind != .resolved { (incident.resolvedAt, incident.resolution) = (nil, nil) }
        let isLate = told == "incident.late"
        let shown = isLate ? try openingEvidence(of: number) ?? evidence : evidence
        let event = Event(kind: kind, at: at, incident: incident, evidence: [])
        return Unheard(delivery: id, event: event, evidence: shown, isLate: isLate)
    }

    private func openingEvidence(of incident: Int64) throws(StoreError) -> String? {
        try db.rows(
            "SELECT evidence FROM event WHERE incident = ? AND kind = ? ORDER BY id LIMIT 1",
            [.integer(incident), .text(Event.Kind.opened.rawValue)]
        ) { $0.text(0) ?? "[]" }.first
    }

    /// The webhooks that were told of `incidents` in place of others.
    public func witnesses(of incidents: [Int64]) throws(StoreError) -> [Int64: Set<String>] {
        var witnesses: [Int64: Set<String>] = [:]
        for incident in incidents {
            let names = try db.rows(
                """
                SELECT DISTINCT f.webhook FROM delivery o JOIN delivery f ON f.id = o.fallback_by
                WHERE o.incident = ?
                """, [.integer(incident)]
            ) { $0.text(0) ?? "" }
            if !names.isEmpty { witnesses[incident] = Set(names) }
        }
        return witnesses
    }
}

extension Endpoint {
    /// Since when its receiver takes nothing; nil while it does.
    public var downSince: Timestamp? {
        guard let failingSince, let disabledAt else { return failingSince ?? disabledAt }
        return min(failingSince, disabledAt)
    }
}
