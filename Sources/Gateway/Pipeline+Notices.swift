import Notifiers
import Rules
import Store

extension Pipeline {
    /// What webhooks are to be told of `events`, given what they were told before.
    func notices(for events: [Event], by router: Router? = nil) async throws(StoreError) -> [Notice] {
        let ended = events.filter { $0.kind == .resolved }.map(\.incident.id)
        let untold = ended.isEmpty ? [:] : try await store.untold(ended)
        return (router ?? self.router).notices(for: events, untold: untold)
    }
}
