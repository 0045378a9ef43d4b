import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// Drills show that a webhook works before it has to.
@Suite(.timeLimit(.minutes(5))) struct DrillTests {
    static let day = Duration.seconds(86_400)
    static let yaml = Bench.rules().replacing(
        "{name: ops, ", with: "{name: ops, drill: weekly, ")

    let folder: TemporaryFolder
    let time = ManualTime()

    init() throws { folder = try TemporaryFolder() }

    /// As after a start.
    func pipeline(_ yaml: String = Self.yaml) async throws -> Pipeline {
        let store = try StoreWriter(path: folder.database, newInstance: "test", now: time.source.now)
        var pipeline = try await Pipeline(store: store, now: time.source.now)
        _ = try await pipeline.adopt(try configuration(yaml))
        return pipeline
    }

    func drills(_ store: StoreWriter) throws -> [Delivery] {
        let reader = try StoreReader(path: folder.database, of: store)
        return try reader.deliveries(matching: DeliveryQuery()).page.filter { $0.kind == "webhook.drill" }
            .reversed()
    }

    /// Has the receiver of `ops` accept a delivery now.
    func accept(_ delivery: Int64, _ store: StoreWriter) async throws {
        var endpoint = try await store.endpoints()["ops"] ?? Endpoint("ops")
        endpoint.lastSuccess = time.now
        let attempt = Attempt(
            number: 1, at: time.now, duration: .zero, status: 204, error: nil, answer: [])
        try await store.record(
            [Finding(delivery: delivery, attempt: attempt, next: .delivered)], endpoints: [endpoint])
    }

    func shown(_ taken: Taken) -> [String] {
        taken.events.map { "\($0.kind.rawValue) \($0.incident.rule) \($0.incident.machine)" }
    }

    @Test func aDrillIsMadeAtOnceAndThenEachIntervalWhateverRestarts() async throws {
        do {
            var pipeline = try await pipeline()
            #expect(try await pipeline.tick().deliveries == 1)
            #expect(try await pipeline.tick().deliveries == 0)
            let drill = try #require(try drills(pipeline.store).first)
            #expect(drill.webhook == "ops" && drill.incident == nil)
            #expect(String(decoding: drill.body, as: UTF8.self).contains(#""type":"webhook.drill""#))
            try await accept(drill.id, pipeline.store)
        }
        time.advance(by: Self.day * 7 - .seconds(1))
        do {
            var pipeline = try await pipeline()
            #expect(try await pipeline.tick().deliveries == 0, "a second too early")
            time.advance(by: .seconds(1))
            #expect(try await pipeline.tick().deliveries == 1)
        }
        // Three intervals in which the gateway was off are made up for by one drill.
        time.advance(by: Self.day * 22)
        var pipeline = try await pipeline()
        _ = try await pipeline.tick()
        _ = try await pipeline.tick()
        let all = try drills(pipeline.store)
        #expect(all.map(\.state) == [.delivered, .superseded, .pending])
        #expect(all[1].supersededBy == all[2].id, "what waits is not sent twice")
    }

    @Test func aWebhookThatAcceptsNothingForTooLongIsToldToTheOthersUntilItDoes() async throws {
        var pipeline = try await pipeline(
            Self.yaml.replacing("only: {severity: [critical]}", with: "only: {rules: [\"gateway.*\"]}"))
        _ = try await pipeline.tick()
        let first = try #require(try drills(pipeline.store).first)
        try await accept(first.id, pipeline.store)
        time.advance(by: Self.day * 7)
        _ = try await pipeline.tick()
        time.advance(by: .seconds(600))
        #expect(shown(try await pipeline.tick()) == [], "the drill may still be on its way")
        time.advance(by: .seconds(1))
        let told = try await pipeline.tick()
        #expect(shown(told) == ["incident.opened gateway.webhook-unproven ops"])
        #expect(told.deliveries == 1, "ops is not told of itself")
        #expect(
            told.events.first?.incident.message
                == "webhook ops has accepted nothing since 2026-11-23T12:00:00.000Z, "
                + "longer than its drill interval of 7d")
        #expect(shown(try await pipeline.tick()) == [])
        // Anything that is accepted proves it.
        try await accept(first.id, pipeline.store)
        #expect(shown(try await pipeline.tick()) == ["incident.resolved gateway.webhook-unproven ops"])
    }

    @Test func afterALongStopTheDrillIsWaitedFor() async throws {
        do {
            var pipeline = try await pipeline()
            _ = try await pipeline.tick()
        }
        time.advance(by: Self.day * 30)
        var pipeline = try await pipeline()
        #expect(shown(try await pipeline.tick()) == [])
        time.advance(by: .seconds(601))
        #expect(shown(try await pipeline.tick()) == ["incident.opened gateway.webhook-unproven ops"])
        // Nobody asks for a proof any more.
        let edited = try await pipeline.adopt(try configuration(Bench.rules()))
        #expect(shown(edited) == ["incident.resolved gateway.webhook-unproven ops"])
        #expect(edited.events.first?.incident.resolution == .ruleRemoved)
    }

    @Test func aDrillThatArrivesIsTheProofThatTheApiShows() async throws {
        let bench = try Bench(folder)
        let judge = try await bench.judge(Self.yaml)
        try await bench.running(judge) {
            bench.service.inbox.tick()
            await bench.network.sent(1)
        }
        #expect(bench.network.told.map { $0.hasPrefix("ops webhook.drill ") } == [true])
        let ops = try #require(try await bench.get("/api/webhooks").list.first)
        #expect(ops["drill"] as? String == "7d")
        #expect(ops["last_drill_at"] as? String == "2026-11-23T12:00:00.000Z")
        #expect(ops["last_proven"] as? String == "2026-11-23T12:00:00.000Z")
    }

    @Test(
        arguments: [
            ("weekly", 7 * 86_400), ("daily", 86_400), ("monthly", 30 * 86_400), ("36h", 129_600),
            ("off", nil),
        ] as [(String, Int?)])
    func theIntervalIsAWordOrADuration(text: String, seconds: Int?) throws {
        let webhook = try configuration(Self.yaml.replacing("weekly", with: text)).webhooks.first
        #expect(webhook?.drill == seconds.map { .seconds($0) })
        #expect(throws: ConfigurationError.self) {
            try configuration(Self.yaml.replacing("weekly", with: text + "ish"))
        }
    }
}
