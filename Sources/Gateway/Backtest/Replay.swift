import Collector
import Notifiers
import Rules

/// What rules make of polls of the past: the tables of the running gateway, without its store.
struct Replay: Sendable {
    private var tables: [String: SeriesTable]
    private let router: Router
    private var holds: ReplayHolds
    private var nextIncident: Int64 = 1
    private var incidents: [Int64: Incident] = [:]
    /// How many letters each webhook would have got, by the minute.
    private var letters: [String: [Int64: Int]] = [:]
    /// What opened before is no part of what is shown: windows were filling.
    private let start: Timestamp
    let rules: [Rule]

    init(_ configuration: Configuration, rules: [Rule]? = nil, from start: Timestamp) {
        self.rules = rules ?? configuration.rules
        self.start = start
        router = Router(configuration.webhooks)
        holds = ReplayHolds(self.rules, maintenance: configuration.maintenance)
        let ruleset = Ruleset(
            version: 0, rules: self.rules, sources: configuration.sources.map(\.observed))
        tables = Dictionary(
            uniqueKeysWithValues: ruleset.sources.map { ($0.name, SeriesTable(of: $0, by: ruleset)) })
    }

    /// How far back before the start a window may reach.
    var horizon: Duration { tables.values.map(\.horizon).max() ?? .zero }

    /// Has what people silenced be silenced here too.
    mutating func hold(by silences: [Silence]) { holds.silences = silences }

    mutating func take(_ poll: Poll) {
        guard var table = tables.removeValue(forKey: poll.source) else { return }
        let judgement = table.judge(poll, nextIncident: nextIncident)
        table.adopt(judgement, of: poll)
        nextIncident += Int64(judgement.opened)
        for event in judgement.events { incidents[event.incident.id] = event.incident }
        let told = holds.told(of: judgement.events, at: poll.at, in: &table)
        tables[poll.source] = table
        guard poll.at >= start else { return }
        for webhook in told.flatMap(router.recipients) {
            letters[webhook, default: [:]][poll.at.milliseconds / 60_000, default: 0] += 1
        }
    }

    /// What happened since the start, oldest first.
    var outcome: Outcome {
        let kept = incidents.values.filter { $0.resolvedAt ?? .distantFuture >= start }
            .sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        return Outcome(
            incidents: kept,
            letters: letters.mapValues { minutes in
                Outcome.Letters(count: minutes.values.reduce(0, +), mostInAMinute: minutes.values.max() ?? 0)
            })
    }

    struct Outcome: Equatable, Sendable {
        let incidents: [Incident]
        /// By webhook.
        let letters: [String: Letters]

        struct Letters: Equatable, Sendable {
            var count = 0
            var mostInAMinute = 0
        }
    }
}

extension Timestamp {
    static let distantFuture = Timestamp(milliseconds: .max)
}
