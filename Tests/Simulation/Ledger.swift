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
    var holds = HeldBack()
    var standIns = StandIns()
    /// When incidents that were held back were told, in milliseconds.
    var toldLate: [Int64: Int64] = [:]
    var lastEvent: Int64 = 0
    var lastDelivery: Int64 = 0
    var polls: [String: Int64] = [:]
    /// The last number of each webhook.
    var sequences: [String: Int64] = [:]
    /// When each webhook was last sent a drill, in milliseconds.
    var drills: [String: Int64] = [:]
    /// Whether what was over has been deleted.
    var hasDeleted = false
    /// Whether a time on record lies where the clock says: not so while that is set.
    let trustsClock: Bool

    init(trustsClock: Bool) { self.trustsClock = trustsClock }

    /// Looks at what may be different once the step is over.
    mutating func beginStep(_ disk: Disk) throws {
        standIns.before = lastDelivery
        guard active.kinds.hasFallbacks else { return }
        standIns.down = try down(disk)
        standIns.witnesses = try witnesses(disk)
    }

    /// Checks what the last step has committed, of which `meant` is what the rules demand; gives it in words.
    ///
    /// With `releasesFirst`, what was held back before the step is told before what happened in it.
    mutating func check(
        _ meant: Set<Oracle.Turn>, _ disk: Disk, at time: Timestamp, releasesFirst: Bool
    ) throws -> [String] {
        let (events, deliveries) = (try newEvents(disk), try newDeliveries(disk))
        let turns = try events.compactMap { event in try turn(of: event) }
        guard Set(turns) == meant, turns.count == meant.count else {
            throw Breach("the rules demand \(meant), the store has \(turns)")
        }
        let begun = Set(events.filter { $0.kind == "incident.opened" }.map(\.incident))
        let own = deliveries.filter { $0.inPlaceOf == nil && $0.event != nil }
        let letters = Dictionary(grouping: own) { $0.event ?? 0 }
        let late = letters.filter { letter in !events.contains { $0.id == letter.key } }.map(\.value)
        if releasesFirst { try checkLate(late, beside: begun, disk, at: time) }
        for event in events {
            let told = letters[event.id, default: []].map(\.webhook).sorted()
            let expected = try recipients(of: event, disk, at: time)
            guard told == expected else {
                throw Breach(
                    "\(event.kind) of incident \(event.incident) is for \(expected), goes to \(told)")
            }
        }
        if !releasesFirst { try checkLate(late, beside: begun, disk, at: time) }
        for delivery in deliveries where delivery.inPlaceOf != nil {
            try checkInPlace(delivery, disk, at: time)
        }
        for delivery in deliveries where delivery.kind == "webhook.drill" {
            try checkDrill(of: delivery.webhook, at: time)
        }
        try checkUntold(disk, at: time)
        return events.map { "\($0.kind) \($0.incident) \($0.place.rule) \($0.place.machine)" }
            + deliveries.map { delivery in
                "delivery \(delivery.id) \(delivery.kind) \(delivery.webhook)"
                    + (delivery.inPlaceOf.map { " in place of \($0)" } ?? "")
            }
    }

    /// Checks what a tick has to see to.
    func checkTick(_ disk: Disk, at time: Timestamp) throws {
        try checkHeldBack(disk, at: time, silencesCount: true)
        try checkPassedOn(disk, at: time)
        try checkReminders(disk, at: time)
        if let late = active.webhooks.first(where: { isDrillDue(of: $0.name, at: time) }) {
            throw Breach("a drill of \(late.name) is due, and is not made")
        }
    }

    private mutating func checkDrill(of webhook: String, at time: Timestamp) throws(Breach) {
        guard isDrillDue(of: webhook, at: time) || !trustsClock else {
            throw Breach("\(webhook) is sent a drill before one is due")
        }
        drills[webhook] = time.milliseconds
    }

    private func isDrillDue(of webhook: String, at time: Timestamp) -> Bool {
        guard active.webhooks.contains(where: { $0.name == webhook && $0.hasDrills }) else { return false }
        return drills[webhook].map { time.milliseconds - $0 >= PlainWebhook.drillInterval * 1000 } ?? true
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
        let isFlapping = holds.takeNote(of: event, flapping: active.rule(event.place.rule)?.flapping)
        switch event.kind {
        case "incident.opened":
            if try isFlapping || isHeld(event, disk, at: time) {
                holds.untold.insert(event.incident)
                return []
            }
        case "incident.reminder":
            try checkReminder(event, disk)
            if try holds.untold.contains(event.incident) || isHeld(event, disk, at: time) { return [] }
        case "incident.resolved":
            if holds.untold.remove(event.incident) != nil { return [] }
            if isFlapping, event.resolution == "recovered" {
                holds.endsUntold.insert(event.incident)
                return []
            }
            return wanting(event.place, event.severity, or: standIns.witnesses[event.incident])
        default:
            if holds.untold.contains(event.incident) { return [] }
            return wanting(event.place, event.severity, or: standIns.witnesses[event.incident])
        }
        return wanting(event.place, event.severity)
    }

    /// The webhooks that want to know of an incident, or are among `witnesses`.
    func wanting(_ place: Oracle.Place, _ severity: String, or witnesses: Set<String>? = nil) -> [String] {
        active.webhooks.filter { webhook in
            witnesses?.contains(webhook.name) == true
                || (webhook.severity.isEmpty || webhook.severity == severity)
                    && place.machine.hasPrefix(webhook.machines)
                    && !(place.isOfWebhooks && place.machine == webhook.name)
        }
        .map(\.name).sorted()
    }
}

extension Oracle.Place {
    /// Whether it is about a webhook, which is not told of itself.
    fileprivate var isOfWebhooks: Bool {
        ["gateway.webhook-failing", "gateway.webhook-unproven"].contains(rule)
    }
}

extension RulesText {
    func rule(_ name: String) -> PlainRule? { rules.first { $0.name == name } }
}
