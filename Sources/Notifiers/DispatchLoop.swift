import HTTP
import Rules
import Store

/// The dispatcher's one loop over its lanes; the requests themselves run as children of its group.
struct DispatchLoop {
    private let dispatcher: Dispatcher
    private var lanes: [String: Lane] = [:]
    /// Outcomes that are not on disk yet; those that gather during one commit go with the next.
    private var findings: [(finding: Finding, webhook: String)] = []
    private var isStopping = false
    private var storeIsFailing = false
    private var inFlight = 0
    /// The earliest moment for which a wake-up is set.
    private var alarm: Timestamp?

    private var store: StoreWriter { dispatcher.store }
    private var now: Timestamp { dispatcher.time.now() }

    /// How long the store is left alone after an error.
    private static let storeRetry = Duration.seconds(1)
    /// The longest sleep, so that a wall clock that was set is noticed.
    private static let longestSleep = Duration.seconds(30)

    init(_ dispatcher: Dispatcher) {
        self.dispatcher = dispatcher
    }

    var isDone: Bool { isStopping && inFlight == 0 && (findings.isEmpty || storeIsFailing) }

    mutating func take(_ signal: Dispatcher.Signal, _ group: inout DiscardingTaskGroup) async {
        switch signal {
        case .wake: wake()
        case .alarm:
            alarm = nil
            wake()
        case .configure(let webhooks): await configure(webhooks)
        case .enable(let name): await enable(name)
        case .reply(let posted): finish(posted)
        case .stop(let grace):
            isStopping = true
            let (time, mailbox) = (dispatcher.time, dispatcher.mailbox)
            group.addTask {
                await time.sleep(grace)
                mailbox.put(.abort)
            }
        case .abort: group.cancelAll()
        }
    }

    private mutating func wake() {
        for name in lanes.keys { lanes[name]?.mayHaveMore = true }
    }

    /// One round: start what may start, commit what has ended, fetch what is due, and set the next alarm.
    mutating func turn(_ group: inout DiscardingTaskGroup) async {
        startReady(&group)
        await recordFindings()
        guard !isStopping else { return setAlarm(nil, &group) }
        await fetch()
        startReady(&group)
        setAlarm(await nextAlarm(), &group)
    }

    private mutating func startReady(_ group: inout DiscardingTaskGroup) {
        guard !isStopping else { return }
        let now = now
        for name in lanes.keys.sorted() {
            guard let webhook = lanes[name]?.webhook else { continue }
            for delivery in lanes[name]?.start(at: now) ?? [] { post(delivery, to: webhook, &group) }
        }
    }

    private mutating func post(
        _ delivery: Delivery, to webhook: Webhook, _ group: inout DiscardingTaskGroup
    ) {
        inFlight += 1
        let dispatcher = dispatcher
        group.addTask {
            let at = dispatcher.time.now()
            let reply = await dispatcher.send(webhook.request(for: delivery, at: at))
            let duration = max(.zero, at.duration(to: dispatcher.time.now()))
            let posted = Posted(
                delivery: delivery, webhook: webhook, at: at, duration: duration, reply: reply)
            dispatcher.mailbox.put(.reply(posted))
        }
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
        dispatcher.observe(.attempt(finding, webhook: name, messageID: delivery.messageID))
        if let health = lanes[name]?.finished(outcome, at: now) {
            changes.append((name, health))
            dispatcher.observe(.health(health, webhook: name))
        }
    }

    /// Changes of health that the store is still to be told of.
    private var changes: [(webhook: String, health: WebhookHealth)] = []

    private mutating func recordFindings() async {
        guard !findings.isEmpty else { return }
        let (batch, changed) = (findings, changes)
        do {
            try await store.record(batch.map(\.finding))
            for (name, health) in changed { try await record(health, of: name) }
        } catch {
            return failed(error)
        }
        recovered()
        (findings, changes) = ([], [])
        for (finding, name) in batch { lanes[name]?.recorded(finding.delivery) }
    }

    private func record(_ health: WebhookHealth, of name: String) async throws(StoreError) {
        switch health {
        case .healthy: try await store.releaseBacklog(of: name, at: now)
        case .disabled:
            guard let webhook = lanes[name]?.webhook else { return }
            try await store.disable(name, url: webhook.urlDigest, at: now)
        case .failing: break
        }
    }

