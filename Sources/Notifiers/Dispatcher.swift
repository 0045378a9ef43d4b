public import HTTP
public import Rules
public import Store

/// Drains the outbox: claims what is due, posts it, judges the reply, and has the outcome committed.
///
/// The outbox on disk is the truth: what is in memory is only what was fetched from it, so a crash at any
/// instant sends again, with the same id, what was under way, and nothing is forgotten.
public struct Dispatcher: Sendable {
    let store: StoreWriter
    let time: TimeSource
    let send: @Sendable (HTTPRequest) async -> HTTPReply
    let sendMail: @Sendable (Mail) async -> MailReply
    /// A number from 0 to 1 for each retry.
    let jitter: @Sendable () -> Double
    let observe: @Sendable (DispatchNote) -> Void
    let mailbox = Mailbox<Signal>()

    enum Signal: Sendable {
        /// Deliveries were committed, which at some webhooks stand for others that wait.
        case wake(overtaken: Set<String>)
        /// A moment came for which the loop set an alarm.
        case alarm(Timestamp)
        case configure([Webhook])
        case enable(String)
        case reply(Posted)
        /// Outcomes are on disk, or why not.
        case recorded(StoreError?)
        case stop(grace: Duration)
        case abort
    }

    public init(
        store: StoreWriter, time: TimeSource, send: @escaping @Sendable (HTTPRequest) async -> HTTPReply,
        sendMail: @escaping @Sendable (Mail) async -> MailReply = { await MailClient.send($0) },
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        observe: @escaping @Sendable (DispatchNote) -> Void = { _ in }
    ) {
        self.store = store
        self.time = time
        self.send = send
        self.sendMail = sendMail
        self.jitter = jitter
        self.observe = observe
    }

    /// Delivers until stopped.
    public func run() async {
        await withDiscardingTaskGroup { group in
            var loop = DispatchLoop(self)
            while !loop.isDone, let signals = await mailbox.take() {
                for signal in signals { await loop.take(signal) }
                await loop.turn()
                for effect in loop.takeEffects() { start(effect, in: &group) }
            }
            group.cancelAll()
        }
    }

    private func start(_ effect: Effect, in group: inout DiscardingTaskGroup) {
        switch effect {
        case .attempt(let parcel, let ended): group.addTask { ended(await carry(parcel)) }
        case .commit(let commit): group.addTask { await commit() }
        case .wait(let duration, let over):
            group.addTask {
                await time.sleep(duration)
                over()
            }
        case .callOff: group.cancelAll()
        }
    }

    private func carry(_ parcel: Parcel) async -> HTTPReply {
        switch parcel.content {
        case .request(let request): await send(request)
        case .mail(let mail): HTTPReply(await sendMail(mail))
        }
    }

    /// Says that deliveries were committed, which at some webhooks have `overtaken` others that wait.
    public func wake(overtaken: Set<String> = []) { mailbox.put(.wake(overtaken: overtaken)) }

    /// Sets the webhooks; deliveries to one that is no longer among them stay in the outbox.
    public func configure(_ webhooks: [Webhook]) { mailbox.put(.configure(webhooks)) }

    /// Has a disabled webhook sent to again.
    public func enable(_ webhook: String) { mailbox.put(.enable(webhook)) }

    /// Starts nothing more; `run` returns when what is under way has ended, or was called off after `grace`.
    public func stop(grace: Duration) { mailbox.put(.stop(grace: grace)) }
}

/// What the dispatcher tells its operator.
public enum DispatchNote: Sendable {
    case attempt(Finding, webhook: String, delivery: Delivery)
    case health(WebhookHealth, webhook: String)
    /// A person wants it sent to again. One that was disabled is as good as new; any other is as it was.
    case enabled(webhook: String, wasDisabled: Bool)
    /// Outcomes could not be committed or deliveries not be read; both are tried again.
    case storeFailing(StoreError)
    case storeRecovered
}
