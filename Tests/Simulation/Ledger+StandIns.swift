import Rules

@testable import Store

/// Who is told in place of whom; as it was before the step that is looked at.
struct StandIns {
    /// The last delivery.
    var before: Int64 = 0
    /// Since when webhooks take nothing, in milliseconds.
    var down: [String: Int64] = [:]
    /// By incident, who was told of it in place of another.
    var witnesses: [Int64: Set<String>] = [:]
}

/// Critical incidents of which a failing webhook cannot be told.
extension Ledger {
    func down(_ disk: Disk) throws -> [String: Int64] {
        let rows = try disk.db.rows("SELECT name, failing_since, disabled_at FROM webhook") {
            ($0.text(0) ?? "", [$0.integer(1), $0.integer(2)].compactMap { $0 }.min())
        }
        return Dictionary(rows.map { ($0.0, $0.1) }) { first, _ in first }.compactMapValues { $0 }
    }

    func witnesses(_ disk: Disk) throws -> [Int64: Set<String>] {
        let rows = try disk.db.rows(
            "SELECT o.incident, f.webhook FROM delivery o JOIN delivery f ON f.id = o.fallback_by"
        ) { ($0.integer(0) ?? 0, $0.text(1) ?? "") }
        return rows.reduce(into: [:]) { $0[$1.0, default: []].insert($1.1) }
    }

    private func isDown(_ since: Int64?, at time: Timestamp) -> Bool {
        since.map { time.milliseconds - $0 >= PlainWebhook.fallbackAfter * 1000 } ?? false
    }

    /// Only what is critical is passed on, only to the fallback, and only while that is called for.
    func checkInPlace(_ delivery: Delivery, _ disk: Disk, at time: Timestamp) throws {
        guard let incident = delivery.incident, let name = delivery.inPlaceOf,
            let webhook = active.webhooks.first(where: { $0.name == name }),
            webhook.fallback == delivery.webhook, try subject(incident, disk)?.severity == "critical"
        else { throw Breach("delivery \(delivery.id) is not for \(delivery.webhook)") }
        // The dispatcher may have found out in the same step that it works again.
        let now = try down(disk)[name]
        guard isDown(standIns.down[name], at: time) || isDown(now, at: time) else {
            throw Breach("delivery \(delivery.id) takes the place of one to \(name), which does not fail")
        }
    }

    /// Of what waits for a failing webhook its fallback was told, by itself or in its place.
    func checkPassedOn(_ disk: Disk, at time: Timestamp) throws {
        let down = try down(disk)
        for webhook in active.webhooks where isDown(down[webhook.name], at: time) {
            guard let fallback = webhook.fallback, active.webhooks.contains(where: { $0.name == fallback })
            else { continue }
            let missed = try disk.db.rows(
                """
                SELECT d.id FROM delivery d JOIN incident i ON i.id = d.incident
                    LEFT JOIN delivery g ON g.id = d.superseded_by AND g.kind = 'incident.digest'
                WHERE d.webhook = ? AND d.id <= ? AND i.severity = 'critical'
                    AND (d.state IN ('pending', 'held') OR g.state = 'pending')
                    AND NOT EXISTS (SELECT 1 FROM delivery f WHERE f.webhook = ? AND f.event = d.event)
                """, [.text(webhook.name), .integer(standIns.before), .text(fallback)]
            ) { $0.integer(0) ?? 0 }
            if let first = missed.first(where: { !replayed.contains($0) }) {
                throw Breach("delivery \(first) waits for \(webhook.name), and \(fallback) is not told")
            }
        }
    }
}
