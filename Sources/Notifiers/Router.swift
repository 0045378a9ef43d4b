public import Rules
public import Store

/// Decides which webhooks are told of an event, and in which words.
public struct Router: Sendable {
    private let webhooks: [Webhook]

    public init(_ webhooks: [Webhook]) {
        self.webhooks = webhooks
    }

    /// Each event with its letters; a body is rendered once, however many webhooks share its format.
    public func notices(for events: [Event]) -> [Notice] {
        events.map { event in
            var bodies: [Webhook.Format: [UInt8]] = [:]
            let letters = webhooks.filter { $0.filter.matches(event.incident) }.map { webhook in
                let body = bodies[webhook.format] ?? webhook.format.body(for: .event(event))
                bodies[webhook.format] = body
                return Letter(to: webhook.name, body: body)
            }
            return Notice(event, letters: letters)
        }
    }
}
