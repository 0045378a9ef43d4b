import Foundation

@testable import Store

/// The database of one simulated gateway, in memory, as the checks and the faults see it.
final class Disk {
    let path: String
    private(set) var db: Connection
    private(set) var isLocked = false
    private let folder: String
    private static let root =
        FileManager.default.isWritableFile(atPath: "/dev/shm")
        ? "/dev/shm/" : NSTemporaryDirectory()

    init() throws {
        folder = Self.root + "gateway-simulation-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/gateway.db"
        db = try Connection(path: path, mode: .readWrite)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Another program takes the lock: nothing is committed until it lets go.
    func lock() throws {
        guard !isLocked else { return }
        try db.execute("BEGIN IMMEDIATE")
        isLocked = true
    }

    func unlock() throws {
        guard isLocked else { return }
        try db.execute("ROLLBACK")
        isLocked = false
    }

    /// Takes a copy to go back to, as a disk does that was told to sync and did not.
    func copy() throws {
        try? FileManager.default.removeItem(atPath: path + ".copy")
        try db.execute("VACUUM INTO '\(path).copy'")
    }

    /// Goes back to the copy, if there is one; nobody may have the database open.
    func revert() throws {
        guard FileManager.default.fileExists(atPath: path + ".copy") else { return }
        db = try Connection(path: ":memory:", mode: .readWrite)
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
        try FileManager.default.moveItem(atPath: path + ".copy", toPath: path)
        db = try Connection(path: path, mode: .readWrite)
    }

    func isIntact() throws -> Bool {
        try db.rows("PRAGMA integrity_check") { $0.text(0) ?? "" } == ["ok"]
    }
}

extension StoreWriter {
    /// Runs SQL on the writer's own connection.
    func execute(_ sql: String) throws(StoreError) { try db.execute(sql) }
}
