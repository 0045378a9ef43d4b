import Rules

extension StoreWriter {
    /// What happened at a webhook since the delivery of the sequence number `first`.
    func digest(
        of webhook: String, from first: Int64, since: Timestamp, until time: Timestamp, isLast: Bool
    ) throws(StoreError) -> Digest {
        let range: [SQLValue] = [.text(webhook), .integer(first)]
        let events =
            "FROM delivery d JOIN incident i ON i.id = d.incident WHERE d.webhook = ? AND d.sequence >= ?"
        let kinds = try db.rows("SELECT d.kind, count(*) \(events) GROUP BY d.kind", range) {
            ($0.text(0) ?? "", Int($0.integer(1) ?? 0))
        }
        func count(_ kind: Event.Kind) -> Int { kinds.first { $0.0 == kind.rawValue }?.1 ?? 0 }
        // A storm of endings is told by what ends.
        let shown = count(.opened) > 0 ? Event.Kind.opened : .resolved
        func counts(by column: String, limit: Int) throws(StoreError) -> [Digest.Count] {
            try db.rows(
                """
                SELECT i.\(column), count(*) AS number, max(\(Self.rank)) AS worst \(events) AND d.kind = ?
                GROUP BY i.\(column) ORDER BY worst DESC, number DESC, i.\(column) LIMIT ?
                """, range + [.text(shown.rawValue), .integer(Int64(limit))]
            ) { Digest.Count($0.text(0) ?? "", Int($0.integer(1) ?? 0)) }
        }
        let worst = try db.rows(
            "SELECT i.severity \(events) ORDER BY \(Self.rank) DESC LIMIT 1", range
        ) { $0.text(0).flatMap(Severity.init) }
        var digest = Digest(
            since: since, until: time, opened: count(.opened), resolved: count(.resolved),
            rules: try counts(by: "rule", limit: 100), machines: try counts(by: "machine", limit: 10),
            severity: (worst.first ?? nil) ?? .info, isLast: isLast)
        (digest.acknowledged, digest.reminded) = (count(.acknowledged), count(.reminder))
        if count(.opened) > 0 { digest.severities = try counts(by: "severity", limit: 3) }
        digest.open =
            try db.rows(
                "SELECT count(DISTINCT i.id) \(events) AND i.resolved_at IS NULL", range
            ) { Int($0.integer(0) ?? 0) }.first ?? 0
        digest.ended = try db.rows(
            """
            SELECT i.rule, i.machine \(events) AND d.kind = ? AND NOT EXISTS (
                SELECT 1 FROM delivery o WHERE o.incident = d.incident AND o.webhook = d.webhook
                AND o.sequence >= ? AND o.kind = ?)
            ORDER BY \(Self.rank) DESC, i.id LIMIT 11
            """,
            range + [
                .text(Event.Kind.resolved.rawValue), .integer(first), .text(Event.Kind.opened.rawValue),
            ]
        ) { "\($0.text(0) ?? "") on \($0.text(1) ?? "")" }
        return digest
    }

    private static let rank = "CASE i.severity WHEN 'critical' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END"
}
