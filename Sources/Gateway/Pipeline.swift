import Collector
import Notifiers
import Rules
import Store

/// The path from a poll to durable deliveries. Start reading here.
///
/// One task owns it and takes one thing after the other, so nothing happens between the judging of a poll and
/// its commit.
struct Pipeline {
    let store: StoreWriter
    let now: @Sendable () -> Timestamp
    var tables: [String: SeriesTable] = [:]
    private(set) var ruleset = Ruleset(version: 0, rules: [], sources: [])
    private(set) var router = Router([])
    var nextIncident: Int64

    init(store: StoreWriter, now: @escaping @Sendable () -> Timestamp) async throws(StoreError) {
        self.store = store
        self.now = now
        nextIncident = try await store.nextIncident()
    }

    /// Takes one poll from samples to durable deliveries. Sending them is `Dispatcher`'s.
    mutating func take(_ poll: Poll) async throws(StoreError) -> Taken {
        // A source that was removed while its poll was under way has no table any more.
        guard var table = tables.removeValue(forKey: poll.source) else { return Taken() }
        defer { tables[poll.source] = table }
        let poll = poll.ordered(after: table.lastPoll)
        let judgement = table.judge(poll, nextIncident: nextIncident)
        var change = Change(decidedAt: now())
        change.samples = (poll, judgement.placement)
        change.progress = judgement.progress
        change.notices = try await notices(for: judgement.events)
        try await store.commit(change)
        // Memory follows disk: had the commit failed, this poll would not have happened.
        table.adopt(judgement, of: poll)
        nextIncident += Int64(judgement.opened)
        return Taken(change, judgement)
    }

    /// Goes over to another accepted rules file: windows and open incidents stay, what lost its rule ends.
    mutating func adopt(_ configuration: Configuration) async throws(StoreError) -> Taken {
        let time = now()
        let version = try await store.rulesVersion(of: configuration.text, at: time)
        let next = Ruleset(
            version: version, rules: configuration.rules, sources: configuration.sources.map(\.observed))
        let router = Router(configuration.webhooks)
        var tables: [String: SeriesTable] = [:]
        for source in next.sources { tables[source.name] = try await store.table(of: source, by: next) }
        var change = Change(decidedAt: time)
        change.notices = try await notices(
            for: next.farewells(to: try await store.openIncidents(), at: time), by: router)
        // Last of all: had anything failed after it, nobody would be told of what it committed.
        if !change.notices.isEmpty { try await store.commit(change) }
        (self.ruleset, self.router, self.tables) = (next, router, tables)
        return Taken(change)
    }

    /// Reads anew what is remembered of a source, after the store refused a poll of it for good.
    ///
    /// What is in memory then differs from what is on disk, and every further poll would be refused like it.
    mutating func reread(_ source: String) async throws(StoreError) {
        guard let observed = tables[source]?.source else { return }
        let (next, table) = (try await store.nextIncident(), try await store.table(of: observed, by: ruleset))
        (nextIncident, tables[source]) = (next, table)
    }

    var rulesVersion: Int { ruleset.version }
}

/// What one step came to, for the log and the API.
struct Taken: Sendable {
    var events: [Event] = []
    var deliveries = 0
    var staleSamples = 0
    /// Rows of machines beyond the source's `max_machines`.
    var beyondLimit = 0
    /// Whether any incident is not what it was.
    var changesIncidents = false

    init() {}

    init(_ change: Change, _ judgement: Judgement? = nil) {
        events = change.notices.map(\.event)
        deliveries = change.notices.reduce(0) { $0 + $1.letters.count }
        staleSamples = judgement?.staleSamples ?? 0
        beyondLimit = judgement?.placement.beyondLimit ?? 0
        changesIncidents = !change.notices.isEmpty || !change.progress.isEmpty
    }
}

extension Poll {
    /// The poll, its time moved just behind `last` where a clock that was set back would put it before.
    ///
    /// Its samples are the newest whatever the clock says; to ignore them would leave every machine unwatched
    /// until the clock has caught up.
    fileprivate func ordered(after last: Timestamp?) -> Poll {
        guard let last, at <= last else { return self }
        return moved(to: last.advanced(by: .milliseconds(1)))
    }
}
