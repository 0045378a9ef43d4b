import Notifiers
import Rules
import Store

/// What becomes true without a poll.
struct Step {
    /// In the order in which incidents are numbered.
    var events: [Event] = []
    /// Trouble that was over before it could be told.
    var late: (opened: Event, resolved: Event)?
    var ledger: [LedgerEntry] = []
    /// How many incidents open, each with the next number.
    var opened = 0
    /// Set when the database is to remember that the process is alive.
    var alive: Timestamp?

    var isEmpty: Bool { events.isEmpty && late == nil && ledger.isEmpty && alive == nil }

    mutating func add(_ other: Step) {
        events += other.events
        late = late ?? other.late
        ledger += other.ledger
        opened += other.opened
        alive = other.alive ?? alive
    }

    mutating func resolve(_ incident: Incident, _ resolution: Incident.Resolution, at time: Timestamp) {
        let ended = incident.over(resolution, at: time)
        events.append(Event(kind: .resolved, at: time, incident: ended, evidence: []))
    }
}

extension Pipeline {
    /// What of a step goes to disk; `router` decides who is told, if it is not the one in force.
    func change(of step: Step, by router: Router? = nil, at time: Timestamp) async throws(StoreError)
        -> Change
    {
        let router = router ?? self.router
        var change = Change(decidedAt: time)
        change.notices = router.notices(for: step.events)
        if let late = step.late {
            change.notices += router.lateNotices(opened: late.opened, resolved: late.resolved)
        }
        change.ledger = step.ledger
        change.alive = step.alive
        return change
    }

    /// Commits a step, then makes it true in memory.
    mutating func commit(_ step: Step) async throws(StoreError) -> Taken {
        guard !step.isEmpty else { return Taken() }
        let change = try await change(of: step, at: now())
        try await store.commit(change)
        adopt(step)
        return Taken(change)
    }

    /// Makes true in memory what is on disk.
    mutating func adopt(_ step: Step) {
        for event in step.events {
            tables[event.incident.source]?.replace(event.incident)
            troubles.replace(event.incident)
        }
        for entry in step.ledger {
            switch entry {
            case .began(.source, let subject, _): troubles.blindSources.insert(subject)
            case .ended(.source, let subject, _): troubles.blindSources.remove(subject)
            case .began, .ended: break
            }
        }
        nextIncident += Int64(step.opened)
        aliveAt = step.alive ?? aliveAt
    }
}
