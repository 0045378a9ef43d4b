import Rules

@testable import Store

/// What is known of the database so far, and what must be true of each step that it takes.
struct Ledger {
    var oracle = Oracle()
    /// The rules file that the gateway goes by.
    var active = RulesText(rules: [], webhooks: [])
    /// Deliveries that somebody wanted to be sent again, and incidents that somebody resolved.
    var replayed: Set<Int64> = []
    var resolvedByHand: Set<Int64> = []
    /// Incidents that were held back by a silence when they opened, and still are.
    private var untold: Set<Int64> = []
    private var lastEvent: Int64 = 0
    private var lastDelivery: Int64 = 0
    private var polls: [String: Int64] = [:]
    /// Whether a silence is where the clock says: not so while that is set.
    let trustsSilences: Bool

    init(trustsSilences: Bool) { self.trustsSilences = trustsSilences }

    struct Event {
        let id: Int64
        let kind: String
        let incident: Int64
        let place: Oracle.Place
        let severity: String
        let value: Double
        let lastValue: Double
        let resolution: String
        let isUntold: Bool

        var isOwn: Bool { place.source == "gateway" }
    }

    private struct Delivery {
        let id: Int64
        let webhook: String
        let event: Int64?
        let incident: Int64?
        let kind: String
    }

    /// Checks what the last step has committed, of which `meant` is what the rules demand; gives it in words.
    mutating func check(_ meant: Set<Oracle.Turn>, _ disk: Disk, at time: Timestamp) throws -> [String] {
        let (events, deliveries) = (try newEvents(disk), try newDeliveries(disk))
        let turns = try events.compactMap { event in try turn(of: event) }
        guard Set(turns) == meant, turns.count == meant.count else {
            throw Breach("the rules demand \(meant), the store has \(turns)")
        }
        var letters = Dictionary(grouping: deliveries) { $0.event ?? 0 }
        letters[0] = nil
        for event in events {
            let told = letters.removeValue(forKey: event.id) ?? []
            let expected = try recipients(of: event, disk, at: time)
            guard told.map(\.webhook).sorted() == expected else {
                let own = told.map(\.webhook)
                throw Breach("\(event.kind) of incident \(event.incident) is for \(expected), goes to \(own)")
            }
        }
        for (_, late) in letters { try checkLate(late, disk, at: time) }
        try checkUntold(disk)
        return events.map { "\($0.kind) \($0.incident) \($0.place.rule) \($0.place.machine)" }
            + deliveries.map { "delivery \($0.id) \($0.kind) \($0.webhook)" }
    }

    private mutating func turn(of event: Event) throws(Breach) -> Oracle.Turn? {
        guard !event.isOwn else { return nil }
        switch (event.kind, event.resolution) {
        case ("incident.opened", _): return Oracle.Turn(place: event.place, opens: true, value: event.value)
        case ("incident.resolved", "resolved by hand"):
            guard resolvedByHand.contains(event.incident) else {
                throw Breach("incident \(event.incident) was resolved by hand, but by whose?")
            }
            oracle.hold(event.place)
            return nil
        case ("incident.resolved", "recovered"):
            return Oracle.Turn(place: event.place, opens: false, value: event.lastValue)
        case ("incident.resolved", _): return Oracle.Turn(place: event.place, opens: false, value: nil)
        default: return nil
        }
    }

    /// Whom an event is for.
    private mutating func recipients(of event: Event, _ disk: Disk, at time: Timestamp) throws -> [String] {
        // Both of their events are told by one letter, when it is over.
        let isTold =
            !["gateway.blind", "gateway.store-failing"].contains(event.place.rule)
            || event.kind == "incident.resolved"
        guard isTold else { return [] }
        let isSilenced = try isSilenced(event, disk, at: time)
        switch event.kind {
        case "incident.opened":
            if isSilenced {
                untold.insert(event.incident)
                return []
            }
        case "incident.reminder" where isSilenced || untold.contains(event.incident): return []
        case "incident.resolved":
            if untold.remove(event.incident) != nil { return [] }
        default: if untold.contains(event.incident) { return [] }
        }
        return wanting(event.place, event.severity)
    }

    private func wanting(_ place: Oracle.Place, _ severity: String) -> [String] {
        active.webhooks.filter { webhook in
            (webhook.severity.isEmpty || webhook.severity == severity)
                && place.machine.hasPrefix(webhook.machines)
                && !(place.rule == "gateway.webhook-failing" && place.machine == webhook.name)
        }
        .map(\.name).sorted()
    }

