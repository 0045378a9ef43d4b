import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

@Suite(.timeLimit(.minutes(5))) struct FlappingTests {
    let folder: TemporaryFolder
    let time = ManualTime()

    init() throws { folder = try TemporaryFolder() }

    private static func file(_ more: String = ", flapping: {changes: 3, in: 1h, steady: 10m}") -> String {
        """
        sources: [{name: fleet, url: "http://fleet.example/metrics", interval: 1m}]
        rules: [{name: hot, metric: cpu, window: 1, above: 95\(more)}]
        webhooks: [{name: ops, url: "http://ops.example/alerts"}]
        """
    }

    private func start(_ yaml: String = file()) async throws -> Life {
        try await Life(folder, yaml, now: time.source.now)
    }

    /// A poll each minute, and a tick after it.
    private func poll(_ life: inout Life, _ values: [Double], restarts: Bool = false) async throws {
        for value in values {
            time.advance(by: .seconds(60))
            let second = Bench.moment(0).duration(to: time.source.now()) / .seconds(1)
            _ = try await life.take(try Self.reading(at: second, value))
            if restarts { try await life.restart() }
            _ = try await life.tick()
            if restarts { try await life.restart() }
        }
    }

    private static func reading(at second: Double, _ value: Double) throws -> Poll {
        try GatewayTests.poll(at: second, ["a": (value, 1)])
    }

    @Test func isOverInTimeAfterTheClockWasSetBack() async throws {
        var life = try await start(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        try await poll(&life, [99, 1, 99, 1])
        let told = ["opened hot a", "resolved hot a", "opened hot a"]
        #expect(try await life.store.told() == told)
        time.setClock(by: .seconds(-86_400))
        try await poll(&life, Array(repeating: 1, count: 12))
        #expect(try await life.store.told() == told + ["resolved hot a"])
    }

    @Test(arguments: [false, true])
    func isToldOnceAndThenWhatIsTrue(restarts: Bool) async throws {
        var life = try await start()
        // Three changes are told one by one, the fourth says that there are too many.
        try await poll(&life, [99, 1, 99, 1], restarts: restarts)
        let told = ["opened hot a", "resolved hot a", "opened hot a", "resolved hot a"]
        #expect(try await life.store.told() == told)
        let note =
            "hot of a is flapping: 4 changes in the last 3m; held until it is steady for 10m"
        let bodies = try await life.store.alerts()
        #expect(bodies.map { $0.contains(note) } == [false, false, false, true])
        try await poll(&life, [99, 1, 99], restarts: restarts)
        #expect(try await life.store.told() == told)
        let held = try #require(try await life.store.openIncidents(of: "fleet").first)
        #expect(held.heldBy == [.flapping])
        // Nine minutes are not ten.
        try await poll(&life, Array(repeating: 98, count: 9), restarts: restarts)
        #expect(try await life.store.told() == told)
        try await poll(&life, [98], restarts: restarts)
        #expect(try await life.store.told() == told + ["opened hot a"])
        #expect(try await life.store.alerts().last?.contains(#""id":\#(held.id),"status":"open""#) == true)
        // It counts anew.
        try await poll(&life, [1, 99, 1], restarts: restarts)
        #expect(
            try await life.store.told()
                == told + ["opened hot a", "resolved hot a", "opened hot a", "resolved hot a"])
    }

    @Test(arguments: [false, true])
    func anEndThatWasHeldBackIsToldWhenItIsSteady(restarts: Bool) async throws {
        var life = try await start(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        try await poll(&life, [99, 1, 99, 1], restarts: restarts)
        #expect(try await life.store.told() == ["opened hot a", "resolved hot a", "opened hot a"])
        let ended = try #require(try await life.store.heldBack().first)
        #expect(ended.resolvedAt != nil && ended.isEndUntold && ended.heldBy == [.flapping])
        try await poll(&life, Array(repeating: 1, count: 9), restarts: restarts)
        #expect(try await life.store.told().count == 3)
        try await poll(&life, [1], restarts: restarts)
        #expect(try await life.store.told().dropFirst(3) == ["resolved hot a"])
        let body = try #require(try await life.store.alerts().last)
        #expect(body.contains(#""type":"incident.resolved","timestamp":"2026-11-23T12:04:00.000Z""#))
        try await poll(&life, [1, 1], restarts: restarts)
        #expect(try await life.store.told().count == 4)
    }

    @Test func aChangeRightAfterItIsSteadyComesBehindWhatWasHeldBack() async throws {
        var life = try await start(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        try await poll(&life, [99, 1, 99, 1])
        // No tick comes between.
        time.advance(by: .seconds(600))
        _ = try await life.take(try Self.reading(at: 14 * 60, 99))
        #expect(
            try await life.store.told()
                == ["opened hot a", "resolved hot a", "opened hot a", "resolved hot a", "opened hot a"])
    }

    @Test func whatComesBeforeAPollIsSentThoughThePollIsRefused() async throws {
        let bench = try Bench(folder)
        let judge = try await bench.judge(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        // As after a commit that was told to have failed and was not.
        try await bench.service.store.execute(
            "INSERT INTO poll (source, at) VALUES ('fleet', \(Bench.moment(14 * 60).milliseconds))")
        try await bench.running(judge) {
            for (minute, value) in [(1, 99), (2, 1), (3, 99), (4, 1)] as [(Double, Double)] {
                _ = bench.service.inbox.put(try Self.reading(at: minute * 60, value))
            }
            await bench.lines.contain("msg=delivered", count: 3)
            while !(try await bench.service.store.pending().isEmpty) { await Task.yield() }
            _ = bench.service.inbox.put(try Self.reading(at: 14 * 60, 1))
            await bench.network.sent(4)
        }
        #expect(bench.network.told.last == "ops incident.resolved a")
        bench.service.log.flush()
        #expect(bench.lines.all().map { $0.contains("refused by the store") } == [true])
    }

    @Test func anEditThatTakesTheKeyAwayFreesWhatItHeldBack() async throws {
        var life = try await start(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        try await poll(&life, [99, 1, 99, 1, 99])
        _ = try await life.adopt(Self.file(""))
        _ = try await life.tick()
        #expect(
            try await life.store.told()
                == ["opened hot a", "resolved hot a", "opened hot a", "resolved hot a", "opened hot a"])
    }

    @Test func aRuleThatIsRemovedEndsWhatWasTold() async throws {
        var life = try await start(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        try await poll(&life, [99, 1, 99, 1])
        _ = try await life.adopt(Self.file("").replacing("name: hot", with: "name: other"))
        _ = try await life.tick()
        #expect(
            try await life.store.told() == [
                "opened hot a", "resolved hot a", "opened hot a", "resolved hot a",
            ])
    }

    /// A person who ends an incident is not kept waiting.
    @Test func aResolveByHandIsToldAtOnce() async throws {
        var life = try await start(Self.file(", flapping: {changes: 2, in: 1h, steady: 10m}"))
        try await poll(&life, [99, 1, 99])
        #expect(try await life.perform(.resolve(incident: 2, .init())).get().taken.deliveries == 1)
    }
}
