public import Rules

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
        case .digest: "incident.digest"
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

/// Many events in one message, where one message each would only disturb.
public struct Digest: Hashable, Sendable {
    public let since: Timestamp
    public let until: Timestamp
    public let opened: Int
    public let resolved: Int
    /// How many opened by rule, most first.
    public let rules: [Count]
    /// The machines with the most that opened, most first; at most 10.
    public let machines: [Count]
    /// The worst severity among them.
    public let severity: Severity
    /// Whether the storm is over and no update follows.
    public let isLast: Bool

    public struct Count: Hashable, Sendable {
        public let name: String
        public let count: Int

        public init(_ name: String, _ count: Int) {
            self.name = name
            self.count = count
        }
    }

    public init(
        since: Timestamp, until: Timestamp, opened: Int, resolved: Int, rules: [Count], machines: [Count],
        severity: Severity, isLast: Bool
    ) {
        self.since = since
        self.until = until
        self.opened = opened
        self.resolved = resolved
        self.rules = rules
        self.machines = machines
        self.severity = severity
        self.isLast = isLast
    }

    /// `412 incidents: disk-full 300, cpu-high 112`.
    public var summary: String {
        let counts = rules.prefix(5).map { "\($0.name) \($0.count)" }.joined(separator: ", ")
        let rest = rules.count > 5 ? ", …" : ""
        let noun = opened == 1 ? "incident" : "incidents"
        return opened == 0 ? "\(resolved) resolved" : "\(opened) \(noun): \(counts)\(rest)"
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
