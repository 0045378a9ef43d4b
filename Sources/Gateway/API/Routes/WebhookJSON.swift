import Notifiers
import Rules
import Store

extension JSONWriter {
    /// A webhook, how its receiver does, and what has not arrived there.
    mutating func webhook(
        _ webhook: Health.WebhookState, _ outbox: OutboxCount, _ endpoint: Endpoint, at time: Timestamp
    ) {
        object { json in
            json.member("name", webhook.name)
            switch webhook.health {
            case .healthy: json.member("state", "healthy")
            case .failing: json.member("state", "failing")
            case .disabled: json.member("state", "disabled")
            }
            if case .failing(let since) = webhook.health {
                json.member("failing_since", since)
            } else {
                json.member("failing_since", Timestamp?.none)
            }
            json.member("disabled_at", webhook.health == .disabled ? endpoint.disabledAt : nil)
            json.member("disabled_why", webhook.health == .disabled ? endpoint.disabledWhy : nil)
            json.member("last_proven", endpoint.lastSuccess)
            json.member("drill", webhook.drill?.compact)
            json.member("last_drill_at", endpoint.drilledAt)
            json.member("last_failure_at", endpoint.lastFailure)
            json.member("last_error", endpoint.lastError)
            json.member("storm_since", endpoint.stormSince)
            json.member("fallback", webhook.fallback?.webhook)
            json.member("fallback_since", webhook.fallbackSince(endpoint, at: time))
            json.member("pending", outbox.pending)
            json.member("held", outbox.held)
            json.member("dead", outbox.dead)
        }
    }
}

extension Health.WebhookState {
    /// Since when its critical events go to its fallback too; nil while they do not.
    fileprivate func fallbackSince(_ endpoint: Endpoint, at time: Timestamp) -> Timestamp? {
        guard health != .healthy, let fallback, let down = endpoint.downSince else { return nil }
        let start = down.advanced(by: fallback.after)
        return start <= time ? start : nil
    }
}
