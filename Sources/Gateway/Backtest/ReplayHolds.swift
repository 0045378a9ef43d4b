import Rules

/// What webhooks are told of the events of a replay, and when: by the code that decides it in the running gateway, with
/// what it keeps on disk kept here.
struct ReplayHolds: Sendable {
    private let precedence: Precedence
    private let maintenance: [Silence]
    /// Those that people made, by their stored times.
    var silences: [Silence] = []
    /// The last openings and resolves of a rule that may flap, by its machine, newest first.
    private var changes: [Subject: [Flapping.Change]] = [:]
    /// What is held back, by the number of the incident.
    private var held: [Int64: Incident] = [:]

    private struct Subject: Hashable {
        let rule: String
        let place: Place

        init(_ incident: Incident) { (rule, place) = (incident.rule, incident.place) }
    }

    init(_ rules: [Rule], maintenance: [Silence]) {
        precedence = Precedence(rules)
        self.maintenance = maintenance
    }

    /// The incidents that webhooks are told of with the events of a poll at `time`, a change each; `table`, which has
    /// taken the poll, learns what is held back.
    mutating func told(of events: [Event], at time: Timestamp, in table: inout SeriesTable) -> [Incident] {
        guard !events.isEmpty || !held.isEmpty else { return [] }
        let holds = Holds(
            silences: (silences + maintenance).filter { $0.isActive(at: time) }, precedence: precedence)
        // What flapped until now is told before what comes next.
        var told = release(holds, at: time, in: &table) { $0.heldBy.contains(.flapping) }
        let freed = Set(told.map(\.id))
        for event in events {
            var event = event
            if freed.contains(event.incident.id) { event.incident.isUntold = false }
            let isFlapping = note(event)
            let isHeld = event.hold(
                holds, beside: table.openIncidents(of: event.incident.machine), isFlapping: isFlapping)
            let incident = event.incident
            if isHeld, event.kind != .reminder {
                held[incident.id] = incident
                if incident.resolvedAt == nil { table.replace(incident) }
            } else if incident.isUntold {
                // It ended, and nobody knew of it.
                held[incident.id] = nil
            } else if !isHeld {
                told.append(incident)
            }
        }
        return told + release(holds, at: time, in: &table) { _ in true }
    }

    /// Takes note of a change; whether it is to be held back because its rule flaps.
    private mutating func note(_ event: Event) -> Bool {
        let incident = event.incident
        guard [.opened, .resolved].contains(event.kind), let flapping = precedence[incident.rule]?.flapping
        else {
            return false
        }
        let before = changes[Subject(incident)] ?? []
        let verdict = flapping.verdict(at: event.at, before: before)
        let change = Flapping.Change(at: event.at, isFlapping: verdict != .calm)
        changes[Subject(incident)] = Array(([change] + before).prefix(flapping.changes))
        return verdict == .goesOn
    }

    /// Those that nothing holds back any longer.
    private mutating func release(
        _ holds: Holds, at time: Timestamp, in table: inout SeriesTable, where isWanted: (Incident) -> Bool
    ) -> [Incident] {
        var free: [Incident] = []
        for incident in held.values where incident.source == table.source.name && isWanted(incident) {
            let end = precedence[incident.rule]?.flapping?.end(after: changes[Subject(incident)] ?? [])
            let isFlapping = end.map { time < $0 } ?? false
            let reasons =
                incident.isEndUntold
                ? holds.endHolds(isFlapping: isFlapping)
                : holds.holds(
                    on: incident, beside: table.openIncidents(of: incident.machine), isFlapping: isFlapping)
            if reasons.isEmpty { free.append(incident) }
        }
        for incident in free {
            held[incident.id] = nil
            guard var open = table.openIncidents(of: incident.machine).first(where: { $0.id == incident.id })
            else { continue }
            open.isUntold = false
            table.replace(open)
        }
        return free.sorted { $0.id < $1.id }
    }
}
