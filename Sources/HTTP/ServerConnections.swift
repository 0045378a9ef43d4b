import Dispatch
import Synchronization

/// All open connections of one server, watched for late clients.
final class ServerConnections: Sendable {
    private struct Table {
        var byDescriptor: [Int32: ServerConnection] = [:]
        var countByAddress: [String: Int] = [:]
        var isWatched = false
    }

    private let table = Mutex(Table())
    private let queue = DispatchQueue(label: "http.server.deadlines")
    private let limitPerAddress: Int

    init(limitPerAddress: Int) {
        self.limitPerAddress = limitPerAddress
    }

    /// Whether one more connection from `address` is within its share.
    func hasRoom(for address: ServerAddress) -> Bool {
        address.isLoopback || table.withLock { $0.countByAddress[address.text, default: 0] < limitPerAddress }
    }

    func add(_ connection: ServerConnection) {
        table.withLock { table in
            table.byDescriptor[connection.descriptor] = connection
            table.countByAddress[connection.peer.text, default: 0] += 1
        }
    }

    /// Forgets a connection; to be called before its descriptor is closed and can name another.
    func remove(_ connection: ServerConnection) {
        table.withLock { table in
            table.byDescriptor[connection.descriptor] = nil
            let left = table.countByAddress[connection.peer.text, default: 0] - 1
            table.countByAddress[connection.peer.text] = left > 0 ? left : nil
        }
    }

    /// Ends late connections until `stopWatching`, each at most a fifth of `shortest` after its deadline.
    func watch(shortest: Duration) {
        table.withLock { $0.isWatched = true }
        look(every: .nanoseconds(Int(max(shortest.nanoseconds / 5, 5_000_000))))
    }

    func stopWatching() {
        table.withLock { $0.isWatched = false }
    }

    private func look(every interval: DispatchTimeInterval) {
        queue.asyncAfter(deadline: .now() + interval) { [weak self] in
            guard let self, endLate() else { return }
            look(every: interval)
        }
    }

    /// Ends under the lock, so that no descriptor is closed and reused in between; false once unwatched.
    private func endLate() -> Bool {
        let now = ServerConnection.now
        return table.withLock { table in
            for connection in table.byDescriptor.values { connection.endIfLate(at: now) }
            return table.isWatched
        }
    }
}
