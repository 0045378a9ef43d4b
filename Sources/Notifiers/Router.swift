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

    public func has(_ webhook: String) -> Bool { webhooks.contains { $0.name == webhook } }

    /// Each event with its letters; a body is rendered once, however many webhooks share its format.
    ///
    /// `time` is when they are told, which links in them count their days from; that of the event unless given.
    public func notices(for events: [Event], at time: Timestamp? = nil) -> [Notice] {
        events.map { event in
            var bodies: [Webhook.Format: [UInt8]] = [:]
            let letters = webhooks.filter { $0.wants(event.incident) }.map { webhook in
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

    /// What is told of trouble that was over before anyone could be told: one letter for both events.
    public func lateNotices(opened: Event, resolved: Event) -> [Notice] {
        let message = Message.late(opened: opened, resolved: resolved)
        let letters = webhooks.filter { $0.wants(resolved.incident) }.map { webhook in
            Letter(to: webhook.name, body: webhook.format.service.body(for: message, in: rendering))
        }
        return [Notice(opened, letters: []), Notice(resolved, letters: letters)]
    }
}

extension Webhook {
    fileprivate func wants(_ incident: Incident) -> Bool {
        filter.matches(incident) && !incident.isAbout(webhook: name)
    }
}
