/// A metric, an aggregate over a window of it, a threshold, and what to say.
public struct Rule: Hashable, Sendable {
    /// What identifies the rule across edits of the file.
    public let name: String
    public let metric: String
    public let aggregate: Aggregate
    public let window: WindowSpan
    public let threshold: Threshold
    public let severity: Severity
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
        severity: Severity = .warning, reminder: Duration? = nil,
        group: String? = nil,
        inhibits: [Glob] = [],
        flapping: Flapping? = nil
    ) {
        self.name = name
        self.metric = metric
        self.aggregate = aggregate
        self.window = window
        self.threshold = threshold
        self.severity = severity
        self.reminder = reminder
        self.group = group
        self.inhibits = inhibits
        self.flapping = flapping
    }

    /// The same rule with another threshold.
    public func with(threshold: Threshold) -> Rule {
        Rule(
            name: name, metric: metric, aggregate: aggregate, window: window, threshold: threshold,
            severity: severity, reminder: reminder)
    }

    /// What an incident says of `value`: `cpu mean 91.33 over the last 3 samples is above 85`.
    func message(for value: Double) -> String {
        let limit = threshold.limit
        let shown = value.shown(apartFrom: limit)
        return "\(metric) \(aggregate.rawValue) \(shown) over the last \(window.phrase) is "
            + "\(threshold.side.rawValue) \(limit.plain)"
    }
}

/// How far back a window reaches.
public enum WindowSpan: Hashable, Sendable {
    /// The last N samples, N at least 1.
    case samples(Int)
    /// The samples of the last duration, the instant it began excluded.
    case duration(Duration)

    var phrase: String {
        switch self {
        case .samples(1): "sample"
        case .samples(let count): "\(count) samples"
        case .duration(let length): length.compact
        }
    }
}

public enum Severity: String, CaseIterable, Hashable, Sendable {
    case info, warning, critical
}
