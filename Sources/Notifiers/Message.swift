public import Rules
public import Store

/// What a webhook is told at one time.
public enum Message: Hashable, Sendable {
    case event(Event)
    /// An incident that opened and resolved before the receiver could be told of either.
    case late(opened: Event, resolved: Event)
    case digest(Digest)
    /// Asked for by a person, to see whether the webhook works.
    case test(Trial)
    /// Sent by the gateway itself at the webhook's drill interval.
    case drill(Trial)

    /// The name under which receivers know it.
    public var type: String {
        switch self {
        case .event(let event): event.kind.rawValue
        case .late: "incident.late"
        case .digest: Digest.kind
        case .test: "webhook.test"
        case .drill: "webhook.drill"
        }
    }

    public var at: Timestamp {
        switch self {
        case .event(let event): event.at
        case .late(_, let resolved): resolved.at
        case .digest(let digest): digest.until
        case .test(let trial), .drill(let trial): trial.at
        }
    }

    /// The incident it is about, as it was at the end; nil for what is about none, or about many.
    public var incident: Incident? {
        switch self {
        case .event(let event): event.incident
        case .late(_, let resolved): resolved.incident
        case .digest, .test, .drill: nil
        }
    }
}

/// A message that is about no incident, and shows that a webhook works.
public struct Trial: Hashable, Sendable {
    public let webhook: String
    public let at: Timestamp
    /// Who asked for it; nil for a drill.
    public let by: String?

    public init(webhook: String, at: Timestamp, by: String? = nil) {
        self.webhook = webhook
        self.at = at
        self.by = by
    }
}
