import Glibc

/// The database file: looked at before SQLite may touch it, and locked against a second gateway.
///
/// The lock is a file beside it, since any second descriptor on the database itself would, when closed, drop
/// SQLite's own POSIX locks (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
final class StoreFile: Sendable {
    let path: String
    private let lock: Int32

    /// A line of the lock file: commits lie in the log, without which the database is an old one that looks whole.
    private static let needsLog = "log"

    /// Locks the database at `path`, which need not exist yet.
    init(path: String) throws(StoreError) {
        self.path = path
        lock = try Self.lock(path)
        // Once both properties are set, `deinit` runs even when this throws, and releases the lock.
        let needsLog = Self.lines(of: lock).contains(Self.needsLog)
        note(needsLog: needsLog)
        try Self.inspect(path, needsLog: needsLog)
    }

    deinit { close(lock) }

    private static func lock(_ path: String) throws(StoreError) -> Int32 {
        let name = path + ".lock"
        let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, detail: "no lock file can be made beside it: \(systemError())")
        }
        guard take(descriptor) else {
            let holder = lines(of: descriptor).first
            close(descriptor)
            throw .inUse(path: path, holder: holder ?? "unknown process")
        }
        return descriptor
    }

    private static func lines(of lock: Int32) -> [String] {
        String(decoding: read(lock, count: 64, at: 0), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Notes who has the database, and whether commits lie in its log.
    ///
    /// Whoever ends in order notes that they do not. What cannot be noted is one check less.
    func note(needsLog: Bool) {
        let text = Array("process \(getpid())\n\(needsLog ? Self.needsLog + "\n" : "")".utf8)
        if ftruncate(lock, 0) == 0 { _ = unsafe pwrite(lock, text, text.count, 0) }
    }

    /// Waits a second at most for a holder that is about to end, as at a restart.
    private static func take(_ descriptor: Int32) -> Bool {
        for _ in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(50_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Refuses a file that is not an intact database of ours, and leaves it as it is.
    ///
    /// Read from its header (https://www.sqlite.org/fileformat.html#the_database_header).
    static func inspect(_ path: String, needsLog: Bool) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw .cannotOpen(path: path, detail: systemError())
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .cannotOpen(path: path, detail: systemError())
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(path: path, detail: "not a file") }
        guard status.st_size > 0 else { return }
        if needsLog, unsafe access(path + "-wal", F_OK) != 0 { throw .logMissing(path: path) }
        let header = read(descriptor, count: 100, at: 0)
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .notADatabase(path: path)
        }
        try check(header, size: Int64(status.st_size), path)
    }

    private static func check(_ header: [UInt8], size: Int64, _ path: String) throws(StoreError) {
        guard header.bigEndian(at: 68) == Schema.applicationID else { throw .foreign(path: path) }
        let version = Int(header.bigEndian(at: 60))
        guard version <= Schema.version else {
            throw .newer(path: path, version: version, known: Schema.version)
        }
        let expected = pageCount(header) * pageSize(header)
        // While commits lie in the log, or the first of all was not ended, the file may rightly be shorter than it will be.
        let hasLog = ["-wal", "-journal"].contains { suffix in
            var log = stat()
            return unsafe stat(path + suffix, &log) == 0 && log.st_size > 0
        }
        if size < expected, !hasLog {
            throw .damaged(path: path, detail: "\(size) bytes of \(expected); it was cut short")
        }
    }

    /// Whether pages are neither in the file at `path`, which was inspected, nor in its log: it was cut short then, unless
    /// they are free ones, which SQLite need not write.
    static func lacksPages(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let header = read(descriptor, count: 100, at: 0)
        var status = stat()
        guard header.count == 100, unsafe fstat(descriptor, &status) == 0 else { return false }
        let present = Int64(status.st_size) / pageSize(header)
        guard present < pageCount(header) else { return false }
        let log = WriteAheadLog(path: path + "-wal")
        let count = log.databasePages ?? pageCount(header)
        return present < count && !(present + 1...count).allSatisfy(log.pages.contains)
    }

    private static func pageSize(_ header: [UInt8]) -> Int64 {
        header.bigEndian(at: 16, 2) == 1 ? 65_536 : max(512, header.bigEndian(at: 16, 2))
    }

    private static func pageCount(_ header: [UInt8]) -> Int64 { header.bigEndian(at: 28) }

    static func read(_ descriptor: Int32, count: Int, at offset: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe pread(descriptor, &bytes, count, off_t(offset))
        return Array(bytes.prefix(max(0, got)))
    }

    /// Creates a database file for its owner alone, as SQLite would not; leaves one that is there.
    static func create(_ path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, detail: systemError()) }
        close(descriptor)
    }

    static func systemError() -> String { unsafe String(cString: strerror(errno)) }
}
