public import Rules

/// Many events in one message, where one message each would only disturb.
public struct Digest: Hashable, Sendable {
    /// The type that its receiver reads.
    public static let kind = "incident.digest"

    /// When the storm began.
    public let since: Timestamp
    public let until: Timestamp
    public let opened: Int
    public let resolved: Int
    public var acknowledged = 0
    /// How often one was told to be still open.
    public var reminded = 0
    /// How many of these incidents are open by now.
    public var open = 0
    /// How many opened by rule, the worst severity first, then most first; how many ended, where none opened.
    public let rules: [Count]
    /// The machines with the worst and the most of them; at most 10.
    public let machines: [Count]
    /// How many opened by severity, worst first.
    public var severities: [Count] = []
    /// What had opened before the storm and ended in it: `cpu-high on 10.0.0.7`; at most 10, and one more where
    /// there are more.
    public var ended: [String] = []
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
        let list = counts + (rules.count > 5 ? ", …" : "")
        let noun = opened == 1 ? "incident" : "incidents"
        let head = opened == 0 ? "\(resolved) resolved" : "\(opened) \(noun)"
        return list.isEmpty ? head : "\(head): \(list)"
    }
}

/// How a webhook is told of many events at once.
public struct DigestPolicy: Sendable {
    public let webhook: String
    /// The most events a minute that it is told one by one.
    public let over: Int
    /// Puts a digest into the webhook's words.
    public let body: @Sendable (Digest) -> [UInt8]

    public init(webhook: String, over: Int, body: @escaping @Sendable (Digest) -> [UInt8]) {
        self.webhook = webhook
        self.over = over
        self.body = body
    }
}
