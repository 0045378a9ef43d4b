@testable public import Store

extension StoreWriter {
    /// Runs SQL on the writer's own connection.
    public func execute(_ sql: String) throws(StoreError) { try db.execute(sql) }
}

/// Another program that holds the write lock of a database.
public final class Intruder {
    private let connection: Connection

    /// Takes the lock; `store` will not wait for it.
    public init(at path: String, against store: StoreWriter) async throws {
        try await store.execute("PRAGMA busy_timeout = 0")
        connection = try Connection(path: path, mode: .readWrite)
        try connection.execute("BEGIN IMMEDIATE")
    }

    public func leave() throws { try connection.execute("ROLLBACK") }
}
