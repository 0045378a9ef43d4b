import Notifiers
import Rules
import Store

extension Pipeline {
    /// Does what a person asks; a refusal changes nothing.
    mutating func perform(
        _ action: Action
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        switch action {
        case .acknowledge(let number, let by): try await acknowledge(number, by: by)
        case .replay(let number): try await replay(number)
        case .replayAll(let range): try await replay(range)
        case .test(let webhook, let by): try await test(webhook, by: by)
        }
    }

    /// To acknowledge twice changes nothing: the first to do so stays.
    private mutating func acknowledge(
        _ number: Int64, by person: String?
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        guard var incident = try await store.incident(number) else {
            return .failure(.notFound("there is no incident \(number)"))
        }
        switch incident.status {
        case .resolved: return .failure(.conflict("incident \(number) is resolved already"))
        case .acknowledged: return .success(ActionReply(incident: incident))
        case .open: break
        }
        let time = now()
        incident.acknowledgedAt = time
        incident.acknowledgedBy = person
        let event = Event(kind: .acknowledged, at: time, incident: incident, evidence: [])
        let taken = try await commit([event], at: time)
        tables[incident.source]?.replace(incident)
        return .success(ActionReply(taken: taken, incident: incident))
    }

    /// Commits events that no poll brought, with what webhooks are to be told of them.
    private func commit(_ events: [Event], at time: Timestamp) async throws(StoreError) -> Taken {
        var change = Change(decidedAt: time)
        change.notices = try await notices(for: events)
        try await store.commit(change)
        return Taken(change)
    }
}
