import Collector
import Notifiers
import Rules
import Store

/// What rules make of polls of the past: the tables of the running gateway, without its store.
struct Replay: Sendable {
    private var tables: [String: SeriesTable]
    private let router: Router
    private var holds: ReplayHolds
    private var nextIncident: Int64 = 1
    private var incidents: [Int64: Incident] = [:]
    /// How many events each webhook would have been told of with a poll.
    private var told: [String: [(at: Timestamp, count: Int)]] = [:]
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
        let events = holds.told(of: judgement.events, at: poll.at, in: &table)
        tables[poll.source] = table
        guard poll.at >= start else { return }
        let counts = Dictionary(events.flatMap(router.recipients).map { ($0, 1) }, uniquingKeysWith: +)
        for (webhook, count) in counts { told[webhook, default: []].append((poll.at, count)) }
    }

    /// How many messages each webhook gets, where many events are told by digests.
    private var letters: [String: Outcome.Letters] {
        let limits = Dictionary(router.digests.map { ($0.webhook, $0.over) }) { first, _ in first }
        return Dictionary(
            uniqueKeysWithValues: told.map { webhook, events in
                // Sources are replayed one after the other.
                let events = events.sorted { $0.at < $1.at }
                let messages =
                    limits[webhook].map { PastStorms(over: $0, events).told }
                    ?? events.map { ($0.at, $0.count) }
                return (webhook, Outcome.Letters(messages))
            })
    }

    /// What happened since the start, oldest first.
    var outcome: Outcome {
        let kept = incidents.values.filter { $0.resolvedAt ?? .distantFuture >= start }
            .sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        return Outcome(incidents: kept, letters: letters)
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

extension Replay.Outcome.Letters {
    fileprivate init(_ messages: [(at: Timestamp, messages: Int)]) {
        let minutes = Dictionary(
            messages.map { ($0.at.milliseconds / 60_000, $0.messages) }, uniquingKeysWith: +)
        self.init(count: minutes.values.reduce(0, +), mostInAMinute: minutes.values.max() ?? 0)
    }
}

extension Timestamp {
    static let distantFuture = Timestamp(milliseconds: .max)
}
