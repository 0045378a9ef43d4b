import Notifiers
import Rules
import Store

/// What a rule said of a machine at a moment, what it went by, and what became of it.
struct Explanation: Sendable {
    let at: Timestamp
    let machine: String
    let source: String
    let rule: Rule
    let version: RulesVersion
    let decision: Decision
    /// Why that was the decision, in words.
    let reason: String
    /// When the sample was taken that was judged last.
    var judgedAt: Timestamp?
    var standing: Standing?
    /// Of the incident that was open then, or ended with that sample.
    var telling: Telling?

    enum Decision: String, CaseIterable, Sendable {
        /// The rule is not for the machine.
        case notWatched = "not_watched"
        case noSample = "no_sample"
        /// The window was not full.
        case warming
        case ok
        /// In breach, and not yet for as long as `for` asks.
        case pending
        /// An incident opened, or was open.
        case breach
        /// Back, and not yet for as long as `keep_open` asks.
        case keptOpen = "kept_open"
        /// The incident ended.
        case recovered
        /// In a breach whose incident was resolved by hand.
        case resolvedByHand = "resolved_by_hand"
    }

    /// The number of the rule's line in the file that was in force.
    var line: Int? { RulesSection.line(of: rule.name, in: version.text) }
}

extension Explanation.Decision {
    init(_ standing: Standing) {
        self =
            switch (standing.state, standing.verdict) {
            case (_, .warming): .warming
            case (.calm, .ok), (.held, .ok): .ok
            case (.calm, .breach): standing.turns ? .breach : .pending
            case (.open, .breach): .breach
            case (.open, .ok): standing.turns ? .recovered : .keptOpen
            case (.held, .breach): .resolvedByHand
            }
    }
}

extension Explanation {
    /// Puts into words what follows from how the machine stood.
    static func reason(
        for decision: Decision, _ standing: Standing, by rule: Rule, on machine: String, in source: String
    ) -> String {
        let account = rule.account(of: standing, on: machine, in: source) ?? ""
        let since = standing.since.map { "since \($0)" } ?? "as yet"
        return switch decision {
        case .warming: filling(standing, rule)
        case .pending:
            "\(account); it has been so \(since), and an incident opens once that has lasted "
                + rule.holdFor.compact
        case .keptOpen:
            "\(account); it has been so \(since), and the incident ends once that has lasted "
                + rule.keepOpen.compact
        case .resolvedByHand:
            "\(account); its incident was resolved by hand, and none opens before the value was back once"
        case .ok, .breach, .recovered, .notWatched, .noSample: account
        }
    }

    private static func filling(_ standing: Standing, _ rule: Rule) -> String {
        switch rule.window {
        case .samples(let count) where standing.samples.count < count:
            return "the window has \(standing.samples.count) of \(count) samples without a gap"
        case .duration(let length):
            let first = standing.samples.first?.at ?? Timestamp(milliseconds: 0)
            let reached = first.duration(to: standing.samples.last?.at ?? first)
            if reached < length {
                return "the samples without a gap reach back \(reached.compact) of \(length.compact)"
            }
        case .samples: break
        }
        return "the samples of the window do not give a \(rule.aggregate.rawValue)"
    }
}
