import Dispatch
import Synchronization

/// Writes the log back into the database file, on a queue and a connection of its own, so that no commit waits
/// for it.
///
/// SQLite would do so within the commit that makes the log longer than 1,000 pages: after a storm, that is as
/// much work again as the storm's commit.
final class Checkpointer: Sendable {
    /// From how many pages in the log on it is written back.
    private static let soon = 1000
    /// From how many pages on the commit waits after all: 64 MiB, where the log would only grow.
    private static let now = 16_384

    private let connection: Mutex<Connection>
    private let queue = DispatchQueue(label: "store.checkpoint")
    private let isUnderWay = Atomic<Bool>(false)

    init(path: String) throws(StoreError) {
        let opened = try Connection(path: path, mode: .readWrite)
        // The log is cleared only once the database file is on disk.
        try opened.execute("PRAGMA synchronous = FULL")
        connection = Mutex(opened)
    }

    /// Takes note of the log after a commit.
    func logHolds(_ pages: Int) {
        if pages >= Self.now { return writeBack() }
        guard pages >= Self.soon, !isUnderWay.exchange(true, ordering: .acquiring) else { return }
        queue.async { [self] in
            writeBack()
            isUnderWay.store(false, ordering: .releasing)
        }
    }

    /// Writes back what no reader needs. A failure loses nothing: all of it is in the log, for the next time.
    private func writeBack() {
        connection.withLock { try? $0.execute("PRAGMA wal_checkpoint(PASSIVE)") }
    }

    /// Writes back all and empties the log.
    func empty() throws(StoreError) {
        try connection.withLock { (db) throws(StoreError) in try db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }
}
