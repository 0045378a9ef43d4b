import Collector
import Notifiers
import Rules
import Store
import Synchronization

/// How the running parts do, as they last told; read by the API from any thread.
final class Health: Sendable {
    struct WebhookState: Sendable {
        let name: String
        var health: WebhookHealth
        var fallback: Webhook.Fallback?
        /// How often it is sent a drill; nil for never.
        var drill: Duration?
    }

    private struct State {
        var sources: [SourceStatus] = []
        var webhooks: [WebhookState] = []
        var storeError: StoreError?
        var rulesVersion = 0
        var rulesRefusal: String?
        var hasPolled = false
        /// How many polls of each source must fail to be told, by its name.
        var failingAfter: [String: Int] = [:]
        /// What the next poll of each source needs of the one before, by name.
        var memories: [String: SourceMemory] = [:]
        /// What was wrong with the last poll of each source, by its name.
        var complaints: [String: Set<Complaint>] = [:]
    }

    /// What may be wrong with a poll that succeeded.
    enum Complaint: Sendable {
        case refusedRecords, tooManyMachines
    }

    private let state = Mutex(State())

    var sources: [SourceStatus] { state.withLock(\.sources) }
    var webhooks: [WebhookState] { state.withLock(\.webhooks) }
    /// What keeps the store from being written, as long as it does.
    var storeError: StoreError? { state.withLock(\.storeError) }
    /// 0 until a rules file was accepted.
    var rulesVersion: Int { state.withLock(\.rulesVersion) }
    /// Why the rules file as it is now is not the one in force; nil when it is.
    var rulesRefusal: String? { state.withLock(\.rulesRefusal) }
    var hasPolled: Bool { state.withLock(\.hasPolled) }

    /// Takes over an accepted configuration; a source or webhook of the same name keeps what is known of it.
    func adopt(_ configuration: Configuration, version: Int) {
        state.withLock { state in
            state.rulesVersion = version
            // Where nothing is polled there is no poll to wait for.
            if configuration.sources.allSatisfy(\.isPush) { state.hasPolled = true }
            let names = Set(configuration.sources.map(\.name))
            state.failingAfter = Dictionary(
                configuration.sources.map { ($0.name, $0.failingAfter) },
                uniquingKeysWith: { first, _ in first })
            state.complaints = state.complaints.filter { names.contains($0.key) }
            state.sources = configuration.sources.map { source in
                let fresh = SourceStatus(of: source)
                return state.sources.first { $0.name == fresh.name && $0.url == fresh.url } ?? fresh
            }
            state.memories = state.memories.filter { names.contains($0.key) }
            state.webhooks = configuration.webhooks.map { webhook in
                let known = state.webhooks.first { $0.name == webhook.name }
                return WebhookState(
                    name: webhook.name, health: known?.health ?? .healthy, fallback: webhook.fallback,
                    drill: webhook.drill)
            }
        }
    }

    func failingAfter(_ source: String) -> Int { state.withLock { $0.failingAfter[source] ?? 3 } }

    var memories: [String: SourceMemory] { state.withLock(\.memories) }

    /// Takes note of a poll; says what of the source's state changed with it.
    func note(_ outcome: PollOutcome) -> [SourceStatus.Transition] {
        state.withLock { state in
            state.hasPolled = true
            guard let index = state.sources.firstIndex(where: { $0.name == outcome.source }) else {
                return []
            }
            state.memories[outcome.source] = outcome.memory
            return state.sources[index].note(outcome)
        }
    }

    func note(_ health: WebhookHealth, of webhook: String) {
        state.withLock { state in
            guard let index = state.webhooks.firstIndex(where: { $0.name == webhook }) else { return }
            state.webhooks[index].health = health
        }
    }

    func note(rulesRefusal: String?) { state.withLock { $0.rulesRefusal = rulesRefusal } }

    /// Takes note of a store error, or of its end; true when that is news.
    func note(storeError: StoreError?) -> Bool {
        state.withLock { state in
            defer { state.storeError = storeError }
            return state.storeError != storeError
        }
    }

    /// Takes note of whether a poll gives cause for a complaint; nil when that is as it was before.
    func note(_ complaint: Complaint, of source: String, isPresent: Bool) -> Bool? {
        state.withLock { state in
            let before = state.complaints[source, default: []].contains(complaint)
            guard isPresent != before else { return nil }
            if isPresent {
                state.complaints[source, default: []].insert(complaint)
            } else {
                state.complaints[source, default: []].remove(complaint)
            }
            return isPresent
        }
    }
}
