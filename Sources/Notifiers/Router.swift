public import Rules
public import Store

/// Decides which webhooks are told of an event, and in which words.
public struct Router: Sendable {
    private let webhooks: [Webhook]
    private let rendering: Rendering

    public init(_ webhooks: [Webhook], rendering: Rendering = Rendering()) {
        self.webhooks = webhooks
        self.rendering = rendering
    }

    /// Each event with its letters; a body is rendered once, however many webhooks share its format.
    ///
    /// `time` is when they are told, which links in them count their days from; that of the event unless given.
    public func notices(for events: [Event], at time: Timestamp? = nil) -> [Notice] {
        events.map { event in
            var bodies: [Webhook.Format: [UInt8]] = [:]
            let letters = webhooks.filter { $0.filter.matches(event.incident) }.map { webhook in
                // Links name whom they were sent to.
                let own = rendering.addressed(to: webhook.name, event, at: time ?? event.at)
                let known = own.actions.isEmpty ? bodies[webhook.format] : nil
                let body = known ?? webhook.format.service.body(for: .event(event), in: own)
                bodies[webhook.format] = body
                return Letter(to: webhook.name, body: body)
            }
            return Notice(event, letters: letters)
        }
    }
}
