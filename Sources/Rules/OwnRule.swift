/// The rules by which the gateway tells of its own trouble; a rules file cannot define one.
public enum OwnRule: String, CaseIterable, Hashable, Sendable {
    case sourceFailing = "gateway.source-failing"
    case webhookFailing = "gateway.webhook-failing"
    /// It has accepted nothing for longer than its `drill`.
    case webhookUnproven = "gateway.webhook-unproven"
    case storeFailing = "gateway.store-failing"
    case rulesRefused = "gateway.rules-refused"
    /// The gateway did not run, and watched nothing.
    case blind = "gateway.blind"

    /// How the names of these rules begin, and of no others.
    public static let prefix = "gateway."
    /// What stands in place of the source, and of the metric.
    public static let source = "gateway"
    /// How often an incident that nobody takes care of is told again.
    public static let reminder = Duration.seconds(4 * 3600)

    public var severity: Severity {
        switch self {
        case .sourceFailing, .webhookFailing, .storeFailing: .critical
        case .webhookUnproven, .rulesRefused, .blind: .warning
        }
    }
}

extension Incident {
    /// Trouble of the gateway's own; `subject` is the source, webhook or file that it is about.
    public init(
        id: Int64, _ rule: OwnRule, subject: String, message: String, at time: Timestamp, rulesVersion: Int
    ) {
        self.init(
            id: id, rule: rule.rawValue, severity: rule.severity, machine: subject, source: OwnRule.source,
            metric: OwnRule.source, aggregate: .last, window: .samples(1), threshold: .aboveZero, value: 1,
            peak: 1, lastValue: 1, message: message, labels: [:], openedAt: time, rulesVersion: rulesVersion)
    }

    /// The rule if it is one of the gateway's own.
    public var ownRule: OwnRule? { source == OwnRule.source ? OwnRule(rawValue: rule) : nil }

    /// Trouble of the gateway's own as it is once it has passed.
    public func over(_ resolution: Resolution = .recovered, at time: Timestamp) -> Incident {
        var incident = resolved(resolution, at: max(openedAt, time))
        incident.lastValue = 0
        return incident
    }

    /// Whether it says that a webhook does not work, which that webhook is not the one to be told.
    public func isAbout(webhook: String) -> Bool {
        (ownRule == .webhookFailing || ownRule == .webhookUnproven) && machine == webhook
    }
}
