public import Rules
import Store

/// The dispatcher's state for one webhook: what is fetched, what is under way, and how its receiver does.
struct Lane {
    private(set) var webhook: Webhook
    private(set) var health: WebhookHealth
    /// What the store is to remember of the receiver.
    private(set) var endpoint: Endpoint
    /// Why nothing is sent to it, once it is disabled.
    private(set) var disabledWhy = ""
    /// Fetched and not started yet, in the order in which they are to go.
    private var ready: [Delivery] = []
    /// Deliveries that were fetched and whose outcome is not on disk yet: not to be fetched again.
    private(set) var held: Set<Int64> = []
    private(set) var inFlight = 0
    private var failuresInARow = 0
    /// When the last attempt failed, in time that nobody sets; nil after a success and after a start.
    private var lastFailure: Duration?
    /// Until when the receiver asked to be left alone.
    private(set) var pausedUntil: Timestamp?
    /// Whether the outbox may have due deliveries that are not held.
    var mayHaveMore = true
    /// Whether a delivery may be pending of which an attempt failed; after a start nobody knows.
    var mayHaveRetries = true
    /// Whether the rules file still has the webhook.
    private var isRetired = false

    /// How many failures in a row make a receiver count as failing.
    static let patience = 3
    /// How many deliveries are fetched at a time from a failing receiver's backlog: what is not fetched yet can
    /// still be superseded.
    static let probe = 1
    /// How many deliveries are fetched at a time else.
    static let batch = 256

    var batch: Int { isFailing ? Self.probe : Self.batch }

    var isFailing: Bool { if case .failing = health { true } else { false } }

    /// `endpoint` is what the store remembers of the receiver.
    init(_ webhook: Webhook, _ endpoint: Endpoint? = nil) {
        self.webhook = webhook
        self.endpoint = endpoint ?? Endpoint(webhook.name)
        health = endpoint?.failingSince.map { .failing(since: $0) } ?? .healthy
    }

    /// How many more requests may start now. A failing receiver is probed by one at a time.
    private var room: Int {
        guard !isRetired else { return 0 }
        return switch health {
        case .healthy: webhook.concurrency - inFlight
        case .failing: 1 - inFlight
        case .disabled: 0
        }
    }

    func isPaused(at now: Timestamp) -> Bool { pausedUntil.map { $0 > now } ?? false }

    /// Whether nothing is under way, so that the lane can be dropped.
    var isIdle: Bool { held.isEmpty }

    /// Whether all that is due has been fetched and started: the next thing to do lies in the future.
    var isWaiting: Bool { !mayHaveMore && ready.isEmpty && !isRetired && health != .disabled }

    func wantsMore(at now: Timestamp) -> Bool {
        guard mayHaveMore, !isRetired, health != .disabled, !isPaused(at: now) else { return false }
        return isFailing ? ready.isEmpty && inFlight == 0 : ready.count < webhook.concurrency
    }

    mutating func fetched(_ deliveries: [Delivery]) {
        mayHaveMore = deliveries.count == batch
        ready += deliveries
        held.formUnion(deliveries.map(\.id))
    }

    /// Takes the deliveries that may start now.
    mutating func start(at now: Timestamp) -> [Delivery] {
        guard !isPaused(at: now) else { return [] }
        let started = ready.prefix(max(0, room))
        ready.removeFirst(started.count)
        inFlight += started.count
        return Array(started)
    }

    /// Takes note of what became of a request; says how that changed the receiver's health.
    mutating func finished(_ outcome: Outcome, error: String?, at clocks: Clocks) -> WebhookHealth? {
        let now = clocks.wall
        inFlight -= 1
        failuresInARow = outcome == .delivered ? 0 : failuresInARow + 1
        if outcome != .delivered { mayHaveRetries = true }
        if case .retry(let time?) = outcome { pausedUntil = max(pausedUntil ?? time, time) }
        count(outcome, at: clocks.uptime)
        let before = health
        health = healthAfter(outcome, at: now)
        if isFailing, health != before { dropReady() }
        note(outcome, error, at: now)
        return health == before ? nil : health
    }

