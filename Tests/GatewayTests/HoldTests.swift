import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// Incidents that hold back others, each with a gateway that goes on and one that is started anew between any two
/// steps.
@Suite(.timeLimit(.minutes(5))) struct HoldTests {
    let folder: TemporaryFolder
    let time = ManualTime()

    init() throws { folder = try TemporaryFolder() }

    private static let group = [
        "{name: warm, metric: cpu, window: 1, above: 80, severity: warning, group: heat}",
        "{name: hot, metric: cpu, window: 1, above: 95, severity: critical, group: heat}",
    ]

    private static func file(_ rules: [String]) -> String {
        """
        sources: [{name: fleet, url: "http://fleet.example/metrics", interval: 1s}]
        rules:
        \(rules.map { "  - " + $0 }.joined(separator: "\n"))
        webhooks: [{name: ops, url: "http://ops.example/alerts"}]
        """
    }

    private func start(_ rules: [String] = group) async throws -> Life {
        try await Life(folder, Self.file(rules), now: { [time] in time.now })
    }

    /// Polls one second later, and lets the gateway tick.
    private func poll(
        _ life: inout Life, _ rows: KeyValuePairs<String, (cpu: Double, mem: Double)>, restarts: Bool = false
    ) async throws {
        time.advance(by: .seconds(1))
        let second = Bench.moment(0).duration(to: time.now) / .seconds(1)
        _ = try await life.take(try GatewayTests.poll(at: second, rows))
        if restarts { try await life.restart() }
        _ = try await life.tick()
        if restarts { try await life.restart() }
    }

    @Test(arguments: [false, true])
    func ofAGroupThatOpensAtOnceOnlyTheStrongerIsTold(restarts: Bool) async throws {
        var life = try await start()
        try await poll(&life, ["a": (97, 1), "b": (85, 1)], restarts: restarts)
        #expect(try await life.store.told() == ["opened warm b", "opened hot a"])
        let warm = try #require(try await life.store.incident(1))
        #expect(warm.heldBy == [.incident(3, rule: "hot")])
        #expect(warm.isUntold)
        // The stronger ends: what it held back is told, with its values as they are by now.
        try await poll(&life, ["a": (90, 1), "b": (85, 1)], restarts: restarts)
        #expect(try await life.store.told().dropFirst(2) == ["resolved hot a", "opened warm a"])
        #expect(try await life.store.bodies().last?.contains(#""last_value":90"#) == true)
        try await poll(&life, ["a": (10, 1), "b": (85, 1)], restarts: restarts)
        #expect(try await life.store.told().dropFirst(4) == ["resolved warm a"])
    }

    @Test(arguments: [false, true])
    func theWeakerThatWasToldBeforeEndsTold(restarts: Bool) async throws {
        var life = try await start()
        try await poll(&life, ["a": (85, 1)], restarts: restarts)
        try await poll(&life, ["a": (97, 1)], restarts: restarts)
        try await poll(&life, ["a": (10, 1)], restarts: restarts)
        #expect(
            try await life.store.told() == [
                "opened warm a", "opened hot a", "resolved warm a", "resolved hot a",
            ])
        // Both at once, and both over at once: of the weaker nothing is told.
        try await poll(&life, ["a": (97, 1)], restarts: restarts)
        try await poll(&life, ["a": (10, 1)], restarts: restarts)
        #expect(try await life.store.told().dropFirst(4) == ["opened hot a", "resolved hot a"])
    }

    @Test func oneThatIsResolvedByHandHoldsBackNoLonger() async throws {
        var life = try await start()
        try await poll(&life, ["a": (97, 1)])
        _ = try await life.perform(.resolve(incident: 2, .init())).get()
        _ = try await life.tick()
        #expect(try await life.store.told() == ["opened hot a", "resolved hot a", "opened warm a"])
    }

    @Test func aRuleInhibitsThoseItNamesOnTheSameMachine() async throws {
        var life = try await start([
            "{name: hot, metric: cpu, window: 1, above: 95, severity: info, inhibits: [mem-*]}",
            "{name: mem-high, metric: mem, window: 1, above: 90, severity: critical}",
        ])
        try await poll(&life, ["a": (97, 95), "b": (1, 95)])
        #expect(try await life.store.told() == ["opened hot a", "opened mem-high b"])
        try await poll(&life, ["a": (1, 95), "b": (1, 95)])
        #expect(try await life.store.told().dropFirst(2) == ["resolved hot a", "opened mem-high a"])
    }

    @Test func anEditOfTheRulesFreesWhatTheyHeldBack() async throws {
        var life = try await start()
        try await poll(&life, ["a": (97, 1)])
        _ = try await life.adopt(Self.file(Self.group.map { $0.replacing(", group: heat", with: "") }))
        _ = try await life.tick()
        _ = try await life.tick()
        #expect(try await life.store.told() == ["opened hot a", "opened warm a"])
    }

    @Test func theRemovalOfTheStrongerRuleFreesToo() async throws {
        var life = try await start()
        try await poll(&life, ["a": (97, 1)])
        _ = try await life.adopt(Self.file([Self.group[0]]))
        _ = try await life.tick()
        #expect(try await life.store.told() == ["opened hot a", "resolved hot a", "opened warm a"])
    }

    @Test func everythingThatHoldsBackIsNamedAndMustEnd() async throws {
        var life = try await start()
        var matcher = Matcher()
        matcher.rules = [Glob("warm")]
        let until = time.now.advanced(by: .seconds(3))
        let silence = Silence(
            .made(0), matcher: matcher, schedule: .once(from: time.now, until: until), createdAt: time.now)
        _ = try await life.perform(.silence(silence)).get()
        try await poll(&life, ["a": (97, 1)])
        #expect(
            try await life.store.incident(1)?.heldBy.map(\.description) == ["silence 1", "incident 2 of hot"])
        try await poll(&life, ["a": (97, 1)])
        try await poll(&life, ["a": (97, 1)])
        #expect(try await life.store.incident(1)?.heldBy.map(\.description) == ["incident 2 of hot"])
        try await poll(&life, ["a": (90, 1)])
        #expect(try await life.store.told() == ["opened hot a", "resolved hot a", "opened warm a"])
        // What held it last stays known.
        #expect(try await life.store.incident(1)?.heldBy == [.incident(2, rule: "hot")])
    }

    @Test func remindersOfTheWeakerAreHeldBackToo() async throws {
        var life = try await start([
            "{name: warm, metric: cpu, window: 1, above: 80, severity: warning, group: heat, repeat: 1m}",
            Self.group[1],
        ])
        try await poll(&life, ["a": (85, 1)])
        try await poll(&life, ["a": (97, 1)])
        time.advance(by: .seconds(60))
        #expect(try await life.tick().shown == ["incident.reminder 1"])
        #expect(try await life.store.told() == ["opened warm a", "opened hot a"])
    }

    /// The service releases what an incident held back as soon as that has ended.
    @Test func theServiceTellsAtOnceWhatIsFree() async throws {
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge(Self.file(Self.group))) {
            _ = bench.service.inbox.put(try GatewayTests.poll(at: 1, ["a": (97, 1)]))
            await bench.network.sent(1)
            _ = bench.service.inbox.put(try GatewayTests.poll(at: 2, ["a": (90, 1)]))
            await bench.network.sent(3)
            #expect(
                Set(bench.network.told) == ["ops incident.opened a", "ops incident.resolved a"])
        }
        let shown = try await bench.get("/api/incidents/1").text
        #expect(shown.contains(#""silenced_by":null,"held_by":["incident 2 of hot"],"untold":null"#))
    }
}

extension StoreWriter {
    /// What a webhook is told of machines, in order: `opened cpu-high a`.
    func told(_ webhook: String = "ops") throws(StoreError) -> [String] {
        try db.rows(
            """
            SELECT d.kind, i.rule, i.machine FROM delivery d JOIN incident i ON i.id = d.incident
            WHERE d.webhook = ? AND i.source <> 'gateway' ORDER BY d.id
            """, [.text(webhook)]
        ) { "\(($0.text(0) ?? "").dropFirst(9)) \($0.text(1) ?? "") \($0.text(2) ?? "")" }
    }

    /// The bodies of that.
    func alerts(_ webhook: String = "ops") throws(StoreError) -> [String] {
        try db.rows(
            """
            SELECT d.body FROM delivery d JOIN incident i ON i.id = d.incident
            WHERE d.webhook = ? AND i.source <> 'gateway' ORDER BY d.id
            """, [.text(webhook)]
        ) { String(decoding: $0.blob(0), as: UTF8.self) }
    }
}
