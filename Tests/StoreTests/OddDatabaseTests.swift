import Foundation
import Rules
import TestSupport
import Testing

@testable import Store

/// Files and rows that no gateway of this version leaves behind.
@Suite struct OddDatabaseTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func time(_ second: Int64) -> Timestamp { Timestamp(milliseconds: second * 1000) }

    /// A store with an incident, its delivery, and a blind interval; and what reads it once `change` is made.
    private func reader(of change: String) async throws -> StoreReader {
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (99, 1)]), by: &table)
        var ledger = Change(decidedAt: time(2))
        ledger.ledger = [.began(.source, subject: "fleet", at: time(2))]
        try await store.commit(ledger)
        try await store.execute("PRAGMA ignore_check_constraints = ON; \(change)")
        return try StoreReader(path: folder.database, of: store)
    }

    private func later(_ what: String) -> StoreError {
        .failed(code: 0, detail: "\(what) holds values of a later version")
    }

    @Test func anIncidentOfALaterVersionIsNamed() async throws {
        let reader = try await reader(of: "UPDATE incident SET severity = 'page'")
        #expect(throws: later("incident 1")) { try reader.incidents(matching: IncidentQuery()) }
    }

    @Test func aDeliveryOfALaterVersionIsNamed() async throws {
        let reader = try await reader(of: "UPDATE delivery SET state = 'lost'")
        #expect(throws: later("delivery 1")) { try reader.deliveries(matching: DeliveryQuery()) }
    }

    @Test func aBlindIntervalOfALaterVersionIsNamed() async throws {
        let reader = try await reader(of: "UPDATE blind SET kind = 'moon'")
        #expect(throws: later("the ledger of blind intervals")) {
            try reader.blind(since: nil, until: nil, before: nil, limit: 9)
        }
    }

    @Test func aStatementOfNothingIsNamed() throws {
        let connection = try Connection(path: folder.database, mode: .readWrite)
        #expect(throws: StoreError.failed(code: 0, detail: "empty statement: -- none")) {
            try connection.run("-- none")
        }
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let path = folder.path + "/none/gateway.db"
        let detail = "no lock file can be made beside it: No such file or directory"
        #expect(throws: StoreError.cannotOpen(path: path, detail: detail)) {
            try StoreWriter(path: path, newInstance: "test") { time(0) }
        }
    }

    @Test func aLinkThatLeadsToItselfIsNamed() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.database, withDestinationPath: folder.database)
        let detail = "Too many levels of symbolic links"
        #expect(throws: StoreError.cannotOpen(path: folder.database, detail: detail)) { try folder.open() }
    }

    @Test func aDatabaseOfAnotherProgramIsNotRead() throws {
        try Connection(path: folder.database, mode: .readWrite).execute("CREATE TABLE poll (at INTEGER)")
        let detail = "it is no database of the gateway"
        #expect(throws: StoreError.cannotOpen(path: folder.database, detail: detail)) {
            try StoreReader(path: folder.database)
        }
    }

    /// SQLite need not have written what it will not read.
    @Test func aFileThatLacksFreePagesAloneIsTaken() async throws {
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        try await store.execute(
            """
            CREATE TABLE junk (bytes BLOB);
            INSERT INTO junk WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50)
                SELECT zeroblob(4000) FROM n;
            DROP TABLE junk
            """)
        try await store.checkpoint()
        _ = try await store.take(try poll(at: 1, ["a": (99, 1)]), by: &table)
        let copy = try TemporaryFolder()
        let content = try Data(contentsOf: URL(filePath: folder.database))
        try content.dropLast(5 * 4096).write(to: URL(filePath: copy.database))
        try Data(contentsOf: URL(filePath: folder.database + "-wal"))
            .write(to: URL(filePath: copy.database + "-wal"))
        #expect(StoreFile.lacksPages(copy.database))
        #expect(try await copy.open().openIncidents().map(\.machine) == ["a"])
    }
}
