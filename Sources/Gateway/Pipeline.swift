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
    var ruleset = Ruleset(version: 0, rules: [], sources: [])
    var router = Router([])
    /// Signs the links of messages.
    let actionKey: Secret?
    var nextIncident: Int64
    /// Those that people made and that are not over, oldest first.
    var silences: [Silence] = []
    /// Those of the rules file.
    var maintenance: [Silence] = []
    /// Which rules hold back which.
    var precedence = Precedence()
    /// Where to look for what is no longer held back.
    var attention = Attention()
    /// What is wrong with the gateway itself.
    var troubles: Troubles
    /// When the database last took note that a process is alive; nil for a new one.
    var aliveAt: Timestamp?
    /// The storms that last, by webhook.
    var storms: [String: Storm] = [:]
    /// Up to which delivery the events that wait for failing webhooks went to their fallbacks.
    var fallbackMarks: [String: Int64] = [:]
    /// The clocks at the last tick.
    var lastTick: Clocks?
    /// When the last poll of each source was taken, in time that nobody sets.
    private var lastTaken: [String: Duration] = [:]
    /// Who has the action done that is under way, until a commit has taken it along.
    var audit: AuditEntry?
    /// What is read for an edit of the rules beside the polls.
    var edit: EditInPreparation?
    /// Time that nobody sets; from any beginning.
    let uptime: @Sendable () -> Duration

    init(
        store: StoreWriter, now: @escaping @Sendable () -> Timestamp,
        uptime: (@Sendable () -> Duration)? = nil
    ) async throws(StoreError) {
        self.store = store
        self.now = now
        self.uptime = uptime ?? { .milliseconds(now().milliseconds) }
        nextIncident = try await store.nextIncident()
        silences = try await store.silences(after: now())
        // Without entropy messages have no links; everything else goes on.
        if let fresh = Crypto.randomHex(bytes: 32) {
            actionKey = Secret(try await store.actionKey(orNew: fresh))
        } else {
            actionKey = nil
        }
        aliveAt = try await store.aliveAt()
        troubles = try await store.troubles()
        storms = try await store.storms()
    }

    /// Commits what flapped until `poll` and is to be told before what comes with it; nil where there is nothing.
    ///
    /// By itself, so that it is told of even where the poll then fails.
    mutating func release(before poll: Poll) async throws(StoreError) -> Taken? {
        let poll = ordered(poll, takenAt: uptime())
        return attention.isDue(at: poll.at) ? try await releaseAll(at: now(), polledAt: poll.at) : nil
    }

    /// Takes one poll, what comes before which was released, from samples to durable deliveries. Sending them is
    /// `Dispatcher`'s.
    mutating func take(_ poll: Poll) async throws(StoreError) -> Taken {
        let takenAt = uptime()
        let poll = ordered(poll, takenAt: takenAt)
        // A source that was removed while its poll was under way has no table any more.
        guard var table = tables.removeValue(forKey: poll.source) else { return Taken() }
        defer { tables[poll.source] = table }
        let judgement = table.judge(poll, nextIncident: nextIncident)
        var change = Change(decidedAt: now())
        change.samples = (poll, judgement.placement)
        change.progress = judgement.progress
        change.released = judgement.released
        change.notices = try await notices(for: judgement.events, at: change.decidedAt, in: table)
        let committed = try await record(change)
        // Memory follows disk: had the commit failed, this poll would not have happened.
        table.adopt(judgement, of: poll)
        edit?.follow(judgement, of: poll.source)
        lastTaken[poll.source] = takenAt
        for notice in change.notices where !notice.event.incident.heldBy.isEmpty {
            table.replace(notice.event.incident)
        }
        attend(to: change.notices)
        nextIncident += Int64(judgement.opened)
        var taken = Taken(change, committed, judgement)
        taken.samples = poll.machines.count * poll.metrics.count
        taken.evaluations = judgement.evaluations
        return taken
    }

    private func ordered(_ poll: Poll, takenAt time: Duration) -> Poll {
        let passed = lastTaken[poll.source].map { time - $0 } ?? .zero
        return poll.ordered(after: tables[poll.source]?.lastPoll, passed: passed)
    }

    /// Commits a change; what is too much for a webhook is told there by a digest.
    mutating func record(_ change: Change) async throws(StoreError) -> Committed {
        var change = change
        change.audit = audit
        let committed = try await store.commit(change, digesting: router.digests)
        audit = nil
        storms = committed.storms
        return committed
    }

    /// Reads anew what is remembered of a source, after the store refused a poll of it for good.
    ///
    /// What is in memory then differs from what is on disk, and every further poll would be refused like it.
    mutating func reread(_ source: String) async throws(StoreError) {
        guard let observed = tables[source]?.source else { return }
        let (next, table) = (try await store.nextIncident(), try await store.table(of: observed, by: ruleset))
        (nextIncident, tables[source], edit) = (next, table, nil)
    }

    var rulesVersion: Int { ruleset.version }
}

/// What one step came to, for the log and the API.
struct Taken: Sendable {
    var events: [Event] = []
    var deliveries = 0
    /// The samples that were committed, and how often a rule of their metric looked at one.
    var samples = 0
    var evaluations = 0
    /// Rows of machines beyond the source's `max_machines`.
    var beyondLimit = 0
    /// Whether any incident is not what it was.
    var changesIncidents = false
    /// How far the wall clock was set, if it was.
    var clockJump: Duration?
    /// The webhooks that were told by a digest, and what became of their storm.
    var digests: [(webhook: String, state: Committed.DigestState)] = []
    /// The webhooks at which a digest or a drill stands for what waited.
    var overtaken: Set<String> = []
    /// How many events went to fallbacks, by the webhook that was told.
    var passedOn: [String: Int] = [:]

    init() {}

    init(_ change: Change, _ committed: Committed, _ judgement: Judgement? = nil) {
        events = change.notices.map(\.event)
        deliveries = change.notices.reduce(0) { $0 + $1.letters.count }
        deliveries += change.drills.count
        deliveries += change.late.reduce(0) { $0 + $1.letters.count }
        deliveries += committed.extras.count + committed.digests.count
        digests = committed.digests
        overtaken = Set(digests.map(\.webhook) + change.drills.map(\.letter.webhook))
        for (extra, number) in zip(change.extras, committed.extras) where extra.inPlaceOf != nil && number > 0
        {
            passedOn[extra.letter.webhook, default: 0] += 1
        }
        beyondLimit = judgement?.placement.beyondLimit ?? 0
        changesIncidents = !(change.notices.isEmpty && change.progress.isEmpty && change.remarks.isEmpty)
    }
}

extension Poll {
    /// The poll, its time moved behind `last` where a clock that was set back would put it before.
    ///
    /// Its samples are the newest whatever the clock says; to ignore them would leave every machine unwatched
    /// until the clock has caught up. It is moved by as much time as has `passed` since, so that windows of a
    /// duration fill at their pace.
    fileprivate func ordered(after last: Timestamp?, passed: Duration) -> Poll {
        guard let last, at <= last else { return self }
        return moved(to: last.advanced(by: max(.milliseconds(1), passed)))
    }
}
