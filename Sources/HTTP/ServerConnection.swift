import Glibc
import Synchronization

/// One accepted connection and the moment by which its client must have done the next thing.
final class ServerConnection: Sendable {
    let descriptor: Int32
    let peer: ServerAddress
    private let deadline: Atomic<Int64>
    /// What its client was shown, held for as long as TLS needs it.
    private let credentials: ServerCredentials?

    /// A connection whose first head is due `allowance` from now.
    init(
        descriptor: Int32, peer: ServerAddress, allowance: Duration,
        showing credentials: ServerCredentials? = nil
    ) {
        self.descriptor = descriptor
        self.peer = peer
        self.credentials = credentials
        deadline = Atomic(Self.now + allowance.nanoseconds)
    }

    /// Whatever the client owes next is due `allowance` from now.
    func expect(within allowance: Duration) {
        deadline.store(Self.now + allowance.nanoseconds, ordering: .relaxed)
    }

    /// As `expect`, unless less time than that was left.
    func hurry(within allowance: Duration) {
        deadline.min(Self.now + allowance.nanoseconds, ordering: .relaxed)
    }

    /// The client owes nothing: it is the server's turn.
    func expectNothing() { deadline.store(.max, ordering: .relaxed) }

    /// Ends the connection if its client is late; libmicrohttpd then sees it closed and cleans up.
    func endIfLate(at now: Int64) {
        guard deadline.load(ordering: .relaxed) <= now else { return }
        expectNothing()
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// The monotonic clock, in nanoseconds.
    static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds, at most some thirty years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
