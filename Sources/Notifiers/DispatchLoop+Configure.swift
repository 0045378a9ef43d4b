import Rules
import Store

extension DispatchLoop {
    /// Takes a new set of webhooks; one that was disabled comes back when its URL has changed.
    mutating func configure() async {
        guard let webhooks = wanted else { return }
        let disabled: [String: (at: Timestamp, url: String)]
        let endpoints: [String: Endpoint]
        do {
            (disabled, endpoints) = (try await store.disabledWebhooks(), try await store.endpoints())
        } catch {
            return failed(error)
        }
        wanted = nil
        let names = Set(webhooks.map(\.name))
        lanes = lanes.filter { names.contains($0.key) || !$0.value.isIdle }
        for name in lanes.keys where !names.contains(name) { lanes[name]?.retire() }
        for webhook in webhooks {
            let name = webhook.name
            // The store may not have been told yet.
            let isGone = lanes[name].map { $0.health == .disabled && $0.webhook.url == webhook.url } ?? false
            let isDisabled = isGone || disabled[name]?.url == webhook.urlDigest
            if !isDisabled, disabled[name] != nil { duties.append(.forget(name)) }
            let known = lanes[name]?.webhook
            // It is another receiver now, which has not failed yet.
            let isNew =
                !isDisabled && (disabled[name] != nil || (known.map { $0.url != webhook.url } ?? false))
            // What waits for its next attempt may well have waited for this edit.
            if let known, known != webhook { duties.append(.release(name)) }
            let before = lanes[name]?.health ?? .healthy
            var lane = lanes[name] ?? Lane(webhook, endpoints[name])
            lane.reconfigure(
                webhook, health: isDisabled ? .disabled : isNew || before == .disabled ? .healthy : nil)
            lanes[name] = lane
            if lane.health != before { dispatcher.observe(.health(lane.health, webhook: name)) }
        }
    }
}
