import Rules

@testable import Store

/// What must be true of every delivery that is sent, and of all of them at the end.
extension Ledger {
    /// Only what is on disk is sent, only while it waits there, and of an incident the first before the second.
    func checkSending(_ message: Receivers.Message, _ disk: Disk) throws {
        let rows = try disk.db.rows(
            """
            SELECT state, sequence, superseded_by FROM delivery WHERE id = ?
            """, [.integer(message.delivery)]
        ) { ($0.text(0) ?? "", $0.integer(1) ?? 0, $0.integer(2) ?? 0) }
        guard let (state, sequence, by) = rows.first else {
            throw Breach("delivery \(message.delivery) is sent and not on disk")
        }
        // What is overtaken in the very step in which it is sent is on its way.
        let isOnItsWay = state == "superseded" && by > standIns.before
        if state != "pending" && !isOnItsWay {
            throw Breach("delivery \(message.delivery) is sent although it is \(state)")
        }
        if sequence != message.sequence {
            throw Breach("delivery \(message.delivery) has another sequence on disk")
        }
        let earlier = try disk.db.rows(
            """
            SELECT e.id FROM delivery d JOIN delivery e ON e.webhook = d.webhook AND e.incident = d.incident
                AND e.id < d.id AND e.state = 'pending' WHERE d.id = ?
            """, [.integer(message.delivery)]
        ) { $0.integer(0) ?? 0 }
        // One that somebody wants to be sent again may come to wait while this one is on its way.
        if !replayed.isSuperset(of: earlier) {
            throw Breach("delivery \(message.delivery) is sent before an earlier one of its incident")
        }
    }

    /// The incidents that are open are those that the rules demand.
    func checkOpen(_ disk: Disk) throws {
        let open = try disk.db.rows(
            "SELECT source, rule, machine FROM incident WHERE resolved_at IS NULL AND source <> 'gateway'"
        ) { Oracle.Place(source: $0.text(0) ?? "", rule: $0.text(1) ?? "", machine: $0.text(2) ?? "") }
        let meant = Set(oracle.states.filter { $0.value == .open }.keys)
        guard Set(open) == meant, open.count == meant.count else {
            throw Breach("open are \(open), and \(meant) should be")
        }
    }

    /// Whether no delivery waits for anything but a person.
    func isQuiet(_ disk: Disk, _ file: RulesText) throws -> Bool {
        try waiting(disk, file).isEmpty
    }

    private func waiting(_ disk: Disk, _ file: RulesText) throws -> [Int64] {
        let rows = try disk.db.rows(
            """
            SELECT d.id, d.webhook FROM delivery d JOIN webhook w ON w.name = d.webhook
            WHERE d.state IN ('pending', 'held') AND w.disabled_at IS NULL
            """
        ) { ($0.integer(0) ?? 0, $0.text(1) ?? "") }
        return rows.filter { row in file.webhooks.contains { $0.name == row.1 } }.map(\.0)
    }

    func checkEnd(
        _ disk: Disk, _ file: RulesText, _ receivers: Receivers, at time: Timestamp
    ) throws {
        try checkOpen(disk)
        // As of the last tick.
        try checkHeldBack(disk, at: time.advanced(by: .seconds(-30)), silencesCount: false)
        try checkEnds(disk, receivers)
        try checkHistory(disk)
        guard try disk.isIntact() else { throw Breach("the database is damaged") }
    }

    private struct End {
        let id: Int64
        let webhook: String
        let kind: String
        let state: String
        let attempts: Int64
        let by: Int64?
    }

    /// Each delivery was accepted, or another one says what it would have, or a reason is on record.
    private func checkEnds(_ disk: Disk, _ receivers: Receivers) throws {
        let all = try disk.db.rows("SELECT id, webhook, kind, state, attempts, superseded_by FROM delivery") {
            End(
                id: $0.integer(0) ?? 0, webhook: $0.text(1) ?? "", kind: $0.text(2) ?? "",
                state: $0.text(3) ?? "",
                attempts: $0.integer(4) ?? 0, by: $0.integer(5))
        }
        let known = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
        for end in all {
            switch end.state {
            case "delivered" where !receivers.hasAccepted(end.id, end.webhook):
                throw Breach("delivery \(end.id) counts as accepted by \(end.webhook), which never saw it")
            case "superseded":
                let other = end.by.flatMap { known[$0] }
                // A digest is of no incident, and may be deleted before what it told of.
                if other != nil || !hasDeleted { try checkSuperseded(end, by: other) }
            case "dead" where end.attempts < 12:
                throw Breach("delivery \(end.id) was given up after \(end.attempts) attempts")
            default: break
            }
        }
    }

    private func checkSuperseded(_ end: End, by other: End?) throws(Breach) {
        guard let other, other.id > end.id, other.webhook == end.webhook else {
            throw Breach("delivery \(end.id) is superseded by nothing that comes after it")
        }
        let says =
            switch end.kind {
            case "incident.opened": ["incident.late", "incident.digest"]
            case "incident.resolved", "incident.late": ["incident.digest"]
            default: [other.kind]
            }
        guard says.contains(other.kind) else {
            throw Breach(
                "\(end.kind) \(end.id) is superseded by \(other.kind) \(other.id), which does not say it")
        }
    }

    /// Each incident begins once, ends at most once; nobody is told of an event by two deliveries.
    private func checkHistory(_ disk: Disk) throws {
        let odd = try disk.db.rows(
            """
            SELECT i.id FROM incident i LEFT JOIN event e ON e.incident = i.id
            GROUP BY i.id HAVING sum(e.kind = 'incident.opened') IS NOT 1
                OR sum(e.kind = 'incident.resolved') IS NOT (i.resolved_at IS NOT NULL)
            """
        ) { $0.integer(0) ?? 0 }
        if !odd.isEmpty { throw Breach("the events of the incidents \(odd) do not fit them") }
        let twice = try disk.db.rows(
            """
            SELECT min(id) FROM delivery WHERE event IS NOT NULL AND kind <> 'incident.digest'
            GROUP BY webhook, event HAVING count(*) > 1
            """
        ) { $0.integer(0) ?? 0 }
        if !twice.isEmpty { throw Breach("what the deliveries \(twice) tell is told twice") }
    }
}
