import Dispatch
import Notifiers
import Rules
import Synchronization

/// Reads files for tasks, on threads of its own: a read of a file server that does not answer may last for ever.
final class FileQueue: Sendable {
    private typealias Waiter = Mailbox<Result<[UInt8], FileError>>

    /// Who waits for a read under way, by path. There is one of a path at a time, so that a server that hangs holds
    /// one thread and not one for each time it is asked.
    private let waiting = Mutex<[String: [Waiter]]>([:])
    private let read: @Sendable (String) throws(FileError) -> [UInt8]

    init(
        read: @escaping @Sendable (String) throws(FileError) -> [UInt8] = { path throws(FileError) in
            try FileReader.bytes(at: path)
        }
    ) {
        self.read = read
    }

    /// What the file holds; a task that is cancelled waits no longer.
    func bytes(at path: String) async throws(FileError) -> [UInt8] {
        let waiter = Waiter()
        let isFirst = waiting.withLock { waiting in
            defer { waiting[path, default: []].append(waiter) }
            return waiting[path] == nil
        }
        if isFirst { start(path) }
        guard let result = await waiter.take()?.first else {
            waiting.withLock { $0[path]?.removeAll { $0 === waiter } }
            throw .unreadable("not read yet")
        }
        return try result.get()
    }

    private func start(_ path: String) {
        // A serial queue has a thread of its own as long as it needs one.
        DispatchQueue(label: "file").async { [self] in
            let result = Result { () throws(FileError) in try read(path) }
            let waiters = waiting.withLock { $0.removeValue(forKey: path) }
            for waiter in waiters ?? [] { waiter.put(result) }
        }
    }
}
