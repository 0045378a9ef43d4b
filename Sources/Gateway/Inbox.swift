import Notifiers
import Rules
import Store
import Synchronization

/// What the pipeline takes, one after the other, from whoever has it.
///
/// While the store cannot be written, polls wait here and none is lost, up to a bound in bytes.
final class Inbox: Sendable {
    enum Item: Sendable {
        case poll(Poll)
        /// A rules file to go over to, and who is told the number of its version once that is on disk.
        case configuration(
            Configuration, audit: AuditEntry? = nil,
            reply: @Sendable (Result<Int, ActionRefusal>) -> Void = { _ in })
        /// Something that a person asks for, what is to be kept of that, and who waits for what comes of it.
        case request(
            Action, audit: AuditEntry? = nil,
            reply: @Sendable (Result<ActionReply, ActionRefusal>) -> Void)
        /// A second has passed: what is due by time alone is looked for.
        case tick
        /// What is said of the gateway itself.
        case trouble(Trouble)
    }

    /// What became of a poll that was put in line.
    enum Admission: Equatable, Sendable {
        case taken
        /// Those that wait fill the inbox; `isFirst` until it was empty again.
        case dropped(isFirst: Bool)
    }

    private struct Load {
        /// The bytes of the polls that wait or are being dealt with.
        var held = 0
        /// How many polls were dropped since the inbox was last empty.
        var dropped = 0
        /// Whether a tick is in line.
        var hasTick = false
        /// What was last said of each subject, so that only news is put in line.
        var said: [Trouble.Key: Trouble] = [:]
        /// How many troubles wait.
        var troubles = 0
    }

    /// The most troubles that wait; what is not taken is said again by whoever notices it again.
    private static let mostTroubles = 1000

    /// The most bytes of polls that wait.
    let limit: Int
    private let mailbox = Mailbox<Item>()
    private let load = Mutex(Load())

    init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// Puts a poll in line, unless those that wait fill the inbox. One alone may be of any size.
    func put(_ poll: Poll) -> Admission {
        let admission = load.withLock { load in
            guard load.held == 0 || load.held + poll.size <= limit else {
                load.dropped += 1
                return Admission.dropped(isFirst: load.dropped == 1)
            }
            load.held += poll.size
            return .taken
        }
        if admission == .taken { mailbox.put(.poll(poll)) }
        return admission
    }

    func put(_ configuration: Configuration) { mailbox.put(.configuration(configuration)) }

    /// Has the pipeline go over to `configuration`; its version once that is on disk.
    func adopt(
        _ configuration: Configuration, audit: AuditEntry? = nil
    ) async -> Result<Int, ActionRefusal> {
        await withCheckedContinuation { continuation in
            let item = Item.configuration(
                configuration, audit: audit, reply: { continuation.resume(returning: $0) })
            if !mailbox.put(item) { continuation.resume(returning: .failure(.stopping)) }
        }
    }

    /// Puts a tick in line, unless one waits already.
    func tick() {
        let isFirst = load.withLock { load in
            defer { load.hasTick = true }
            return !load.hasTick
        }
        if isFirst { mailbox.put(.tick) }
    }

    /// Puts what is said of the gateway itself in line, if it is news.
    func put(_ trouble: Trouble) {
        let isNews = load.withLock { load in
            guard load.said[trouble.key]?.says(trouble) != true, load.troubles < Self.mostTroubles else {
                return false
            }
            load.said[trouble.key] = trouble
            load.troubles += 1
            return true
        }
        if isNews { mailbox.put(.trouble(trouble)) }
    }

    /// Forgets what was said: under another rules file it may be news again.
    func forgetTroubles() { load.withLock { $0.said = [:] } }

    /// Has the pipeline do `action`, and returns what came of it once that is on disk.
    func perform(_ action: Action, audit: AuditEntry? = nil) async -> Result<ActionReply, ActionRefusal> {
        await withCheckedContinuation { continuation in
            let request = Item.request(
                action, audit: audit, reply: { continuation.resume(returning: $0) })
            if !mailbox.put(request) { continuation.resume(returning: .failure(.stopping)) }
        }
    }

    var isClosed: Bool { mailbox.isClosed }

    /// Takes nothing more; what is inside is still dealt with.
    func close() { mailbox.close() }

    func take() async -> [Item]? { await mailbox.take() }

    /// What is in line, without waiting.
    func taken() -> [Item] { mailbox.taken() }

    /// Says that an item was dealt with and its bytes are free; returns how many polls were dropped once that
    /// has come to an end, 0 otherwise.
    func settled(_ item: Item) -> Int {
        if case .trouble = item { load.withLock { $0.troubles -= 1 } }
        if case .tick = item { load.withLock { $0.hasTick = false } }
        guard case .poll(let poll) = item else { return 0 }
        return load.withLock { load in
            load.held -= poll.size
            guard load.held == 0 else { return 0 }
            defer { load.dropped = 0 }
            return load.dropped
        }
    }
}

extension Inbox.Item {
    /// Tells whoever waits for it that nothing comes of it.
    func refuse(_ refusal: ActionRefusal) {
        switch self {
        case .request(_, _, let reply): reply(.failure(refusal))
        case .configuration(_, _, let reply): reply(.failure(refusal))
        case .poll, .tick, .trouble: break
        }
    }
}
