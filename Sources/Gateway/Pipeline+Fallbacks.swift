import Notifiers
import Rules
import Store

extension Pipeline {
    /// How many events go to a fallback at a time, so that a long backlog does not keep polls waiting.
    private static let mostPassedOn = 1000

    /// What other webhooks are told in place of those that have been failing for long.
    ///
    /// What was told already is known from disk, so that a crash tells nothing twice and leaves nothing out.
    mutating func passOn(at time: Timestamp) async throws(StoreError) -> PassedOn {
        var passedOn = PassedOn()
        let fallbacks = router.fallbacks
        guard !fallbacks.isEmpty else { return passedOn }
        let endpoints = try await store.endpoints()
        for (name, fallback) in fallbacks {
            guard let since = endpoints[name]?.downSince, since.duration(to: time) >= fallback.after else {
                continue
            }
            let mark = fallbackMarks[name] ?? 0
            let unheard = try await store.unheard(of: name, after: mark, limit: Self.mostPassedOn)
            passedOn.extras += unheard.compactMap {
                router.letter($0, of: name, failingSince: since, to: fallback.webhook, at: time)
            }
            passedOn.marks[name] = unheard.last?.delivery ?? mark
        }
        return passedOn
    }
}

/// What webhooks are told in place of others.
struct PassedOn: Sendable {
    var extras: [Extra] = []
    /// Of each webhook that has been failing for long, the last delivery that was looked at.
    var marks: [String: Int64] = [:]
}
