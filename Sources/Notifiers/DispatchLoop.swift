import HTTP
import Rules
import Store

/// The dispatcher's one loop over its lanes. It waits for nothing but the store: what takes time it leaves, as
/// effects, to whoever drives it.
struct DispatchLoop {
    let dispatcher: Dispatcher
    var lanes: [String: Lane] = [:]
    /// Outcomes that the store is to be told of.
    var findings: [Noted] = []
    /// Outcomes that the store is being told of. Meanwhile attempts go on, and theirs gather for the next commit.
    var recording: [Noted] = []
    /// What the store is to be told of webhooks, in order, once the outcomes are on disk.
    var duties: [Duty] = []
    /// A configuration that waits for the store to tell which webhooks are disabled.
    var wanted: [Webhook]?
    private var isStopping = false
    var storeIsFailing = false
    private var inFlight = 0
    /// The earliest moment for which a wake-up is set.
    private var alarm: Timestamp?
    /// The clocks at the last look.
    private var clocks: Clocks
    /// How far the wall clock was set, where the outbox is not to be told of it yet; at the start it is looked
    /// through in any case.
    var clockSet: Duration? = .zero
    /// What is to be done by the driver.
    var effects: [Dispatcher.Effect] = []

    var store: StoreWriter { dispatcher.store }
    /// As of the last look, so that a clock that was set since decides nothing.
    var now: Timestamp { clocks.wall }

    /// How long a receiver must have been failing for its backlog to be released at once: one that flaps would
    /// otherwise be sent all of it at each turn.
    private static let shortSpell = Duration.seconds(5)
    /// How long the store is left alone after an error.
    private static let storeRetry = Duration.seconds(1)
    /// The longest sleep, so that a wall clock that was set is noticed.
    private static let longestSleep = Duration.seconds(30)
    /// How many outcomes may wait for the store before nothing more is fetched.
    private static let mostHeld = 1024

    enum Duty {
        /// The receiver answers again: of its backlog only what still says something new is to go.
        case coalesce(String)
        /// The receiver answers again: its backlog is due at once.
        case release(String)
        /// The receiver is gone, under the URL that it had then.
        case disable(Webhook, why: String)
        /// A person wants a webhook sent to again.
        case enable(String)
        /// A disabled webhook has another URL: it is as good as new.
        case forget(String)
    }

    typealias Noted = (finding: Finding, webhook: String)

    init(_ dispatcher: Dispatcher) {
        self.dispatcher = dispatcher
        clocks = dispatcher.time.clocks()
    }

    var isDone: Bool {
        isStopping && inFlight == 0 && recording.isEmpty && (owesNothing || storeIsFailing)
    }

    /// Whether the store knows all that it is to know.
    var owesNothing: Bool {
        findings.isEmpty && recording.isEmpty && duties.isEmpty && wanted == nil && clockSet == nil
    }

    /// The effects that came up since they were last asked for, in order.
    mutating func takeEffects() -> [Dispatcher.Effect] {
        defer { effects = [] }
        return effects
    }

    mutating func take(_ signal: Dispatcher.Signal) async {
        lookAtClocks()
        switch signal {
        case .wake(let overtaken):
            for name in overtaken { lanes[name]?.dropReady() }
            wake()
        case .alarm(let time):
            if alarm == time { alarm = nil }
            wake()
        case .configure(let webhooks):
            wanted = webhooks
            await configure()
        case .enable(let name): duties.append(.enable(name))
        case .reply(let posted): finish(posted)
        case .recorded(let error): commitEnded(error)
        case .stop(let grace):
            isStopping = true
            effects.append(.wait(grace, over: { [mailbox = dispatcher.mailbox] in mailbox.put(.abort) }))
        case .abort: effects.append(.callOff)
        }
    }

    /// Where the wall clock was set, has all that waits follow it: a wait lasts as long as it was meant to, and
    /// what a receiver asked for holds.
    private mutating func lookAtClocks() {
        let former = clocks
        clocks = dispatcher.time.clocks()
        guard let jump = clocks.jump(since: former) else { return }
        clockSet = (clockSet ?? .zero) + jump
        for name in lanes.keys { lanes[name]?.clockWasSet(by: jump) }
        for index in findings.indices { findings[index].finding.move(by: jump) }
        // Should they not be on disk before the store hears of the clock.
        for index in recording.indices { recording[index].finding.move(by: jump) }
        alarm = nil
    }

    private mutating func wake() {
        for name in lanes.keys { lanes[name]?.mayHaveMore = true }
    }

