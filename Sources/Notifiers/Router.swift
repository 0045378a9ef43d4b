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

    /// The names of all webhooks.
    public var names: Set<String> { Set(webhooks.map(\.name)) }

    /// The names of the webhooks that are told of an incident.
    public func recipients(of incident: Incident) -> [String] {
        webhooks.filter { $0.wants(incident) }.map(\.name)
    }

    /// How the webhooks that are told by digests are told.
    public var digests: [DigestPolicy] {
        webhooks.compactMap { webhook in
            webhook.digestOver.map { over in
                DigestPolicy(webhook: webhook.name, over: over) { [rendering] digest in
                    webhook.format.service.body(for: .digest(digest), in: rendering)
                }
            }
        }
    }

    /// The webhooks that have a fallback.
    public var fallbacks: [(webhook: String, fallback: Webhook.Fallback)] {
        webhooks.compactMap { webhook in webhook.fallback.map { (webhook.name, $0) } }
    }

    /// What `fallback` is told of a delivery to a webhook that has been failing `since` then; nil when there is
    /// no such webhook.
    public func letter(
        _ unheard: Unheard, of webhook: String, failingSince since: Timestamp, to fallback: String,
        at time: Timestamp
    ) -> Extra? {
        guard let other = webhooks.first(where: { $0.name == fallback }) else { return nil }
        let event = unheard.event.with(evidence: unheard.evidence)
        let message =
            unheard.isLate
            ? Message.late(opened: event.opening(evidence: unheard.evidence), resolved: event) : .event(event)
        let own = rendering.addressed(to: fallback, event, at: time).inPlace(of: webhook, failingSince: since)
        let body = other.format.service.body(for: message, in: own)
        return Extra(message.type, Letter(to: fallback, body: body), inPlaceOf: unheard.delivery)
    }

    /// The webhooks that are sent drills, and how often.
    public var drills: [(webhook: String, interval: Duration)] {
        webhooks.compactMap { webhook in webhook.drill.map { (webhook.name, $0) } }
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
    /// `witnesses` are webhooks that were told of an incident in place of others, and are to know its end.
    /// `time` is when they are told, which links in them count their days from; that of the event unless given.
    public func notices(
        for events: [Event], untold: [Int64: Untold] = [:], witnesses: [Int64: Set<String>] = [:],
        at time: Timestamp? = nil
    ) -> [Notice] {
        events.map { event in
            var bodies = Bodies(event, untold: untold[event.incident.id])
            let told = witnesses[event.incident.id] ?? []
            let letters = webhooks.filter { $0.wants(event.incident) || told.contains($0.name) }.map {
                webhook in
                // Links name whom they were sent to.
                let own = rendering.addressed(to: webhook.name, event, at: time ?? event.at)
                let (body, late) = bodies.body(for: webhook, in: own)
                return Letter(to: webhook.name, body: body, lateBody: late)
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

/// The bodies of one event, one of each format.
private struct Bodies {
    private let message: Message
    private let late: Message?
    private let lateFor: Set<String>
    private var rendered: [Webhook.Format: [UInt8]] = [:]
    private var renderedLate: [Webhook.Format: [UInt8]] = [:]

    init(_ event: Event, untold: Untold?) {
        message = .event(event)
        let untold = event.kind == .resolved ? untold : nil
        late = untold.map { .late(opened: event.opening(evidence: $0.evidence), resolved: event) }
        lateFor = untold?.webhooks ?? []
    }

    /// With links in it, a body is one webhook's alone.
    mutating func body(for webhook: Webhook, in rendering: Rendering) -> (body: [UInt8], late: [UInt8]?) {
        let service = webhook.format.service
        let known = rendering.actions.isEmpty ? rendered[webhook.format] : nil
        let body = known ?? service.body(for: message, in: rendering)
        rendered[webhook.format] = body
        guard let late, lateFor.contains(webhook.name) else { return (body, nil) }
        let knownLate = rendering.actions.isEmpty ? renderedLate[webhook.format] : nil
        let lateBody = knownLate ?? service.body(for: late, in: rendering)
        renderedLate[webhook.format] = lateBody
        return (body, lateBody)
    }
}

extension Event {
    fileprivate func with(evidence: String) -> Event {
        Event(kind: kind, at: at, incident: incident, evidence: Self.samples(in: evidence))
    }

    private static func samples(in evidence: String) -> [Sample] {
        let samples = (try? JSONValue(Array(evidence.utf8)))?.elements.compactMap { sample -> Sample? in
            guard let at = sample["at"]?.text.flatMap(Timestamp.init(rfc3339:)),
                let value = sample["value"]?.number
            else { return nil }
            return Sample(at: at, value: value)
        }
        return samples ?? []
    }

    /// The opening of the incident that this event ends, with the evidence that the store has of it.
    fileprivate func opening(evidence: String) -> Event {
        var incident = incident
        incident.resolvedAt = nil
        incident.resolution = nil
        return Event(
            kind: .opened, at: incident.openedAt, incident: incident, evidence: Self.samples(in: evidence))
    }
}
