import Foundation
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct CommitTests {
    @Test func aRestartGoesOnAsIfNothingHadHappened() async throws {
        let folder = try TemporaryFolder()
        let rules = try ruleset(window: 3)
        var table: SeriesTable
        do {
            let store = try folder.open()
            table = try await store.table(of: fleet, by: rules)
            _ = try await store.take(try poll(at: 1, ["a": (99, 1.5), "b": (1, 2)]), by: &table)
            _ = try await store.take(try poll(at: 2, ["b": (1, 2), "a": (99, 0.123456)]), by: &table)
        }
        let store = try folder.open()
        table = try await store.table(of: fleet, by: rules)
        let events = try await store.take(try poll(at: 3, ["a": (98, 1), "b": (1, 2)]), by: &table)
        #expect(events.map(\.kind) == [.opened])
        #expect(events.first?.evidence.map(\.value) == [99, 99, 98])
    }

    @Test func anOpenIncidentIsNotOpenedAgainAfterARestart() async throws {
        let folder = try TemporaryFolder()
        let rules = try ruleset(window: 1)
        for second in Int64(1)...3 {
            let store = try folder.open()
            var table = try await store.table(of: fleet, by: rules)
            let events = try await store.take(try poll(at: second, ["a": (99, 1)]), by: &table)
            #expect(events.count == (second == 1 ? 1 : 0))
        }
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: rules)
        let resolved = try await store.take(try poll(at: 4, ["a": (1, 1)]), by: &table)
        #expect(resolved.map(\.incident.id) == [1])
        #expect(try await store.openIncidents().isEmpty)
    }

    @Test func aFailedCommitChangesNothing() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (1, 1)]), by: &table)
        // The same moment twice violates the table of polls, after the machine and before the incident.
        let again = try poll(at: 1, ["new": (99, 1)])
        await #expect(throws: StoreError.self) { try await store.take(again, by: &table) }
        #expect(try await store.openIncidents().isEmpty)
        #expect(try await store.pending().isEmpty)
        let events = try await store.take(try poll(at: 2, ["new": (99, 1)]), by: &table)
        #expect(events.map(\.incident.id) == [1])
        #expect(try await store.pending() == ["ops": 1])
    }

    @Test func samplesComeBackWithTheSameBits() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset())
        // A hundred times 1.15 is a little less than 115 in binary.
        var values = [45.0, 30.55, 0.1 + 0.2, -0.0, 1e300, 327.67, 327.68, -327.67, -327.68, 327.675]
        values += [1.15, 2.67, 1.005, -1.15, -0.01, 0.005, -.infinity, 5e-300]
        for number in 0..<100 { values.append(Double(number * 327) / 100) }
        for (index, value) in values.enumerated() {
            _ = try await store.take(try poll(at: Int64(index + 1), ["a": (value, .nan)]), by: &table)
        }
        let reader = try StoreReader(path: folder.database, of: store)
        let samples = try reader.samples(
            of: "a", "cpu", source: "fleet", from: Timestamp(milliseconds: 0),
            to: Timestamp(milliseconds: 999_000))
        #expect(samples.map(\.value.bitPattern) == values.map(\.bitPattern))
        #expect(
            try reader.samples(
                of: "a", "mem", source: "fleet", from: Timestamp(milliseconds: 0),
                to: Timestamp(milliseconds: 9000)
            ).isEmpty)
    }

    @Test func incidentNumbersAreNeverGivenTwice() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (99, 1)]), by: &table, letters: [])
        _ = try await store.take(try poll(at: 2, ["a": (1, 1)]), by: &table, letters: [])
        let end = Timestamp(milliseconds: 1_000_000)
        while try await store.prune(samplesBefore: end, incidentsBefore: end) {}
        let reader = try StoreReader(path: folder.database, of: store)
        #expect(try reader.incidents(matching: IncidentQuery()).page.isEmpty)
        #expect(try await store.nextIncident() == 2)
    }
}

@Suite struct StoreFileTests {
    @Test func aSecondGatewayIsRefused() async throws {
        let folder = try TemporaryFolder()
        let first = try folder.open()
        #expect {
            try folder.open()
        } throws: {
            "\($0)".hasPrefix("\(folder.database) is in use by another gateway (process ")
        }
        _ = try await first.nextIncident()
    }

    @Test func filesBelongToTheirOwnerAlone() throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        withExtendedLifetime(store) {}
    }

    /// Bytes at an offset of an intact database, and how the error goes on after the path.
    @Test(
        arguments: [
            (0, [0x50], "is not a SQLite database"), (68, [0, 0, 0, 9], "is a database of another program"),
            (60, [0, 0, 0, 99], "has schema 99, this gateway knows up to 1"),
            (28, [0, 0, 99, 0], "is damaged"),
        ] as [(Int, [UInt8], String)])
    func aFileThatIsNotOursOrNotWholeIsRefusedUntouched(offset: Int, bytes: [UInt8], text: String)
        async throws
    {
        let folder = try TemporaryFolder()
        do { try await folder.open().checkpoint() }
        var content = try Data(contentsOf: URL(filePath: folder.database))
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        try content.write(to: URL(filePath: folder.database))
        #expect {
            try folder.open()
        } throws: {
            "\($0)".hasPrefix("\(folder.database) \(text)")
        }
        #expect(try Data(contentsOf: URL(filePath: folder.database)) == content)
    }

    @Test func aFileCutShortIsRefused() async throws {
        let folder = try TemporaryFolder()
        do { try await folder.open().checkpoint() }
        let content = try Data(contentsOf: URL(filePath: folder.database))
        try content.prefix(content.count / 2).write(to: URL(filePath: folder.database))
        #expect {
            try folder.open()
        } throws: {
            "\($0)".contains("it was cut short")
        }
    }

    /// As after a kill, with commits that lie in the log alone.
    @Test func aFileCutShortBesideItsLogIsRefused() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        try await store.checkpoint()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (99, 1)]), by: &table)
        let content = try Data(contentsOf: URL(filePath: folder.database))
        let log = try Data(contentsOf: URL(filePath: folder.database + "-wal"))
        let pages = content.count / 4096
        for kept in [1, pages / 2, pages * 3 / 4, pages - 1, pages] {
            let copy = try TemporaryFolder()
            try content.prefix(kept * 4096).write(to: URL(filePath: copy.database))
            try log.write(to: URL(filePath: copy.database + "-wal"))
            guard kept < pages else {
                let incidents = try await copy.open().openIncidents()
                #expect(incidents.count == 1)
                continue
            }
            #expect("\(kept) of \(pages) pages") {
                try copy.open()
            } throws: {
                "\($0)".contains("is damaged")
            }
        }
    }
}

@Suite struct DescriptorTests {
    @Test func aRefusedDatabaseClosesNoDescriptorOfOthers() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "not a database, and long enough to hold a header of one hundred bytes "
                + "were it one, which it is not", to: "gateway.db")
        let isOver = Mutex(false)
        async let stolen = Self.descriptorsLost(until: { isOver.withLock(\.self) })
        for _ in 0..<2000 {
            await Task.yield()
            #expect(throws: StoreError.self) { _ = try folder.open() }
        }
        isOver.withLock { $0 = true }
        #expect(await stolen == 0)
    }

    /// How often a descriptor that was just opened turned out to be closed by somebody else.
    private static func descriptorsLost(until isOver: @Sendable () -> Bool) async -> Int {
        var lost = 0
        while !isOver() {
            let descriptor = unsafe open("/dev/null", O_RDONLY)
            await Task.yield()
            if close(descriptor) != 0 { lost += 1 }
        }
        return lost
    }
}
