/// One breach of one rule by one machine, from `open` to `resolved`.
public struct Incident: Hashable, Sendable {
    public let id: Int64
    public let rule: String
    public let severity: Severity
    public let machine: String
    public let source: String
    public let metric: String
    public let aggregate: Aggregate
    public let window: WindowSpan
    public let threshold: Threshold
    /// The aggregate that opened it.
    public let value: Double
    /// The worst single sample since the window that opened it began.
    public var peak: Double
    /// The aggregate after the latest sample; at the end, the one that resolved it.
    public var lastValue: Double
    /// What opened it, in words.
    public let message: String
    public let labels: [String: String]
    public let openedAt: Timestamp
    public var resolvedAt: Timestamp?
    public var acknowledgedAt: Timestamp?
    public var acknowledgedBy: String?
    public var resolution: Resolution?
    /// The version of the rules file that opened it.
    public let rulesVersion: Int
    /// The URL of what to do about it.
    public let runbook: String?
    /// What holds it back from the webhooks, or did so last of all.
    public var heldBy: [Hold] = []
    /// Whether it was held back when it opened and still is, so that no webhook has been told of it.
    public var isUntold = false
    /// Whether webhooks were told that it opened, and its end is held back.
    public var isEndUntold = false
    /// When it was last told that it is still open.
    public var remindedAt: Timestamp?

    public init(
        id: Int64, rule: String, severity: Severity, machine: String, source: String, metric: String,
        aggregate: Aggregate, window: WindowSpan, threshold: Threshold, value: Double, peak: Double,
        lastValue: Double, message: String, labels: [String: String], openedAt: Timestamp,
        resolvedAt: Timestamp? = nil, acknowledgedAt: Timestamp? = nil, acknowledgedBy: String? = nil,
        resolution: Resolution? = nil, rulesVersion: Int, remindedAt: Timestamp? = nil,
        runbook: String? = nil
    ) {
        self.id = id
        self.rule = rule
        self.severity = severity
        self.machine = machine
        self.source = source
        self.metric = metric
        self.aggregate = aggregate
        self.window = window
        self.threshold = threshold
        self.value = value
        self.peak = peak
        self.lastValue = lastValue
        self.message = message
        self.labels = labels
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
        self.acknowledgedAt = acknowledgedAt
        self.acknowledgedBy = acknowledgedBy
        self.resolution = resolution
        self.rulesVersion = rulesVersion
        self.remindedAt = remindedAt
        self.runbook = runbook
    }

    public enum Status: String, CaseIterable, Sendable {
        case open, acknowledged, resolved
    }

    /// open → acknowledged, resolved; acknowledged → resolved; resolved is final.
    public var status: Status {
        if resolvedAt != nil { return .resolved }
        return acknowledgedAt == nil ? .open : .acknowledged
    }

    /// Why an incident ended.
    public enum Resolution: String, CaseIterable, Sendable {
        case recovered
        case ruleRemoved = "rule removed"
        /// The rule of that name now watches another metric or other machines, or its source no longer has the
        /// metric.
        case ruleChanged = "rule changed"
        case sourceRemoved = "source removed"
        /// It was missing, and its place was given to another machine.
        case machineForgotten = "machine forgotten"
        case byHand = "resolved by hand"
    }

    /// The incident as it is once it ended at `time`.
    public func resolved(_ resolution: Resolution, at time: Timestamp) -> Incident {
        var incident = self
        incident.resolvedAt = time
        incident.resolution = resolution
        return incident
    }
}
