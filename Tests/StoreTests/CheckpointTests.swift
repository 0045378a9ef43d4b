import Foundation
import Rules
import Store
import TestSupport
import Testing

@Suite struct CheckpointTests {
    @Test func theLogIsWrittenBackWhileCommitsGoOnAndNeverOutgrowsItsBound() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        func size(_ suffix: String) throws -> Int {
            let path = folder.database + suffix
            return try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        }
        let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0) }
        for second in Int64(1)...24 {
            let poll = try poll(at: second, ["a": (second % 2 == 1 ? 99 : 1, 1)])
            let judgement = table.judge(poll, nextIncident: try await store.nextIncident())
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            change.notices = judgement.events.map { Notice($0, letters: [Letter(to: "ops", body: body)]) }
            try await store.commit(change)
            table.adopt(judgement, of: poll)
        }
        // 96 MB went through a log of at most 64 MiB and one commit.
        #expect(try size("-wal") < 75_000_000)
        try await store.checkpoint()
        #expect(try size("-wal") == 0)
        #expect(try size("") > 96_000_000)
        #expect(try await store.pending() == ["ops": 24])
        let due = try await store.due(for: "ops", at: Timestamp(milliseconds: 99_000), holding: [], limit: 1)
        #expect(due.first?.body == body)
    }
}
