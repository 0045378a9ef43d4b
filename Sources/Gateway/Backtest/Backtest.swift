import Collector
import Notifiers
import Rules
import Store

/// Stored samples through rules of today and rules of tomorrow.
struct Backtest: Sendable {
    let span: ClosedRange<Timestamp>
    /// What is replayed beside what is in force: one edited file, or one rule at many thresholds.
    private(set) var replays: [Replay]
    private let sources: [String: [String]]
    /// Those of the span.
    private(set) var polls = 0
    /// Those before it, by which windows filled.
    private(set) var warmUpPolls = 0
    /// When the first and the last poll of the span were.
    private(set) var covered: ClosedRange<Timestamp>?
    private(set) var samples = 0

    /// All configurations are replayed over the polls of every source that one of them has.
    init(_ replays: [Replay], of configurations: [Configuration], over span: ClosedRange<Timestamp>) {
        self.replays = replays
        self.span = span
        var sources: [String: [String]] = [:]
        for source in configurations.flatMap(\.sources) {
            let known = sources[source.name] ?? []
            sources[source.name] = known + source.metrics.filter { !known.contains($0) }
        }
        self.sources = sources
    }

    /// Replays all of it; `progress` is told how much is done, from 0 to 1. Blocks.
    mutating func run(
        on reader: StoreReader, progress: (Double) -> Void = { _ in }, isCancelled: () -> Bool = { false }
    ) throws(StoreError) {
        let horizon = replays.map(\.horizon).max() ?? .zero
        let start = span.lowerBound.advanced(by: .zero - horizon)
        let silences = try reader.silences(before: nil, endingAfter: start, limit: 1000).page
        for index in replays.indices { replays[index].hold(by: silences.reversed()) }
        var counts: [String: Int] = [:]
        for source in sources.keys {
            counts[source] = try reader.polls(of: source, from: start, to: span.upperBound).count
        }
        let total = max(counts.values.reduce(0, +), 1)
        var done = 0
        for (source, metrics) in sources.sorted(by: { $0.key < $1.key }) {
            try reader.forEachPoll(of: source, metrics: metrics, from: start, to: span.upperBound) { poll in
                take(poll)
                done += 1
                if done % 16 == 0 { progress(Double(done) / Double(total)) }
                return !isCancelled()
            }
        }
        progress(1)
    }

    private mutating func take(_ poll: Poll) {
        for index in replays.indices { replays[index].take(poll) }
        guard poll.at >= span.lowerBound else {
            warmUpPolls += 1
            return
        }
        polls += 1
        covered = min(covered?.lowerBound ?? poll.at, poll.at)...max(covered?.upperBound ?? poll.at, poll.at)
        samples += poll.values.reduce(0) { $1.isNaN ? $0 : $0 + 1 }
    }
}

/// How two outcomes differ.
struct Comparison: Equatable, Sendable {
    let before: Replay.Outcome
    let after: Replay.Outcome
    /// Those that only the edited rules open.
    private(set) var appearing: [Incident] = []
    /// Those that only the rules in force open.
    private(set) var vanishing: [Incident] = []
    /// Those that both open, at other times or with another severity.
    private(set) var changing: [Change] = []

    struct Change: Equatable, Sendable {
        let before: Incident
        let after: Incident
    }

    /// Incidents of one rule and machine are the same where their times overlap.
    init(before: Replay.Outcome, after: Replay.Outcome) {
        self.before = before
        self.after = after
        var rest = Dictionary(grouping: before.incidents, by: Subject.init)
        for incident in after.incidents {
            let key = Subject(incident)
            guard let index = rest[key]?.firstIndex(where: { $0.overlaps(incident) }),
                let former = rest[key]?.remove(at: index)
            else {
                appearing.append(incident)
                continue
            }
            if !former.isTold(as: incident) { changing.append(Change(before: former, after: incident)) }
        }
        let left = Set(rest.values.flatMap { $0 }.map(\.id))
        vanishing = before.incidents.filter { left.contains($0.id) }
    }

    private struct Subject: Hashable {
        let rule: String
        let source: String
        let machine: String

        init(_ incident: Incident) {
            (rule, source, machine) = (incident.rule, incident.source, incident.machine)
        }
    }

    /// The names of all rules that opened anything, as in the files, the edited one first.
    func ruleNames(_ edited: [Rule], _ inForce: [Rule]) -> [String] {
        var names = edited.map(\.name)
        for rule in inForce where !names.contains(rule.name) { names.append(rule.name) }
        return names
    }
}

extension Incident {
    fileprivate func overlaps(_ other: Incident) -> Bool {
        openedAt <= other.resolvedAt ?? .distantFuture && other.openedAt <= resolvedAt ?? .distantFuture
    }

    fileprivate func isTold(as other: Incident) -> Bool {
        openedAt == other.openedAt && resolvedAt == other.resolvedAt && severity == other.severity
    }
}
