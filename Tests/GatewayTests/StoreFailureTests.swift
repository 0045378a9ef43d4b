import Collector
import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// What the service does while its store cannot be written.
@Suite(.timeLimit(.minutes(5))) struct StoreFailureTests {
    /// A poll at `second` that names so many new machines that the database must grow.
    func largePoll(at second: Double, breaching: String? = nil) throws -> Poll {
        let names = (1...2000).map { "machine-\(Int(second))-\($0)" } + [breaching].compactMap { $0 }
        let values = names.flatMap { name in [1.0, name == breaching ? 99.0 : 1.0] }
        return try #require(
            Poll(
                source: "fleet", at: Bench.moment(second), metrics: ["cpu", "mem"], machines: NameList(names),
                values: values))
    }

    func ready(_ bench: Bench) async throws -> String { try await bench.get("/readyz").text }

    /// The polls that are on disk, by their second.
    func polls(_ bench: Bench) async throws -> [Double] {
        try await bench.service.store.polls().map { Double($0 - Bench.moment(0).milliseconds) / 1000 }
    }

    @Test func aLockedDatabaseHoldsPollsAndTellsOnceAndCommitsAllInOrder() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        try await bench.running(judge) {
            for second in 1...5 {
                let next = try poll(at: Double(second), ["a": (second < 4 ? 99 : 1, 1)])
                #expect(bench.service.inbox.put(next) == .taken)
            }
            for _ in 1...10 {
                await bench.time.sleepers(1)
                bench.time.advance(by: .seconds(1))
            }
            await bench.time.sleepers(1)
            #expect(try await polls(bench).isEmpty)
            #expect(try await ready(bench).contains(#""store":"the database is locked by another program""#))
            #expect(try await bench.get("/readyz").status == 503)
            // What is committed is still served.
            #expect(try await bench.get("/api/incidents").text == "[]")
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
            await bench.network.sent(4)
        }
        #expect(try await polls(bench) == [1, 2, 3, 4, 5])
        #expect(
            bench.network.told.sorted() == [
                "night incident.opened a", "night incident.resolved a", "ops incident.opened a",
                "ops incident.resolved a",
            ])
        #expect(Set(bench.network.ids).count == 4)
        #expect(try await bench.ids("/api/incidents") == [1])
        #expect(try await ready(bench).contains(#""store":"ok""#))
        bench.service.log.flush()
        #expect(
            bench.lines.all(.info).filter { $0.contains("store") } == [
                "level=error msg=\"store failing; polls are held\" error=\"the database is locked by another program\"",
                "level=info msg=\"store recovered\"",
            ])
    }

    @Test func aFullDiskHoldsPollsUntilThereIsRoom() async throws {
        let bench = try Bench()
        let judge = try await bench.judge(Bench.rules(maxMachines: 10_000))
        try await bench.service.store.execute("PRAGMA max_page_count = 1")
        try await bench.running(judge) {
            #expect(bench.service.inbox.put(try largePoll(at: 1)) == .taken)
            #expect(bench.service.inbox.put(try largePoll(at: 2, breaching: "b")) == .taken)
            for _ in 1...3 {
                await bench.time.sleepers(1)
                bench.time.advance(by: .seconds(1))
            }
            await bench.time.sleepers(1)
            #expect(try await polls(bench).isEmpty)
            #expect(try await ready(bench).contains(#""store":"the disk is full""#))
            try await bench.service.store.execute("PRAGMA max_page_count = 1000000")
            bench.time.advance(by: .seconds(1))
            await bench.network.sent(1)
        }
        #expect(try await polls(bench) == [1, 2])
        #expect(bench.network.told == ["ops incident.opened b"])
        bench.service.log.flush()
        #expect(
            bench.lines.all(.info).filter { $0.contains("store") } == [
                "level=error msg=\"store failing; polls are held\" error=\"the disk is full\"",
                "level=info msg=\"store recovered\"",
            ])
    }

    @Test func beyondTheBoundPollsAreDroppedWithOneLineAndTheRestGoesOn() async throws {
        let size = try poll(at: 1, ["a": (1, 1)]).size
        let bench = try Bench(inbox: Inbox(limit: size * 3))
        let judge = try await bench.judge()
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        try await bench.running(judge) {
            for second in 1...6 { bench.receive(try poll(at: Double(second), ["a": (1, 1)])) }
            await bench.time.sleepers(1)
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
            await bench.lines.contain("polls are taken again")
            bench.receive(try poll(at: 7, ["a": (1, 1)]))
        }
        #expect(try await polls(bench) == [1, 2, 3, 7])
        bench.service.log.flush()
        #expect(
            bench.lines.all().filter { !$0.contains("store failing") } == [
                "level=error msg=\"polls dropped: those that wait for the store fill their memory\" source=fleet "
                    + "limit_bytes=\(size * 3)",
                "level=warning msg=\"polls are taken again\" dropped_meanwhile=3",
            ])
    }

    @Test func aPollThatIsNeverAcceptedIsPutAwayAndTheNextGoesOn() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        // As after a commit that was told to have failed and was not: disk is ahead of memory.
        try await bench.service.store.execute(
            """
            INSERT INTO poll (source, at) VALUES ('fleet', \(Bench.moment(2).milliseconds));
            INSERT INTO incident SELECT 1, 'x', 'info', 'x', 'x', 'cpu', 'mean', 1, NULL, 'above', 1, 1, 2, 2, 2,
                'x', '', 0, 0, NULL, NULL, 'recovered', 1, '', 0, 0, NULL, 0, NULL, NULL, NULL;
            UPDATE instance SET incidents = 1
            """)
        try await bench.running(judge) {
            for second in 1...3 {
                _ = bench.service.inbox.put(try poll(at: Double(second), ["a": (99, 1)]))
            }
            _ = bench.service.inbox.put(try poll(at: 4, ["a": (99, 1)]))
            await bench.network.sent(2)
        }
        #expect(try await polls(bench) == [1, 2, 3, 4])
        #expect(try await bench.ids("/api/incidents") == [2, 1])
        #expect(bench.network.told.sorted() == ["night incident.opened a", "ops incident.opened a"])
        bench.service.log.flush()
        let errors = bench.lines.all()
        #expect(errors.count == 1)
        #expect(
            errors.first?.hasPrefix(
                "level=error msg=\"refused by the store\" item=\"poll of fleet at 2026-11-23T12:00:02.000Z\" error="
            )
                == true)
        #expect(try await ready(bench).contains(#""store":"ok""#))
    }

    @Test func theEndDoesNotWaitForAStoreThatFails() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        try await bench.running(judge) {
            for second in 1...1000 {
                _ = bench.service.inbox.put(try poll(at: Double(second), ["a": (1, 1)]))
            }
            await bench.time.sleepers(1)
            bench.service.inbox.close()
            // One more try, and no more.
            bench.time.advance(by: .seconds(1))
        }
        try intruder.leave()
        bench.service.log.flush()
        #expect(
            bench.lines.all() == [
                "level=error msg=\"store failing; polls are held\" error=\"the database is locked by another program\"",
                "level=error msg=\"store failing at the end; what waits for it is lost\" items=1000 "
                    + "error=\"the database is locked by another program\"",
            ])
    }

    @Test func aRulesFileIsHeldLikeAPoll() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        try await bench.running(judge) {
            bench.service.inbox.put(try configuration(Bench.rules(cpu: 50)))
            for second in [1.0, 2] {
                _ = bench.service.inbox.put(try poll(at: second, ["a": (60, 1)]))
            }
            await bench.time.sleepers(1)
            #expect(bench.service.health.rulesVersion == 1)
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
            await bench.network.sent(2)
        }
        #expect(bench.service.health.rulesVersion == 2)
        #expect(try await bench.get("/api/incidents").text.contains(#""threshold":50"#))
    }
}

extension Bench {
    /// Has the service take a poll as its poller hands it over.
    func receive(_ poll: Poll, refusals: [Refusal] = []) {
        service.receive(
            PollOutcome(
                source: poll.source, startedAt: poll.at, duration: .zero,
                result: .success(.init(poll: poll, refusals: refusals, refusedCount: refusals.count))))
    }
}

extension StoreWriter {
    /// When polls are recorded, in milliseconds.
    func polls() throws(StoreError) -> [Int64] {
        try db.rows("SELECT at FROM poll ORDER BY at") { $0.integer(0) ?? 0 }
    }
}
