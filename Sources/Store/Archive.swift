/// Reads what takes long, on a thread and a connection of its own, so that nobody else waits for it.
public actor Archive {
    nonisolated private let executor = QueueExecutor(label: "store.archive")
    nonisolated public var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    private let reader: StoreReader

    /// Opens the database that `writer` has made ready at `path`.
    public init(path: String, of writer: StoreWriter) throws(StoreError) {
        reader = try StoreReader(path: path, of: writer, count: 1)
    }

    /// What `body` reads.
    public func read<Result: Sendable>(
        _ body: @Sendable (StoreReader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try body(reader)
    }
}