    /// Takes note that a request ended which was made to another address than the webhook's present one.
    mutating func finishedElsewhere() { inFlight -= 1 }

    private mutating func healthAfter(_ outcome: Outcome, at now: Timestamp) -> WebhookHealth {
        switch (health, outcome) {
        case (.disabled, _): return .disabled
        case (_, .gone):
            disabledWhy = "it answered 410 Gone"
            return .disabled
        case (_, .delivered): return .healthy
        case (.healthy, .retry), (.healthy, .needsPerson):
            return failuresInARow >= Self.patience ? .failing(since: now) : .healthy
        case (.failing, .retry), (.failing, .needsPerson):
            // After a start too, a receiver gets more than one chance.
            guard endpoint.failingFor >= webhook.disabledAfter, failuresInARow >= 2 * Self.patience
            else { return health }
            disabledWhy = "it has only failed for \(webhook.disabledAfter.compact)"
            return .disabled
        }
    }

    /// Counts the time for which it was tried and failed: what lies between two failures, as far as nobody would
    /// have waited longer with the next attempt, and nothing while the process did not run.
    private mutating func count(_ outcome: Outcome, at uptime: Duration) {
        guard outcome != .delivered else {
            (lastFailure, endpoint.failingFor) = (nil, .zero)
            return
        }
        if isFailing, let lastFailure {
            endpoint.failingFor += min(uptime - lastFailure, Outcome.longestWait)
        }
        lastFailure = uptime
    }

    private mutating func note(_ outcome: Outcome, _ error: String?, at now: Timestamp) {
        if outcome == .delivered {
            endpoint.lastSuccess = now
        } else {
            (endpoint.lastFailure, endpoint.lastError) = (now, error)
        }
        switch health {
        case .healthy: endpoint.failingSince = nil
        case .failing(let since): endpoint.failingSince = since
        // For how long it had failed before stays known.
        case .disabled: break
        }
    }

    /// A request that was called off: nothing became of it.
    mutating func cancelled(_ delivery: Int64) {
        inFlight -= 1
        held.remove(delivery)
    }

    /// The outcome of a delivery is on disk; a later event of its incident may now be due.
    mutating func recorded(_ delivery: Int64) {
        held.remove(delivery)
        mayHaveMore = true
    }

    /// Takes a new configuration of the webhook, and lets go of what was fetched under the old one.
    mutating func reconfigure(_ webhook: Webhook, health: WebhookHealth?) {
        if self.webhook.url != webhook.url { pausedUntil = nil }
        self.webhook = webhook
        if let health { self.health = health }
        if self.health == .healthy { (endpoint.failingSince, endpoint.failingFor) = (nil, .zero) }
        isRetired = false
        dropReady()
        mayHaveMore = true
    }

    /// The wall clock was set: the moments that are waited for move with it.
    mutating func clockWasSet(by jump: Duration) {
        pausedUntil = pausedUntil?.advanced(by: jump)
        if case .failing(let since) = health { health = .failing(since: since.advanced(by: jump)) }
        endpoint.failingSince = endpoint.failingSince?.advanced(by: jump)
        dropReady()
    }

    /// The webhook is no longer configured: nothing more starts.
    mutating func retire() {
        isRetired = true
        dropReady()
    }

    /// Lets go of what has not started: it is read anew, as far as it is still to be sent.
    mutating func dropReady() {
        held.subtract(ready.map(\.id))
        ready = []
        mayHaveMore = true
    }
}

/// How a receiver does.
///
/// healthy → failing, disabled; failing → healthy, disabled; disabled → healthy when a person enables it.
public enum WebhookHealth: Hashable, Sendable {
    case healthy
    case failing(since: Timestamp)
    case disabled
}
