/// All that judging needs to know of one accepted rules file.
public struct Ruleset: Sendable {
    /// The version of the rules file.
    public let version: Int
    public let rules: [Rule]
    public let sources: [ObservedSource]

    public init(version: Int, rules: [Rule], sources: [ObservedSource]) {
        self.version = version
        self.rules = rules
        self.sources = sources
    }

    /// The rules that judge a source: those for a metric it has, or for its machines, and that do not leave it out.
    func rules(for source: ObservedSource) -> [Rule] { rules.filter { $0.watches(source) } }

    /// Why an open incident must end under these rules; nil when its rule still watches its series.
    func resolution(of incident: Incident) -> Incident.Resolution? {
        guard let source = sources.first(where: { $0.name == incident.source }) else { return .sourceRemoved }
        guard let rule = rules.first(where: { $0.name == incident.rule }) else { return .ruleRemoved }
        guard rule.metric == incident.metric, rule.watches(source),
            rule.selection.includes(machine: incident.machine),
            (rule.aggregate == .missing) == (incident.aggregate == .missing)
        else { return .ruleChanged }
        return nil
    }

    /// Whether the rule that opened an incident still watches its series.
    public func watches(_ incident: Incident) -> Bool { resolution(of: incident) == nil }

    /// The events that end those of `open` whose rule or source is no more.
    public func farewells(to open: [Incident], at time: Timestamp) -> [Event] {
        open.compactMap { incident in
            guard incident.ownRule == nil, let resolution = resolution(of: incident) else { return nil }
            let ended = incident.resolved(resolution, at: time)
            return Event(kind: .resolved, at: time, incident: ended, evidence: [])
        }
    }
}

/// What judging needs to know of a source.
public struct ObservedSource: Hashable, Sendable {
    public let name: String
    public let metrics: [String]
    /// Those of the metrics that are from 0 to 100, whatever a machine does.
    public let percentages: Set<String>
    public let labels: [String: String]
    /// The longest time between two samples of a series that a window bridges.
    public let maxGap: Duration
    /// The most machines that are remembered; a new one beyond takes the place of one long silent, if any.
    public let maxMachines: Int
    /// How often it is polled; nil when it is pushed to.
    public let interval: Duration?
    /// Polls that follow one another within less count as one; zero for a source whose polls are whole.
    public let pollSpacing: Duration

    /// The most machines of a source that says nothing of it.
    public static let defaultMaxMachines = 100_000

    /// The most samples that are remembered of one metric of all its machines, 16 bytes each.
    public let sampleLimit: Int

    public static let defaultSampleLimit = 100_000_000

    public init(
        name: String, metrics: [String], percentages: Set<String> = [], labels: [String: String] = [:],
        maxGap: Duration,
        maxMachines: Int = ObservedSource.defaultMaxMachines, interval: Duration? = nil,
        pollSpacing: Duration = .zero,
        sampleLimit: Int = ObservedSource.defaultSampleLimit
    ) {
        self.name = name
        self.metrics = metrics
        self.percentages = percentages
        self.labels = labels
        self.maxGap = maxGap
        self.maxMachines = maxMachines
        self.interval = interval
        self.pollSpacing = pollSpacing
        self.sampleLimit = sampleLimit
    }
}
