import Notifiers
import Rules
import Store

extension Pipeline {
    /// Does what a person asks, and keeps that they had it done: in the commit of what it changes, or by itself where it
    /// changes nothing.
    mutating func perform(
        _ action: Action, audit entry: AuditEntry?
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        audit = entry
        defer { audit = nil }
        let result = try await perform(action)
        if var left = audit {
            if case .failure(let refusal) = result { left.status = Problem(refusal).status }
            try await store.keep(left)
        }
        return result
    }

    /// Does what a person asks; a refusal changes nothing.
    mutating func perform(
        _ action: Action
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        switch action {
        case .acknowledge(let number, let words): try await acknowledge(number, words)
        case .resolve(let number, let words): try await resolve(number, words)
        case .note(let number, let words): try await note(number, words)
        case .silence(let silence): try await begin(silence)
        case .unsilence(let number): try await endSilence(number)
        case .redeem(let token, let text): try await redeem(token, text)
        case .replay(let number): try await replay(number)
        case .replayAll(let range): try await replay(range)
        case .test(let webhook, let by): try await test(webhook, by: by)
        }
    }

    /// To acknowledge twice changes nothing: the first to do so stays.
    private mutating func acknowledge(
        _ number: Int64, _ words: Action.Words
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        guard var incident = try await store.incident(number) else { return .failure(.noIncident(number)) }
        switch incident.status {
        case .resolved: return .failure(.conflict("incident \(number) is resolved already"))
        case .acknowledged: return .success(ActionReply(incident: incident))
        case .open: break
        }
        let time = now()
        incident.acknowledgedAt = time
        incident.acknowledgedBy = words.by
        return try await commit(.acknowledged, incident, .acknowledge, words, at: time)
    }

    /// To resolve by hand what was resolved by hand changes nothing.
    ///
    /// Where the rule is still in breach, nothing opens anew until the series was back within `clear`.
    private mutating func resolve(
        _ number: Int64, _ words: Action.Words
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        guard let incident = try await store.incident(number) else { return .failure(.noIncident(number)) }
        guard incident.status != .resolved else {
            guard incident.resolution == .byHand else {
                return .failure(.conflict("incident \(number) is resolved already"))
            }
            return .success(ActionReply(incident: incident))
        }
        let time = now()
        return try await commit(.resolved, incident.resolved(.byHand, at: time), .resolve, words, at: time)
    }

    private mutating func note(
        _ number: Int64, _ words: Action.Words
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        guard let incident = try await store.incident(number) else { return .failure(.noIncident(number)) }
        let time = now()
        var change = Change(decidedAt: time)
        change.remarks = [
            Remark(incident: number, at: time, action: .note, by: words.by, note: words.note)
        ]
        let committed = try await record(change)
        return .success(ActionReply(taken: Taken(change, committed), incident: incident))
    }

    /// Commits an event that no poll brought, with what webhooks are to be told of it and what was said.
    private mutating func commit(
        _ kind: Event.Kind, _ incident: Incident, _ action: Remark.Action, _ words: Action.Words,
        at time: Timestamp
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        var change = Change(decidedAt: time)
        change.notices = try await notices(
            for: [Event(kind: kind, at: time, incident: incident, evidence: [])], at: time)
        if words.by != nil || words.note != nil {
            change.remarks = [
                Remark(incident: incident.id, at: time, action: action, by: words.by, note: words.note)
            ]
        }
        let committed = try await record(change)
        replace(incident)
        attend(to: change.notices)
        return .success(ActionReply(taken: Taken(change, committed), incident: incident))
    }
}

extension ActionRefusal {
    fileprivate static func noIncident(_ number: Int64) -> ActionRefusal {
        .notFound("there is no incident \(number)")
    }
}