    /// One round: start what may start, have committed what has ended, fetch what is due, and set the next alarm.
    mutating func turn() async {
        lookAtClocks()
        await configure()
        startReady()
        guard await settle() else { return }
        guard !isStopping else { return setAlarm(nil) }
        await fetch()
        startReady()
        setAlarm(await nextAlarm())
    }

    private mutating func startReady() {
        guard !isStopping else { return }
        let now = now
        for name in lanes.keys.sorted() {
            guard let webhook = lanes[name]?.webhook else { continue }
            for delivery in lanes[name]?.start(at: now) ?? [] { post(delivery, to: webhook) }
        }
    }

    private mutating func post(_ delivery: Delivery, to webhook: Webhook) {
        inFlight += 1
        let (time, mailbox) = (dispatcher.time, dispatcher.mailbox)
        let start = time.clocks()
        effects.append(
            .attempt(Dispatcher.Parcel(delivery, to: webhook, at: start.wall)) { reply in
                let end = time.clocks()
                // Told by the clock as it is at the end, by which the wait for the next attempt is reckoned.
                let duration = max(.zero, end.uptime - start.uptime)
                let at = end.jump(since: start) == nil ? start.wall : end.wall.advanced(by: .zero - duration)
                let posted = Posted(
                    delivery: delivery, webhook: webhook, at: at, duration: duration, reply: reply)
                mailbox.put(.reply(posted))
            })
    }

    private mutating func finish(_ posted: Posted) {
        inFlight -= 1
        let now = now
        let (delivery, name) = (posted.delivery, posted.delivery.webhook)
        if case .failure(let failure) = posted.reply, failure.kind == .cancelled {
            lanes[name]?.cancelled(delivery.id)
            return
        }
        let (outcome, error) = posted.webhook.judge(posted.reply, at: now)
        let finding = posted.finding(outcome, error: error, at: now, jitter: dispatcher.jitter())
        findings.append((finding, name))
        dispatcher.observe(.attempt(finding, webhook: name, delivery: delivery))
        // What the receiver at the former address said is nothing to hold against the one at the new.
        guard lanes[name]?.webhook.url == posted.webhook.url else {
            lanes[name]?.finishedElsewhere()
            return
        }
        let before = lanes[name]?.health
        guard let health = lanes[name]?.finished(outcome, error: error, at: clocks) else { return }
        switch health {
        case .healthy:
            duties.append(.coalesce(name))
            if case .failing(let since)? = before, since.duration(to: now) >= Self.shortSpell {
                duties.append(.release(name))
            }
        case .disabled:
            if let lane = lanes[name] { duties.append(.disable(lane.webhook, why: lane.disabledWhy)) }
        case .failing: break
        }
        dispatcher.observe(.health(health, webhook: name))
    }

    private mutating func fetch() async {
        // By name, so that the same signals always make the same calls of the store.
        for (name, lane) in lanes.sorted(by: { $0.key < $1.key })
        where lane.wantsMore(at: now) && findings.count + recording.count < Self.mostHeld {
            do {
                if lane.isFailing || lane.mayHaveRetries {
                    try await coalesce(name, retriedOnly: !lane.isFailing)
                }
                let due = try await store.due(for: name, at: now, holding: lane.held, limit: lane.batch)
                lanes[name]?.fetched(due)
                succeeded()
            } catch {
                return failed(error)
            }
        }
    }

    /// When there is next something to do that no signal will tell of; nil when there is nothing.
    private mutating func nextAlarm() async -> Timestamp? {
        var moments: [Timestamp] = []
        for (name, lane) in lanes.sorted(by: { $0.key < $1.key }) {
            if lane.isPaused(at: now) {
                if let end = lane.pausedUntil { moments.append(end) }
            } else if lane.isWaiting {
                do {
                    let next = try await store.nextDue(for: name, holding: lane.held)
                    if let next { moments.append(next) } else { lanes[name]?.mayHaveRetries = false }
                } catch {
                    failed(error)
                }
            }
        }
        if storeIsFailing { moments.append(now.advanced(by: Self.storeRetry)) }
        return moments.min()
    }

    private mutating func setAlarm(_ wanted: Timestamp?) {
        let wanted =
            isStopping && storeIsFailing && recording.isEmpty ? now.advanced(by: Self.storeRetry) : wanted
        guard let wanted, alarm.map({ wanted < $0 }) ?? true else { return }
        let wait = min(max(now.duration(to: wanted), .milliseconds(1)), Self.longestSleep)
        let moment = now.advanced(by: wait)
        alarm = moment
        effects.append(.wait(wait, over: { [mailbox = dispatcher.mailbox] in mailbox.put(.alarm(moment)) }))
    }
}
