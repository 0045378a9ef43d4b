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
        case configuration(Configuration)
    }

    /// The most bytes of polls that wait.
    static let limit = 64 << 20

    private let mailbox = Mailbox<Item>()
    private let held = Atomic<Int>(0)

    /// Puts a poll in line; false when those that wait already fill the inbox.
    func put(_ poll: Poll) -> Bool {
        let size = held.add(poll.size, ordering: .relaxed).newValue
        guard size <= Self.limit || size == poll.size else {
            held.subtract(poll.size, ordering: .relaxed)
            return false
        }
        mailbox.put(.poll(poll))
        return true
    }

    func put(_ configuration: Configuration) { mailbox.put(.configuration(configuration)) }

    var isClosed: Bool { mailbox.isClosed }

    /// Takes nothing more; what is inside is still dealt with.
    func close() { mailbox.close() }

    func take() async -> [Item]? { await mailbox.take() }

    /// Says that a poll was dealt with and its bytes are free.
    func settled(_ item: Item) {
        if case .poll(let poll) = item { held.subtract(poll.size, ordering: .relaxed) }
    }
}
