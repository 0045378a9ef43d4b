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

    /// A letter that no event brought, to the webhook of that name; nil when there is none.
    public func extra(_ message: Message, to name: String) -> Extra? {
        webhooks.first { $0.name == name }.map { webhook in
            let body = webhook.format.service.body(for: message, in: rendering)
            return Extra(message.type, Letter(to: name, body: body))
        }
    }

    /// Each event with its letters; a body is rendered once, however many webhooks share its format.
    ///
    /// `untold` are the incidents whose opening some webhooks were not told of yet: those get a late body beside.
    public func notices(for events: [Event], untold: [Int64: Untold] = [:]) -> [Notice] {
        events.map { event in
            var bodies = Bodies(event, untold: untold[event.incident.id], rendering)
            let letters = webhooks.filter { $0.filter.matches(event.incident) }.map { webhook in
                let (body, late) = bodies.body(for: webhook)
                return Letter(to: webhook.name, body: body, lateBody: late)
            }
            return Notice(event, letters: letters)
        }
    }
}

/// The bodies of one event, one of each format.
private struct Bodies {
    private let message: Message
    private let late: Message?
    private let lateFor: Set<String>
    private let rendering: Rendering
    private var rendered: [Webhook.Format: [UInt8]] = [:]
    private var renderedLate: [Webhook.Format: [UInt8]] = [:]

    init(_ event: Event, untold: Untold?, _ rendering: Rendering) {
        message = .event(event)
        let untold = event.kind == .resolved ? untold : nil
        late = untold.map { .late(opened: event.opening(evidence: $0.evidence), resolved: event) }
        lateFor = untold?.webhooks ?? []
        self.rendering = rendering
    }

    mutating func body(for webhook: Webhook) -> (body: [UInt8], late: [UInt8]?) {
        let service = webhook.format.service
        let body = rendered[webhook.format] ?? service.body(for: message, in: rendering)
        rendered[webhook.format] = body
        guard let late, lateFor.contains(webhook.name) else { return (body, nil) }
        let lateBody = renderedLate[webhook.format] ?? service.body(for: late, in: rendering)
        renderedLate[webhook.format] = lateBody
        return (body, lateBody)
    }
}

extension Event {
    /// The opening of the incident that this event ends, with the evidence that the store has of it.
    fileprivate func opening(evidence: String) -> Event {
        var incident = incident
        incident.resolvedAt = nil
        incident.resolution = nil
        let samples = (try? JSONValue(Array(evidence.utf8)))?.elements.compactMap { sample -> Sample? in
            guard let at = sample["at"]?.text.flatMap(Timestamp.init(rfc3339:)),
                let value = sample["value"]?.number
            else { return nil }
            return Sample(at: at, value: value)
        }
        return Event(kind: .opened, at: incident.openedAt, incident: incident, evidence: samples ?? [])
    }
}