    private func isSilenced(_ event: Event, _ disk: Disk, at time: Timestamp) throws -> Bool {
        guard trustsSilences else { return event.isUntold }
        return try isSilenced(event.place, disk, at: time)
    }

    private func isSilenced(_ place: Oracle.Place, _ disk: Disk, at time: Timestamp) throws -> Bool {
        let silences = try disk.db.rows(
            "SELECT rules, machines FROM silence WHERE starts_at <= ? AND ends_at > ?",
            [.time(time), .time(time)]
        ) { ($0.text(0) ?? "", $0.text(1) ?? "") }
        return silences.contains { rules, machines in
            (rules.isEmpty || rules == place.rule) && (machines.isEmpty || machines == place.machine)
        }
    }

    /// What was silenced is told once nothing silences it.
    private mutating func checkLate(_ letters: [Delivery], _ disk: Disk, at time: Timestamp) throws {
        guard let first = letters.first, let incident = first.incident else { return }
        guard let (place, severity, _) = try placeAndSeverity(of: incident, disk),
            first.kind == "incident.opened",
            untold.remove(incident) != nil
        else { throw Breach("incident \(incident) is told anew: \(first.kind) to \(letters.map(\.webhook))") }
        if trustsSilences, try isSilenced(place, disk, at: time) {
            throw Breach("incident \(incident) is told although it is silenced")
        }
        guard letters.map(\.webhook).sorted() == wanting(place, severity) else {
            throw Breach("the silenced incident \(incident) goes to \(letters.map(\.webhook))")
        }
    }

    /// What is held back no longer was told to all who want to know, of whom there may be none.
    private mutating func checkUntold(_ disk: Disk) throws {
        for incident in untold.sorted() {
            guard let (place, severity, isUntold) = try placeAndSeverity(of: incident, disk), !isUntold else {
                continue
            }
            guard wanting(place, severity).isEmpty else {
                throw Breach("incident \(incident) is held back no longer, and told to nobody")
            }
            untold.remove(incident)
        }
    }

    private func placeAndSeverity(
        of incident: Int64, _ disk: Disk
    ) throws -> (Oracle.Place, severity: String, isUntold: Bool)? {
        try disk.db.rows(
            "SELECT source, rule, machine, severity, is_untold FROM incident WHERE id = ?",
            [.integer(incident)]
        ) {
            (
                Oracle.Place(source: $0.text(0) ?? "", rule: $0.text(1) ?? "", machine: $0.text(2) ?? ""),
                $0.text(3) ?? "", $0.integer(4) == 1
            )
        }
        .first
    }

    private mutating func newEvents(_ disk: Disk) throws -> [Event] {
        let events = try disk.db.rows(
            """
            SELECT e.id, e.kind, i.id, i.source, i.rule, i.machine, i.severity, i.value, i.last_value, i.resolution,
                i.is_untold
            FROM event e JOIN incident i ON i.id = e.incident WHERE e.id > ? ORDER BY e.id
            """, [.integer(lastEvent)]
        ) { row in
            Event(
                id: row.integer(0) ?? 0, kind: row.text(1) ?? "", incident: row.integer(2) ?? 0,
                place: Oracle.Place(
                    source: row.text(3) ?? "", rule: row.text(4) ?? "", machine: row.text(5) ?? ""),
                severity: row.text(6) ?? "", value: row.real(7) ?? 0, lastValue: row.real(8) ?? 0,
                resolution: row.text(9) ?? "", isUntold: row.integer(10) == 1)
        }
        lastEvent = events.last?.id ?? lastEvent
        return events
    }

    private mutating func newDeliveries(_ disk: Disk) throws -> [Delivery] {
        let deliveries = try disk.db.rows(
            "SELECT id, webhook, event, incident, kind FROM delivery WHERE id > ? ORDER BY id",
            [.integer(lastDelivery)]
        ) {
            Delivery(
                id: $0.integer(0) ?? 0, webhook: $0.text(1) ?? "", event: $0.integer(2),
                incident: $0.integer(3),
                kind: $0.text(4) ?? "")
        }
        lastDelivery = deliveries.last?.id ?? lastDelivery
        return deliveries
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

    /// Incidents of which nobody is told yet.
    var heldBack: [Int64] { untold.sorted() }
}
