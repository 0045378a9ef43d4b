/// What went wrong with the store, in words for the person who must act.
public enum StoreError: Error, Hashable, CustomStringConvertible {
    /// The file is no SQLite database.
    case notADatabase(path: String)
    /// The file is a database of another program.
    case foreign(path: String)
    /// The file was written by a later version of the gateway.
    case newer(path: String, version: Int, known: Int)
    /// The file is shorter than it says, or its content contradicts itself.
    case damaged(path: String, detail: String)
    /// The gateway was killed, and the log that held its last commits is not there.
    case logMissing(path: String)
    /// Another gateway has the database open.
    case inUse(path: String, holder: String)
    case cannotOpen(path: String, detail: String)
    /// Another program held the lock for longer than we wait.
    case busy
    case full
    case readOnly
    case failed(code: Int32, detail: String)

    /// Whether the same call may succeed later, when a disk has room again or a lock is released.
    public var mayPass: Bool {
        switch self {
        case .busy, .full, .readOnly, .cannotOpen: true
        // The primary codes of SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PROTOCOL and SQLITE_INTERRUPT.
        case .failed(let code, _): [10, 7, 15, 9].contains(code & 0xff)
        case .notADatabase, .foreign, .newer, .damaged, .logMissing, .inUse: false
        }
    }

    public var description: String {
        switch self {
        case .notADatabase(let path):
            "\(path) is not a SQLite database; move it away, or set `storage: {path: …}` to another file"
        case .foreign(let path):
            "\(path) is a database of another program; set `storage: {path: …}` to a file of its own"
        case .newer(let path, let version, let known):
            "\(path) has schema \(version), this gateway knows up to \(known); run the newer gateway, "
                + "or restore the backup made before the upgrade"
        case .damaged(let path, let detail):
            "\(path) is damaged (\(detail)); restore a backup, or move the file away to begin a new history"
        case .logMissing(let path):
            "\(path)-wal is gone, and with it what was recorded last; put it back, or delete \(path).lock to go on "
                + "with what \(path) holds, as after a backup was restored"
        case .inUse(let path, let holder):
            "\(path) is in use by another gateway (\(holder)); stop it, or give this one its own `storage: path`"
        case .cannotOpen(let path, let detail):
            "cannot open \(path): \(detail)"
        case .busy: "the database is locked by another program"
        case .full: "the disk is full"
        case .readOnly: "the database cannot be written: file or directory is read-only"
        case .failed(let code, let detail): "SQLite error \(code): \(detail)"
        }
    }
}
