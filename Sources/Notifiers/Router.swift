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
    public func notices(for events: [Event]) -> [Notice] {
        events.map { event in
            var bodies: [Webhook.Format: [UInt8]] = [:]
            let letters = webhooks.filter { $0.filter.matches(event.incident) }.map { webhook in
                let body =
                    bodies[webhook.format] ?? webhook.format.service.body(for: .event(event), in: rendering)
                bodies[webhook.format] = body
                return Letter(to: webhook.name, body: body)
            }
            return Notice(event, letters: letters)
        }
    }
}