    private mutating func fetch() async {
        for (name, lane) in lanes where lane.wantsMore(at: now) {
            do {
                let due = try await store.due(for: name, at: now, holding: lane.held, limit: Lane.batch)
                lanes[name]?.fetched(due)
            } catch {
                return failed(error)
            }
        }
        if findings.isEmpty { recovered() }
    }

    /// When there is next something to do that no signal will tell of; nil when there is nothing.
    private mutating func nextAlarm() async -> Timestamp? {
        var earliest = storeIsFailing ? now.advanced(by: Self.storeRetry) : nil
        for (name, lane) in lanes {
            var next: Timestamp?
            if lane.isPaused(at: now) {
                next = lane.pausedUntil
            } else if lane.isWaiting {
                next = try? await store.nextDue(for: name, holding: lane.held)
            }
            if let next { earliest = min(earliest ?? next, next) }
        }
        return earliest
    }

    private mutating func setAlarm(_ wanted: Timestamp?, _ group: inout DiscardingTaskGroup) {
        let wanted = isStopping && storeIsFailing ? now.advanced(by: Self.storeRetry) : wanted
        guard let wanted, alarm.map({ wanted < $0 }) ?? true else { return }
        let wait = min(max(now.duration(to: wanted), .milliseconds(1)), Self.longestSleep)
        alarm = now.advanced(by: wait)
        let (time, mailbox) = (dispatcher.time, dispatcher.mailbox)
        group.addTask {
            await time.sleep(wait)
            mailbox.put(.alarm)
        }
    }

    private mutating func failed(_ error: StoreError) {
        if !storeIsFailing { dispatcher.observe(.storeFailing(error)) }
        storeIsFailing = true
    }

    private mutating func recovered() {
        if storeIsFailing { dispatcher.observe(.storeRecovered) }
        storeIsFailing = false
    }
}

extension DispatchLoop {
    /// Takes a new set of webhooks; one that was disabled comes back when its URL has changed.
    private mutating func configure(_ webhooks: [Webhook]) async {
        let disabled = (try? await store.disabledWebhooks()) ?? [:]
        let names = Set(webhooks.map(\.name))
        lanes = lanes.filter { names.contains($0.key) || !$0.value.isIdle }
        for name in lanes.keys where !names.contains(name) { lanes[name]?.retire() }
        for webhook in webhooks {
            let isDisabled = disabled[webhook.name]?.url == webhook.urlDigest
            if lanes[webhook.name] == nil { lanes[webhook.name] = Lane(webhook) }
            let wasDisabled = lanes[webhook.name]?.health == .disabled
            lanes[webhook.name]?.reconfigure(
                webhook, health: isDisabled ? .disabled : wasDisabled ? .healthy : nil)
            if !isDisabled, disabled[webhook.name] != nil { try? await store.enable(webhook.name) }
        }
    }

    private mutating func enable(_ name: String) async {
        guard let webhook = lanes[name]?.webhook else { return }
        do {
            try await store.enable(name)
            try await store.releaseBacklog(of: name, at: now)
            lanes[name]?.reconfigure(webhook, health: .healthy)
            dispatcher.observe(.health(.healthy, webhook: name))
        } catch {
            failed(error)
        }
    }
}

extension Posted {
    /// The attempt as it is recorded, and what it makes of the delivery.
    func finding(_ outcome: Outcome, error: String?, at now: Timestamp, jitter: Double) -> Finding {
        let attempt = attempt(error: error)
        let next: Finding.Next
        switch outcome {
        case .delivered: next = .delivered
        case .gone: next = .retry(at: now)
        case .retry, .needsPerson:
            let wait = RetrySchedule.wait(afterAttempt: attempt.number, jitter: jitter)
            var time = wait.map { now.advanced(by: $0) }
            if case .retry(let earliest?) = outcome { time = time.map { max($0, earliest) } }
            next = time.map { .retry(at: $0) } ?? .dead
        }
        return Finding(delivery: delivery.id, attempt: attempt, next: next)
    }

    private func attempt(error: String?) -> Attempt {
        let number = delivery.attempts + 1
        return switch reply {
        case .answer(let answer):
            Attempt(
                number: number, at: at, duration: duration, status: answer.status, error: error,
                answer: answer.body)
        case .failure:
            Attempt(number: number, at: at, duration: duration, status: nil, error: error, answer: [])
        }
    }
}
