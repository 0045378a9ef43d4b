import Collector
import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// The gateway tells of its own trouble as of any other.
@Suite(.timeLimit(.minutes(5))) struct OwnIncidentTests {
    static let began = Trouble(
        .sourceFailing, "fleet", .began(message: "source fleet has failed"), at: Bench.moment(5))

    func shown(_ taken: Taken) -> [String] {
        taken.events.map {
            "\($0.kind.rawValue) \($0.incident.id) \($0.incident.rule) \($0.incident.machine)"
        }
    }

    func open(_ folder: TemporaryFolder) throws -> StoreWriter {
        try StoreWriter(path: folder.database, newInstance: "test", now: { Bench.moment(0) })
    }

    func pipeline(
        _ store: StoreWriter, _ yaml: String = Bench.rules(), at second: Double = 0
    ) async throws -> (Pipeline, Taken) {
        let now = Bench.moment(second)
        var pipeline = try await Pipeline(store: store, now: { now })
        let taken = try await pipeline.adopt(try configuration(yaml))
        return (pipeline, taken)
    }

    func without(_ part: String) -> String {
        Bench.rules().split(separator: "\n").filter { !$0.contains(part) }.joined(separator: "\n")
    }

    @Test func aSourceOpensOneIncidentAndEndsItAcrossARestart() async throws {
        let folder = try TemporaryFolder()
        do {
            let store = try open(folder)
            var (pipeline, _) = try await pipeline(store)
            _ = try await pipeline.take(try poll(at: 2, ["a": (1, 1)]))
            let opened = try await pipeline.take(Self.began)
            #expect(shown(opened) == ["incident.opened 1 gateway.source-failing fleet"])
            #expect(opened.deliveries == 2)
            let incident = try #require(opened.events.first?.incident)
            #expect(incident.source == "gateway" && incident.severity == .critical)
            #expect(try await pipeline.take(Self.began).events.isEmpty)
        }
        let store = try open(folder)
        var (pipeline, adopted) = try await pipeline(store, at: 9)
        #expect(adopted.events.isEmpty)
        #expect(try await pipeline.take(Self.began).events.isEmpty)
        let other = try await pipeline.take(try poll(at: 8, ["a": (99, 99)]))
        #expect(shown(other) == ["incident.opened 2 memory-high a"])
        let over = Trouble(.sourceFailing, "fleet", .over, at: Bench.moment(9))
        #expect(shown(try await pipeline.take(over)) == ["incident.resolved 1 gateway.source-failing fleet"])
        #expect(try await pipeline.take(over).events.isEmpty)
        let reader = try StoreReader(path: folder.database, of: store)
        let blind = try reader.blind(since: nil, until: nil, before: nil, limit: 9).page
        #expect(blind.map(\.startedAt) == [Bench.moment(2)] && blind.map(\.endedAt) == [Bench.moment(9)])
    }

    @Test func anEditEndsOnlyWhatIsAboutASourceOrWebhookThatIsNoMore() async throws {
        let folder = try TemporaryFolder()
        var (pipeline, _) = try await pipeline(try open(folder))
        _ = try await pipeline.take(Self.began)
        let webhook = Trouble(.webhookFailing, "night", .began(message: "it fails"), at: Bench.moment(0))
        #expect(try await pipeline.take(webhook).deliveries == 1, "night is not told of itself")
        let kept = try await pipeline.adopt(try configuration(Bench.rules(cpuRule: "load-high")))
        #expect(kept.events.isEmpty)
        let removed = try await pipeline.adopt(try configuration(without("night")))
        #expect(shown(removed) == ["incident.resolved 2 gateway.webhook-failing night"])
        #expect(removed.events.first?.incident.resolution == .sourceRemoved)
        let yaml = """
            sources: [{name: lab, url: "http://lab.example/metrics"}]
            rules: []
            """
        let last = try await pipeline.adopt(try configuration(yaml))
        #expect(shown(last) == ["incident.resolved 1 gateway.source-failing fleet"])
        // Word of a source that is no more opens nothing.
        #expect(try await pipeline.take(Self.began).events.isEmpty)
    }

    @Test func aRefusedRulesFileIsToldUntilOneIsAccepted() async throws {
        let folder = try TemporaryFolder()
        var (pipeline, _) = try await pipeline(try open(folder))
        let refused = Trouble(.rulesRefused, "rules.yaml", .began(message: "no"), at: Bench.moment(0))
        let opened = try await pipeline.take(refused)
        #expect(shown(opened) == ["incident.opened 1 gateway.rules-refused rules.yaml"])
        #expect(opened.deliveries == 1, "night wants what is critical only")
        let accepted = try await pipeline.adopt(try configuration(Bench.rules(cpu: 50)))
        #expect(shown(accepted) == ["incident.resolved 1 gateway.rules-refused rules.yaml"])
        #expect(accepted.events.first?.incident.resolution == .recovered)
    }

    @Test func anAcknowledgedIncidentOfItsOwnStaysSo() async throws {
        let folder = try TemporaryFolder()
        var (pipeline, _) = try await pipeline(try open(folder))
        _ = try await pipeline.take(Self.began)
        _ = try await pipeline.perform(.acknowledge(incident: 1, Action.Words(by: "ann")))
        let over = Trouble(.sourceFailing, "fleet", .over, at: Bench.moment(9))
        #expect(try await pipeline.take(over).events.first?.incident.acknowledgedBy == "ann")
    }

    @Test func failedPollsAreCountedBeforeTheyAreTold() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        try await bench.running(judge) {
            let failure = SourceFailure.status(500, body: "")
            for second in 1...4 {
                let at = Bench.moment(Double(second))
                bench.service.receive(
                    PollOutcome(
                        source: "fleet", startedAt: at, duration: .zero, result: .failure(failure)))
                if second < 3 { #expect(bench.network.told.isEmpty) }
            }
            await bench.network.sent(2)
            let blind = try await bench.get("/api/blind").text
            #expect(blind.contains("\"started_at\":\"\(Bench.moment(1))\",\"ended_at\":null"))
            bench.receive(try poll(at: 5, ["a": (1, 1)]))
            await bench.network.sent(4)
        }
        #expect(
            bench.network.told.sorted() == [
                "night incident.opened fleet", "night incident.resolved fleet", "ops incident.opened fleet",
                "ops incident.resolved fleet",
            ])
    }

    @Test func aWebhookIsToldToTheOthersOnceItHasFailedForFiveMinutes() async throws {
        let folder = try TemporaryFolder()
        let time = ManualTime()
        let store = try open(folder)
        var pipeline = try await Pipeline(store: store, now: time.source.now)
        _ = try await pipeline.adopt(try configuration(Bench.rules()))
        let failing = Trouble(
            .webhookFailing, "night", .began(message: "it fails"), at: time.now, patience: .seconds(300))
        #expect(try await pipeline.take(failing).events.isEmpty)
        time.advance(by: .seconds(299))
        #expect(try await pipeline.tick().events.isEmpty)
        time.advance(by: .seconds(1))
        let told = try await pipeline.tick()
        #expect(shown(told) == ["incident.opened 1 gateway.webhook-failing night"])
        #expect(try await store.pending() == ["ops": 1])
        #expect(try await pipeline.tick().events.isEmpty)
        // One that recovers in time is not told.
        let over = Trouble(.webhookFailing, "night", .over, at: time.now)
        #expect(try await pipeline.take(over).events.count == 1)
        _ = try await pipeline.take(failing)
    }

    @Test func aStoreThatFailedIsToldOnceItTakesWritesAgain() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        try await bench.running(judge) {
            #expect(bench.service.inbox.put(try poll(at: 1, ["a": (1, 1)])) == .taken)
            for _ in 1...31 {
                await bench.time.sleepers(1)
                bench.time.advance(by: .seconds(1))
            }
            await bench.time.sleepers(1)
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
            await bench.network.sent(2)
        }
        #expect(bench.network.told.sorted() == ["night incident.late store", "ops incident.late store"])
        #expect(try await bench.ids("/api/incidents?status=resolved&rule=gateway.store-failing") == [1])
    }

    @Test func wordThatIsNeverAcceptedIsPutAwayAndTheNextIsTaken() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        // As after a commit that was told to have failed and was not: disk is ahead of memory.
        try await bench.service.store.execute(
            """
            INSERT INTO incident SELECT 1, 'gateway.source-failing', 'critical', 'fleet', 'gateway', 'gateway',
                'last', 1, NULL, 'above', 0, 0, 1, 1, 1, 'x', '', 0, NULL, NULL, NULL, NULL, 1, '', 0, 0, NULL, 0,
                NULL, NULL, NULL;
            UPDATE instance SET incidents = 1
            """)
        try await bench.running(judge) {
            bench.service.inbox.put(Self.began)
            bench.service.inbox.put(Trouble(.sourceFailing, "lab", .began(message: "x"), at: Bench.moment(6)))
            bench.service.inbox.put(Trouble(.sourceFailing, "fleet", .over, at: Bench.moment(7)))
            await bench.network.sent(4)
        }
        #expect(
            bench.network.told.sorted() == [
                "night incident.opened lab", "night incident.resolved fleet", "ops incident.opened lab",
                "ops incident.resolved fleet",
            ])
        bench.service.log.flush()
        #expect(bench.lines.all().count { $0.contains("refused by the store") } == 1)
    }

    @Test func namesOfItsOwnAreRefusedInTheRulesFileButMayBeAskedFor() throws {
        #expect(throws: ConfigurationError.self) {
            try configuration(Bench.rules(cpuRule: "gateway.source-failing"))
        }
        let more = #"  - {name: own, url: "http://own.example/", only: {rules: ["gateway.*"]}}"#
        #expect(try configuration(Bench.rules(more: more)).webhooks.count == 3)
    }
}
