import Notifiers
import Rules
import Store

extension Pipeline {
    /// How long a link silences an incident's machine and rule.
    private static let silence = Duration.seconds(3600)

    /// Does what a link of a message says, once.
    ///
    /// That it was used is recorded after it was done: after a crash in between it works once more, and does
    /// nothing worse than to say the same again.
    mutating func redeem(
        _ token: ActionToken, _ text: String
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        let digest = Crypto.sha256(Array(text.utf8))
        guard try await !store.isUsed(action: digest) else {
            return .failure(.conflict("this link was used already; each works once"))
        }
        guard let incident = try await store.incident(token.incident) else {
            return .failure(.notFound("there is no incident \(token.incident)"))
        }
        let result = try await perform(action(of: token, on: incident))
        if case .success = result {
            try await store.use(action: digest, until: token.expires, at: now())
        }
        return result
    }

    private func action(of token: ActionToken, on incident: Incident) -> Action {
        let by = "a link sent to \(token.webhook)"
        switch token.action {
        case .acknowledge: return .acknowledge(incident: incident.id, .init(by: by))
        case .resolve: return .resolve(incident: incident.id, .init(by: by))
        case .silence:
            let time = now()
            return .silence(
                Silence(
                    .made(0), matcher: Matcher(of: incident),
                    schedule: .once(from: time, until: time.advanced(by: Self.silence)), by: by,
                    reason: "incident \(incident.id)", createdAt: time))
        }
    }
}

extension Matcher {
    /// What matches an incident of the same rule and machine.
    fileprivate init(of incident: Incident) {
        self.init()
        rules = [Glob(incident.rule)]
        // A star or a question mark in a machine's name stands for itself among others.
        machines = [Glob(incident.machine)]
        sources = [incident.source]
    }
}
