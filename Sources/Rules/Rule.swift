/// A metric, an aggregate over a window of it, a threshold, and what to say.
public struct Rule: Hashable, Sendable {
    /// What identifies the rule across edits of the file.
    public let name: String
    public let metric: String
    public let aggregate: Aggregate
    public let window: WindowSpan
    public private(set) var threshold: Threshold
    /// How far ahead a forecast looks; 0 for every other aggregate.
    public let within: Duration
    /// How long a breach must hold before its incident opens; 0 for at once.
    public let holdFor: Duration
    /// How long an incident stays open after the value came back; 0 for not at all.
    public let keepOpen: Duration
    public let selection: Selection
    public let severity: Severity
    /// What its incidents bear beside the labels of their source; of one name, these.
    public let addedLabels: [String: String]
    /// What its incidents say; nil for the gateway's own words.
    public let wording: Wording?
    /// The URL of what to do about it.
    public let runbook: String?
    /// After how long an open incident that nobody acknowledged is told again; nil for never.
    public let reminder: Duration?
    /// The rules among which the most severe that has an incident open holds back the others' on that machine.
    public let group: String?
    /// Rules whose incidents an open one of this rule holds back on the same machine.
    public let inhibits: [Glob]
    /// When it changes too often to be told each time; nil for never.
    public let flapping: Flapping?

    public init(
        name: String, metric: String, aggregate: Aggregate = .mean, window: WindowSpan, threshold: Threshold,
        within: Duration = .zero,
        holdFor: Duration = .zero,
        keepOpen: Duration = .zero,
        selection: Selection = Selection(),
        severity: Severity = .warning,
        addedLabels: [String: String] = [:],
        wording: Wording? = nil,
        runbook: String? = nil,
        reminder: Duration? = nil,
        group: String? = nil,
        inhibits: [Glob] = [],
        flapping: Flapping? = nil
    ) {
        self.name = name
        self.metric = metric
        self.aggregate = aggregate
        self.window = window
        self.threshold = threshold
        self.within = within
        self.holdFor = holdFor
        self.keepOpen = keepOpen
        self.selection = selection
        self.severity = severity
        self.addedLabels = addedLabels
        self.wording = wording
        self.runbook = runbook
        self.reminder = reminder
        self.group = group
        self.inhibits = inhibits
        self.flapping = flapping
    }

    /// The same rule with another threshold.
    public func with(threshold: Threshold) -> Rule {
        var rule = self
        rule.threshold = threshold
        return rule
    }

    /// Which machines a rule watches; what is empty does not restrict.
    public struct Selection: Hashable, Sendable {
        /// Globs of machine names.
        public var machines: [Glob] = []
        public var sources: [String] = []
        /// Labels that the source must bear, as given.
        public var labels: [String: String] = [:]

        public init() {}

        func includes(_ source: ObservedSource) -> Bool {
            (sources.isEmpty || sources.contains(source.name))
                && labels.allSatisfy { source.labels[$0.key] == $0.value }
        }

        func includes(machine: String) -> Bool {
            machines.isEmpty || machines.contains { $0.matches(machine) }
        }
    }

    /// Whether it has anything to judge in a source.
    func watches(_ source: ObservedSource) -> Bool { isAbout(source) && selection.includes(source) }

    /// Whether a source has what it judges, be it of those that it is for or not.
    func isAbout(_ source: ObservedSource) -> Bool {
        source.metrics.contains(metric) || (missingPolls != nil && metric == Self.anyMetric)
    }
}

/// How far back a window reaches.
public enum WindowSpan: Hashable, Sendable {
    /// The last N samples, N at least 1.
    case samples(Int)
    /// The samples of the last duration, the instant it began excluded.
    case duration(Duration)

    var phrase: String { phrase(of: "sample") }

    /// Counting `unit`, a word in the singular.
    func phrase(of unit: String) -> String {
        switch self {
        case .samples(1): unit
        case .samples(let count): "\(count) \(unit)s"
        case .duration(let length): length.compact
        }
    }
}

public enum Severity: String, CaseIterable, Hashable, Sendable {
    case info, warning, critical
}
