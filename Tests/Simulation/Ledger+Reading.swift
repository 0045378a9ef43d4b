import Rules

@testable import Store

/// What the ledger reads of the database.
extension Ledger {
    struct Event {
        let id: Int64
        let kind: String
        let at: Int64
        let incident: Int64
        let place: Oracle.Place
        let severity: String
        let value: Double
        let lastValue: Double
        let resolution: String
        let isUntold: Bool

        var isOwn: Bool { place.source == "gateway" }
    }

    struct Delivery {
        let id: Int64
        let webhook: String
        let sequence: Int64
        let event: Int64?
        let incident: Int64?
        let kind: String
        /// The webhook that is told by it in place of another: whose it would have been.
        let inPlaceOf: String?
    }

    struct Subject {
        let place: Oracle.Place
        let severity: String
        let isUntold: Bool
        let isEndUntold: Bool
    }

    func subject(_ incident: Int64, _ disk: Disk) throws -> Subject? {
        try disk.db.rows(
            "SELECT source, rule, machine, severity, is_untold, is_end_untold FROM incident WHERE id = ?",
            [.integer(incident)]
        ) {
            Subject(
                place: Oracle.Place(
                    source: $0.text(0) ?? "", rule: $0.text(1) ?? "", machine: $0.text(2) ?? ""),
                severity: $0.text(3) ?? "", isUntold: $0.integer(4) == 1, isEndUntold: $0.integer(5) == 1)
        }
        .first
    }

    mutating func newEvents(_ disk: Disk) throws -> [Event] {
        let events = try disk.db.rows(
            """
            SELECT e.id, e.kind, i.id, i.source, i.rule, i.machine, i.severity, i.value, i.last_value, i.resolution,
                i.is_untold, e.at
            FROM event e JOIN incident i ON i.id = e.incident WHERE e.id > ? ORDER BY e.id
            """, [.integer(lastEvent)]
        ) { row in
            Event(
                id: row.integer(0) ?? 0, kind: row.text(1) ?? "", at: row.integer(11) ?? 0,
                incident: row.integer(2) ?? 0,
                place: Oracle.Place(
                    source: row.text(3) ?? "", rule: row.text(4) ?? "", machine: row.text(5) ?? ""),
                severity: row.text(6) ?? "", value: row.real(7) ?? 0, lastValue: row.real(8) ?? 0,
                resolution: row.text(9) ?? "", isUntold: row.integer(10) == 1)
        }
        lastEvent = events.last?.id ?? lastEvent
        return events
    }

    mutating func newDeliveries(_ disk: Disk) throws -> [Delivery] {
        let deliveries = try disk.db.rows(
            """
            SELECT id, webhook, event, incident, kind, (SELECT o.webhook FROM delivery o
                WHERE o.incident = d.incident AND o.fallback_by = d.id AND o.id < d.id), sequence
            FROM delivery d WHERE id > ? ORDER BY id
            """, [.integer(lastDelivery)]
        ) {
            Delivery(
                id: $0.integer(0) ?? 0, webhook: $0.text(1) ?? "", sequence: $0.integer(6) ?? 0,
                event: $0.integer(2), incident: $0.integer(3), kind: $0.text(4) ?? "", inPlaceOf: $0.text(5))
        }
        lastDelivery = deliveries.last?.id ?? lastDelivery
        for delivery in deliveries {
            guard delivery.sequence == sequences[delivery.webhook, default: 0] + 1 else {
                throw Breach("the sequence numbers of \(delivery.webhook) have holes")
            }
            sequences[delivery.webhook] = delivery.sequence
        }
        return deliveries
    }

    /// What no retention may touch: what is not over, and what is not told.
    func unfinished(_ disk: Disk) throws -> Set<String> {
        Set(
            try disk.db.rows(
                """
                SELECT 'incident ' || id FROM incident WHERE resolved_at IS NULL OR is_held = 1 OR is_end_untold = 1
                UNION ALL SELECT 'delivery ' || id FROM delivery WHERE state IN ('pending', 'held')
                """
            ) { $0.text(0) ?? "" })
    }

    func hasNews(_ disk: Disk) throws -> Bool {
        try (disk.db.integer("SELECT max(id) FROM event") ?? 0) > lastEvent
    }

    /// The time of a poll of `source` that came to disk since this was last asked; nil when there is none.
    mutating func newPoll(of source: String, _ disk: Disk) throws -> Int64? {
        let rows = try disk.db.rows(
            "SELECT count(*), max(at) FROM poll WHERE source = ?", [.text(source)]
        ) { ($0.integer(0) ?? 0, $0.integer(1)) }
        guard let (count, time) = rows.first, count > polls[source] ?? 0 else { return nil }
        guard count == (polls[source] ?? 0) + 1 else { throw Breach("a poll of \(source) is on disk twice") }
        polls[source] = count
        return time
    }

    func anyNumber(_ table: String, _ disk: Disk, _ random: inout SplitMix) throws -> Int64? {
        random.pick(of: try disk.db.rows("SELECT id FROM \(table)") { $0.integer(0) ?? 0 })
    }

    mutating func noteReplay(of range: ReplayRange, _ disk: Disk) throws {
        replayed.formUnion(
            try disk.db.rows("SELECT id FROM delivery WHERE webhook = ?", [.text(range.webhook)]) {
                $0.integer(0) ?? 0
            })
    }
}
