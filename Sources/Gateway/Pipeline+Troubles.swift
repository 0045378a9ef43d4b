import Collector
import Notifiers
import Rules
import Store

extension Pipeline {
    /// Takes what is said of the gateway itself: an incident opens or ends, if that is news.
    mutating func take(_ trouble: Trouble) async throws(StoreError) -> Taken {
        switch trouble.state {
        case .began:
            guard troubles.open[trouble.key] == nil, has(trouble.key) else { return Taken() }
            guard trouble.patience == .zero || trouble.due <= now() else {
                troubles.wait(for: trouble)
                return Taken()
            }
            return try await commit(opening([trouble]))
        case .over:
            troubles.forget(trouble.key)
            return try await end(trouble)
        case .past(let message, let since):
            return try await commit(past(trouble.key, message, from: since, to: trouble.at))
        }
    }

    /// Reads anew what is wrong with the gateway itself, after the store refused a word of it for good.
    mutating func rereadTroubles() async throws(StoreError) {
        var next = try await store.troubles()
        for trouble in troubles.waiting.values where next.open[trouble.key] == nil { next.wait(for: trouble) }
        (nextIncident, troubles) = (try await store.nextIncident(), next)
    }

    /// Whether the rules file still has what the trouble is about.
    func has(_ key: Trouble.Key) -> Bool {
        switch key.rule {
        case .sourceFailing: tables[key.subject] != nil
        case .webhookFailing, .webhookUnproven: router.has(key.subject)
        case .storeFailing, .rulesRefused, .blind: true
        }
    }

    /// The incidents of troubles that are to be told, and what the ledger says of them.
    func opening(_ due: [Trouble]) -> Step {
        var step = Step()
        for trouble in due {
            guard case .began(let message) = trouble.state else { continue }
            let (rule, subject) = (trouble.key.rule, trouble.key.subject)
            let incident = Incident(
                id: nextIncident + Int64(step.opened), rule, subject: subject, message: message,
                at: trouble.at, rulesVersion: rulesVersion)
            step.events.append(Event(kind: .opened, at: trouble.at, incident: incident, evidence: []))
            step.opened += 1
            if rule == .sourceFailing, !troubles.blindSources.contains(subject) {
                // Its last success is when its samples end.
                let start = min(tables[subject]?.lastPoll ?? trouble.since ?? trouble.at, trouble.at)
                step.ledger.append(.began(.source, subject: subject, at: start))
            }
        }
        return step
    }

    /// The troubles that have lasted long enough at `time`.
    func troublesDue(at time: Timestamp) -> [Trouble] {
        let due = troubles.waiting.values.filter { $0.due <= time }
        return due.sorted { ($0.at, $0.key.subject) < ($1.at, $1.key.subject) }
    }

    private mutating func end(_ trouble: Trouble) async throws(StoreError) -> Taken {
        var step = Step()
        if let incident = troubles.open[trouble.key] {
            step.resolve(incident, .recovered, at: trouble.at)
        }
        let subject = trouble.key.subject
        if trouble.key.rule == .sourceFailing, troubles.blindSources.contains(subject) {
            step.ledger.append(.ended(.source, subject: subject, at: trouble.at))
        }
        return try await commit(step)
    }

    /// Trouble that is told once it is over: one incident, and one message for both of its events.
    func past(_ key: Trouble.Key, _ message: String, from start: Timestamp, to end: Timestamp) -> Step {
        var step = Step()
        let incident = Incident(
            id: nextIncident, key.rule, subject: key.subject, message: message, at: start,
            rulesVersion: rulesVersion)
        step.late = (
            Event(kind: .opened, at: start, incident: incident, evidence: []),
            Event(kind: .resolved, at: end, incident: incident.over(at: end), evidence: [])
        )
        step.opened = 1
        return step
    }

    /// What an accepted rules file ends: the refusal of the one before, and what it no longer has.
    func troublesEnded(by next: Configuration, at time: Timestamp) -> Step {
        let sources = Set(next.sources.map(\.name))
        let webhooks = Set(next.webhooks.map(\.name))
        let drilled = Set(next.webhooks.filter { $0.drill != nil }.map(\.name))
        var step = Step()
        for (key, incident) in troubles.open.sorted(by: { $0.value.id < $1.value.id }) {
            switch key.rule {
            case .sourceFailing where !sources.contains(key.subject),
                .webhookFailing where !webhooks.contains(key.subject),
                .webhookUnproven where !webhooks.contains(key.subject):
                step.resolve(incident, .sourceRemoved, at: time)
            case .webhookUnproven where !drilled.contains(key.subject):
                step.resolve(incident, .ruleRemoved, at: time)
            case .rulesRefused: step.resolve(incident, .recovered, at: time)
            case .sourceFailing, .webhookFailing, .webhookUnproven, .storeFailing, .blind: break
            }
        }
        for source in troubles.blindSources.subtracting(sources).sorted() {
            step.ledger.append(.ended(.source, subject: source, at: time))
        }
        return step
    }
}

extension StoreWriter {
    /// What is wrong with the gateway itself, as it is on disk.
    func troubles() throws(StoreError) -> Troubles {
        Troubles(try openIncidents(of: OwnRule.source), blindSources: try blindSources())
    }
}
