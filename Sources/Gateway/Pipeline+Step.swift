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
    /// What is held back no longer, or by something else.
    var release: Release?
    /// Incidents resolved by hand that no rule remembers any longer.
    var released: [Int64] = []
    /// What webhooks are told in place of others.
    var passedOn = PassedOn()
    /// Drills that are due.
    var drills: [Extra] = []

    var isEmpty: Bool {
        events.isEmpty && late == nil && ledger.isEmpty && alive == nil && released.isEmpty
            && passedOn.extras.isEmpty && drills.isEmpty && (release?.incidents.isEmpty ?? true)
    }

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
    /// What of a step goes to disk.
    func change(of step: Step, at time: Timestamp) async throws(StoreError) -> Change {
        var change = Change(decidedAt: time)
        change.notices = try await notices(for: step.events, at: time)
        if let late = step.late {
            change.notices += router.lateNotices(opened: late.opened, resolved: late.resolved)
        }
        change.ledger = step.ledger
        change.alive = step.alive
        change.released = step.released
        change.extras = step.passedOn.extras
        change.drills = step.drills
        change.progress = step.release?.incidents ?? []
        change.late = step.release?.late ?? []
        return change
    }

    /// Commits a step, then makes it true in memory.
    mutating func commit(_ step: Step) async throws(StoreError) -> Taken {
        let time = now()
        let change = try await change(of: step, at: time)
        var committed = Committed()
        if !step.isEmpty || storms.values.contains(where: { $0.isDue(at: time) }) {
            committed = try await record(change)
        }
        adopt(step, change)
        return Taken(change, committed)
    }

    /// Puts an incident that has changed in the place of what is remembered of it.
    mutating func replace(_ incident: Incident) {
        tables[incident.source]?.replace(incident)
        edit?.follow(incident)
        troubles.replace(incident)
    }

    /// Makes true in memory what is on disk.
    mutating func adopt(_ step: Step, _ change: Change) {
        // As they were committed, and not as they were meant: a silence may hold one back.
        for notice in change.notices { replace(notice.event.incident) }
        for incident in change.progress { replace(incident) }
        if let release = step.release { attention = release.attention }
        attend(to: change.notices)
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
