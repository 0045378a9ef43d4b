public import Rules

/// The one writer of the database.
///
/// Every change is a transaction, synced to disk (`synchronous=FULL`) before the call returns: a notification
/// depends on it, and NORMAL may lose the last commits when the power fails.
public actor StoreWriter {
    nonisolated private let executor: any SerialExecutor
    nonisolated public var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    let db: Connection
    let now: @Sendable () -> Timestamp
    /// A random name of this database, part of each webhook-id: a new database repeats no old id.
    let instance: String
    var blocks: [String: BlockNumbers] = [:]
    private let checkpointer: Checkpointer
    private let file: StoreFile

    /// Pages, of 4 KiB, that a transaction may change before they are written to the log ahead of its end and read
    /// again: 64 MiB, some 25,000 incidents. They are given back with the commit.
    private static let mostDirty = 16_384

    /// What of a commit outlives a power failure.
    public enum Durability: Sendable {
        /// All of it.
        case full
        /// Nothing need: the database is thrown away after use.
        case none
    }

    /// Opens the database at `path`, creating or migrating it. Blocks; not for Swift's shared threads.
    ///
    /// `newInstance` names the database if it is a new one; without an `executor` it runs on a queue of its own.
    public init(
        path: String, newInstance: String, durability: Durability = .full,
        executor: (any SerialExecutor)? = nil, now: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        self.executor = executor ?? QueueExecutor(label: "store.writer")
        file = try StoreFile(path: path)
        try StoreFile.create(path)
        let lacksPages = StoreFile.lacksPages(path)
        let db = try Connection(path: path, mode: .readWrite)
        if lacksPages { try db.checkContent() }
        // The header is right before the log begins: a check of the file alone then always knows it as ours.
        try Schema.migrate(db, instance: newInstance, at: now())
        try db.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = \(durability == .full ? "FULL" : "OFF"); PRAGMA journal_size_limit = 67108864;
            PRAGMA cache_size = -8192; PRAGMA cache_spill = \(Self.mostDirty); PRAGMA temp_store = MEMORY
            """)
        instance = try db.rows("SELECT id FROM instance") { $0.text(0) ?? "" }.first ?? newInstance
        let checkpointer = try Checkpointer(path: path)
        db.onCommit { checkpointer.logHolds($0) }
        self.db = db
        self.checkpointer = checkpointer
        self.now = now
        // Nothing that could fail follows: then the log would go with the connection, and the note stay.
        file.note(needsLog: true)
    }

    // Before the connection closes, which removes the log.
    deinit { file.note(needsLog: false) }

    /// Whether a transaction can be written at this time; throws what stands in the way.
    public func probe() throws(StoreError) {
        try db.transaction { () throws(StoreError) in
            try db.run("UPDATE instance SET created_at = created_at")
        }
    }

    /// Writes the log back into the database file, so that a copy of that one file is whole; the last thing that is
    /// done with a store.
    public func checkpoint() throws(StoreError) {
        try checkpointer.empty()
        file.note(needsLog: false)
    }

    /// The number that the next incident gets; no number is given twice, whatever was deleted.
    public func nextIncident() throws(StoreError) -> Int64 {
        try Numbering(in: db).nextIncident
    }
}
