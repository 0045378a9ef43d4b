public import HTTP
import Rules
import Store

extension Dispatcher {
    /// What the dispatcher wants done outside: all of it takes time, and so does nothing else.
    public enum Effect: Sendable {
        /// A request to be made, and who is told what came of it.
        case attempt(Parcel, ended: @Sendable (HTTPReply) -> Void)
        /// Has outcomes committed; over when they are, or when the store refused them.
        case commit(@Sendable () async -> Void)
        /// A time to let pass, and who is told that it is over.
        case wait(Duration, over: @Sendable () -> Void)
        /// Attempts under way are to be called off.
        case callOff
    }

    /// One attempt at a delivery, ready to be carried.
    public struct Parcel: Sendable {
        public let webhook: String
        public let content: Content
        /// For how long an answer is waited for.
        public let timeout: Duration

        public enum Content: Sendable {
            case request(HTTPRequest)
            case mail(Mail)
        }
    }

    /// The dispatcher step by step, for whoever has a clock and a network of their own.
    public func steps() -> DispatchSteps { DispatchSteps(self) }
}

extension Dispatcher.Parcel {
    /// An attempt at `delivery` that is made, and signed, at `now`.
    init(_ delivery: Delivery, to webhook: Webhook, at now: Timestamp) {
        self.webhook = webhook.name
        timeout = webhook.timeout
        if let mail = webhook.mail(for: delivery) {
            content = .mail(mail)
        } else {
            content = .request(webhook.request(for: delivery, at: now))
        }
    }
}

/// The dispatcher of a gateway whose time does not pass by itself.
///
/// The same loop as the running one: only who waits for its effects is another.
public struct DispatchSteps {
    private var loop: DispatchLoop

    init(_ dispatcher: Dispatcher) {
        loop = DispatchLoop(dispatcher)
    }

    /// Takes what the dispatcher was told since the last step, and gives what is to be done; nil when it was
    /// told nothing.
    public mutating func next() async -> [Dispatcher.Effect]? {
        let signals = loop.dispatcher.mailbox.taken()
        guard !signals.isEmpty else { return nil }
        for signal in signals { await loop.take(signal) }
        await loop.turn()
        return loop.takeEffects()
    }
}
