import Foundation
import Rules
import Store
import TestSupport
import Testing

@Suite struct BackupTests {
    private let folder: TemporaryFolder
    private let copy: String

    init() throws {
        folder = try TemporaryFolder()
        copy = folder.path + "/copy.db"
    }

    @Test func aCopyHoldsWhatWasCommittedWhileTheGatewayGoesOn() async throws {
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (90, 1)]), by: &table)
        let report = try Backup.copy(folder.database, to: copy)
        #expect(report.incidents == 1)
        // What comes afterwards is in the database and not in the copy.
        _ = try await store.take(try poll(at: 2, ["b": (90, 1)]), by: &table)
        let restored = try StoreWriter(path: copy, newInstance: "other") { Timestamp(milliseconds: 0) }
        let open = try await restored.table(of: fleet, by: try ruleset(window: 1)).openIncidents
        #expect(open.map(\.machine) == ["a"])
        #expect(try await restored.nextIncident() == 2)
        let permissions = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(permissions == 0o600, "it holds what the database holds")
    }

    /// Receivers drop an id that they have seen: one that came back for another event would lose that event.
    @Test func aCopyPutBackRepeatsNoIdForAnotherEvent() async throws {
        func firstID(of path: String, at time: Int64) async throws -> String? {
            let store = try StoreWriter(path: path, newInstance: "other") { Timestamp(milliseconds: time) }
            var table = try await store.table(of: fleet, by: try ruleset(window: 1))
            _ = try await store.take(try poll(at: time / 1000, ["a": (90, 1)]), by: &table)
            return try await store.due(for: "ops", at: Timestamp(milliseconds: time), holding: [], limit: 1)
                .first?
                .messageID
        }
        _ = try folder.open()
        _ = try Backup.copy(folder.database, to: copy)
        let lost = try await firstID(of: folder.database, at: 1000)
        let later = try await firstID(of: copy, at: 2000)
        #expect(lost != nil && later != nil && lost != later)
    }

    @Test func aFileThatIsThereIsLeftAlone() throws {
        _ = try folder.open()
        try folder.write("precious", to: "copy.db")
        #expect(throws: StoreError.cannotOpen(path: copy, detail: "it exists already; name a new file")) {
            try Backup.copy(folder.database, to: copy)
        }
        #expect(try String(contentsOfFile: copy, encoding: .utf8) == "precious")
    }

    @Test func whatIsNoDatabaseOfOursLeavesNoFile() throws {
        try folder.write(String(repeating: "text ", count: 100), to: "gateway.db")
        #expect(throws: StoreError.notADatabase(path: folder.database)) {
            try Backup.copy(folder.database, to: copy)
        }
        #expect(throws: StoreError.self) { try Backup.copy(folder.path + "/none.db", to: copy) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["gateway.db"])
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        _ = try folder.open()
        let nowhere = folder.path + "/none/copy.db"
        #expect(throws: StoreError.cannotOpen(path: nowhere, detail: "No such file or directory")) {
            try Backup.copy(folder.database, to: nowhere)
        }
    }
}
