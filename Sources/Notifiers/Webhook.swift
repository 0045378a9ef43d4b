public import Rules

/// A configured destination of alerts.
public struct Webhook: Hashable, Sendable {
    public let name: String
    public let url: Secret
    public let format: Format
    /// What signs each request; the newest first while one replaces another. Empty: unsigned.
    public let secrets: [SigningSecret]
    public let headers: [Header]
    public let filter: Filter
    /// The most requests under way at once, 1 to 256.
    public let concurrency: Int
    /// From the start of the connection to the last byte of the answer.
    public let timeout: Duration
    public let method: Method
    public let options: RequestOptions
    /// For how long it may only fail before nothing more is sent to it.
    public var disabledAfter = Duration.seconds(5 * 86_400)
    /// How often a drill is sent; nil for never.
    public var drill: Duration?

    /// The most events a minute that it is told one by one, before a digest tells of all; nil for no limit.
    public var digestOver: Int?
    /// Who is told in its place while it fails.
    public var fallback: Fallback?

    /// The webhook to which critical events go too while another one fails.
    public struct Fallback: Hashable, Sendable {
        public let webhook: String
        /// For how long it must have been failing.
        public let after: Duration

        public init(to webhook: String, after: Duration = .seconds(600)) {
            self.webhook = webhook
            self.after = after
        }
    }

    public enum Method: String, CaseIterable, Sendable {
        case post = "POST"
        case put = "PUT"
    }

    public init(
        name: String, url: Secret, format: Format = .standard, secrets: [SigningSecret] = [],
        headers: [Header] = [], filter: Filter = Filter(), concurrency: Int = 8,
        timeout: Duration = .seconds(15), method: Method = .post, options: RequestOptions = RequestOptions()
    ) {
        self.name = name
        self.url = url
        self.format = format
        self.secrets = secrets
        self.headers = headers
        self.filter = filter
        self.concurrency = concurrency
        self.timeout = timeout
        self.method = method
        self.options = options
    }
}

/// Which incidents a webhook is told of; what is empty does not restrict.
public struct Filter: Hashable, Sendable {
    public let severities: [Severity]
    /// Globs of rule names.
    public let rules: [Glob]
    /// Globs of machine names.
    public let machines: [Glob]
    public let labels: [String: String]

    public init(
        severities: [Severity] = [], rules: [Glob] = [], machines: [Glob] = [], labels: [String: String] = [:]
    ) {
        self.severities = severities
        self.rules = rules
        self.machines = machines
        self.labels = labels
    }

    public func matches(_ incident: Incident) -> Bool {
        (severities.isEmpty || severities.contains(incident.severity))
            && (rules.isEmpty || rules.contains { $0.matches(incident.rule) })
            && (machines.isEmpty || machines.contains { $0.matches(incident.machine) })
            && labels.allSatisfy { incident.labels[$0.key] == $0.value }
    }
}
