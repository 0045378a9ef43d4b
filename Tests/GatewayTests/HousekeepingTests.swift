import Dispatch
import Rules
import TestSupport
import Testing

@testable import Collector
@testable import Gateway
@testable import Store

/// What goes on beside the polls, and what the log says of it.
@Suite(.timeLimit(.minutes(5))) struct HousekeepingTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    /// Runs `work` beside another, which is called off at its end.
    private func beside(
        _ other: @escaping @Sendable () async -> Void, _ work: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await other() }
            try await work()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func whatCannotBeIndexedNowIsIndexedLater() async throws {
        var judge = try await bench.judge(Bench.rules(maxMachines: 1000))
        let names = (1...600).map { "m\($0)" }
        let values = Array(repeating: 99.0, count: 600)
        let poll = Poll(
            source: "fleet", at: Bench.moment(1), metrics: ["mem"], machines: NameList(names), values: values)
        try await judge.take(try #require(poll))
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        let keepIndex = { @Sendable [bench] in await bench.service.keepIndex() }
        try await beside(keepIndex) {
            await bench.time.sleepers(1)
            bench.time.advance(by: .seconds(1))
            await bench.lines.contain("the index waits for the store")
            try intruder.leave()
            await bench.time.sleepers(1)
            bench.time.advance(by: .seconds(1))
            await bench.time.sleepers(1)
            #expect(try await !bench.service.store.index(), "nothing is left to do")
        }
        #expect(try await bench.ids("/api/incidents?q=mem&limit=1000").count == 600)
    }

    @Test func whatCannotBeDeletedNowIsDeletedLater() async throws {
        try await bench.fill()
        bench.time.advance(by: .seconds(500 * 86_400))
        let (intruder, aliveAt) = (
            try await Intruder(at: bench.folder.database, against: bench.service.store), bench.time.now
        )
        let storage = try configuration(Bench.rules()).storage
        let keepRetention = { @Sendable [bench] in
            await bench.service.keepRetention(storage, aliveAt: aliveAt)
        }
        try await beside(keepRetention) {
            await bench.lines.contain("retention waits for the store")
            try intruder.leave()
            await bench.time.sleepers(1)
            #expect(try await bench.service.store.polls().count == 6)
            bench.time.advance(by: Retention.interval)
            await bench.time.sleepers(1)
            #expect(try await bench.service.store.polls().isEmpty)
        }
    }

    @Test func targetsThatFailAreToldOnceAndSoIsTheirEnd() async throws {
        _ = try await bench.judge()
        func receive(failing: Int, fileError: String? = nil) throws {
            var targets = TargetsStatus()
            (targets.total, targets.failing, targets.fileError) = (3, failing, fileError)
            targets.failures = (0..<failing).map {
                .init(target: "m\($0):9100", since: Bench.moment(1), error: "answered 503")
            }
            let reading = PollOutcome.Reading(poll: try poll(at: 1, ["a": (1, 1)]))
            bench.service.receive(
                PollOutcome(
                    source: "fleet", startedAt: Bench.moment(1), duration: .zero, result: .success(reading),
                    targets: targets))
        }
        for failing in [1, 2, 0] { try receive(failing: failing) }
        for _ in 1...2 { try receive(failing: 0, fileError: "none: there is no such file") }
        bench.service.log.flush()
        #expect(
            bench.lines.all(.info).filter { $0.contains("target") } == [
                "level=warning msg=\"targets failing\" source=fleet failing=1 of=3 first=m0:9100 error=\"answered 503\"",
                "level=info msg=\"targets recovered\" source=fleet",
                "level=error msg=\"targets file refused; the targets it last named are still polled\" source=fleet "
                    + "error=\"none: there is no such file\"",
            ])
    }

    @Test func aDatabaseThatIsDamagedWhileItIsUsedIsTold() async throws {
        var judge = try await bench.judge()
        try await bench.service.store.execute(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'poll';
            PRAGMA schema_version = 1000
            """)
        #expect(await judge.attempt(.poll(try poll(at: 1, ["a": (99, 1)]))) == nil, "it is not tried again")
        bench.service.log.flush()
        #expect(bench.lines.all().contains { $0.contains("is damaged (") }, "\(bench.lines.all())")
        #expect(try await bench.get("/readyz").text.contains("is damaged ("))
    }

    @Test func rulesThatTheDatabaseRefusesAreNotInForce() async throws {
        var judge = try await bench.judge()
        for second in 1...2 { try await judge.take(try poll(at: Double(second), ["a": (99, 1)])) }
        // As after a commit that was told to have failed and was not.
        try await bench.service.store.execute(
            """
            INSERT INTO event SELECT id + 1, incident, kind, at, decided_at, committed_at, evidence, note, is_flapping
            FROM event
            """)
        let other = Bench.rules(cpuRule: "other").replacing("ops.example", with: "new.example")
        #expect(await judge.attempt(.configuration(try configuration(other)) { _ in }) == nil)
        #expect(bench.service.health.rulesVersion == 1)
        try await bench.service.store.execute("DELETE FROM event WHERE id = 2")
        try await bench.running(judge) {
            _ = bench.service.inbox.put(try poll(at: 3, ["a": (1, 1)]))
            await bench.network.sent(4)
        }
        #expect(bench.network.told.filter { $0.hasPrefix("ops ") }.count == 2)
        bench.service.log.flush()
        #expect(bench.lines.all().first?.contains("refused by the store\" item=\"rules file\"") == true)
    }

    @Test func aDeliveryThatIsGivenUpIsAnError() async throws {
        let bench = try Bench(answer: { _, _ in .status(500) })
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 99)]))
        // The last but one attempt was made.
        try await bench.service.store.execute("UPDATE delivery SET attempts = 11, first_attempt_at = 0")
        try await bench.running(judge) { await bench.lines.contain("delivery dead") }
        bench.service.log.flush()
        let line = try #require(bench.lines.all().first)
        #expect(
            line.hasPrefix("level=error msg=\"delivery dead: its last attempt failed\" webhook=ops id=msg_"))
        #expect(line.hasSuffix(" attempt=12 error=\"answered 500\""))
    }

    @Test func aFileThatCannotBeReplacedIsLeftAndSoIsItsFolder() throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        try other.write("x", to: "file")
        #expect(throws: FileWriter.Failure.self) { try FileWriter.replace(other.path, with: [1]) }
        let error = #expect(throws: FileWriter.Failure.self) {
            try FileWriter.replace(folder.path + "/none/rules.yaml", with: [1])
        }
        #expect(error?.description.hasPrefix("cannot write \(folder.path)/none/rules.yaml.") == true)
        #expect(error?.description.hasSuffix(": No such file or directory") == true)
        let left = try FileReader.bytes(at: other.path + "/file")
        #expect(left == [UInt8(ascii: "x")])
    }

    @Test func aFolderThatIsNotThereIsNotWatched() {
        let watcher = RulesWatcher(path: "/none/rules.yaml", queue: .init(label: "watch")) {}
        #expect(watcher == nil)
    }
}
