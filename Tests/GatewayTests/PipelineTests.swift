import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Collector
@testable import Gateway
@testable import Store

@Suite(.timeLimit(.minutes(5))) struct PipelineTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A pipeline over the database in the folder that has adopted `yaml`.
    func pipeline(_ store: StoreWriter, _ yaml: String = Bench.rules(), at second: Double = 0) async throws
        -> (Pipeline, Taken)
    {
        let now = Bench.moment(second)
        var pipeline = try await Pipeline(store: store, now: { now })
        let taken = try await pipeline.adopt(try configuration(yaml))
        return (pipeline, taken)
    }

    func open() throws -> StoreWriter {
        try StoreWriter(path: folder.database, newInstance: "test", now: { Bench.moment(0) })
    }

    func shown(_ taken: Taken) -> [String] {
        taken.events.map {
            "\($0.kind.rawValue) \($0.incident.id) \($0.incident.rule) \($0.incident.machine)"
        }
    }

    @Test func aPollOfAClockSetBackIsRecordedJustAfterTheLastAndJudged() async throws {
        let store = try open()
        var (pipeline, _) = try await pipeline(store)
        _ = try await pipeline.take(try poll(at: 100, ["a": (99, 1)]))
        let back = try await pipeline.take(try poll(at: 10, ["a": (99, 1)]))
        #expect(shown(back) == ["incident.opened 1 cpu-high a"])
        _ = try await pipeline.take(try poll(at: 100, ["a": (98, 1)]))
        let moments = try await store.polls().map { $0 - Bench.moment(100).milliseconds }
        #expect(moments == [0, 1, 2])
    }

    @Test func aRestartGoesOnWithoutAnnouncingAnew() async throws {
        for (second, value) in [99.0, 99, 99, 98, 1].enumerated() {
            let store = try open()
            var (pipeline, adopted) = try await pipeline(store, at: Double(second))
            #expect(adopted.events.isEmpty)
            let taken = try await pipeline.take(try poll(at: Double(second), ["a": (value, 1)]))
            let expected = [1: ["incident.opened 1 cpu-high a"], 4: ["incident.resolved 1 cpu-high a"]]
            #expect(shown(taken) == expected[second] ?? [])
            #expect(pipeline.rulesVersion == 1)
        }
        #expect(try await open().pending() == ["ops": 2, "night": 2])
    }

    @Test func anEditKeepsWindowsAndOpenIncidentsByTheNameOfTheRule() async throws {
        let store = try open()
        var (pipeline, _) = try await pipeline(store)
        _ = try await pipeline.take(try poll(at: 1, ["a": (90, 1), "b": (80, 1)]))
        _ = try await pipeline.take(try poll(at: 2, ["a": (90, 1), "b": (80, 1)]))
        // Another threshold says nothing by itself; the next sample is judged by it, with its full window.
        let adopted = try await pipeline.adopt(try configuration(Bench.rules(cpu: 75)))
        #expect(adopted.events.isEmpty)
        #expect(pipeline.rulesVersion == 2)
        let taken = try await pipeline.take(try poll(at: 3, ["a": (90, 1), "b": (80, 1)]))
        #expect(shown(taken) == ["incident.opened 2 cpu-high b"])
        #expect(taken.events.first?.evidence.map(\.value) == [80, 80])
        #expect(taken.events.first?.incident.rulesVersion == 2)
        // A threshold above both values ends both.
        _ = try await pipeline.adopt(try configuration(Bench.rules(cpu: 95)))
        let ended = try await pipeline.take(try poll(at: 4, ["a": (90, 1), "b": (80, 1)]))
        #expect(shown(ended) == ["incident.resolved 1 cpu-high a", "incident.resolved 2 cpu-high b"])
        #expect(ended.events.map(\.incident.resolution) == [.recovered, .recovered])
        // The first text again is a new version; the same text as the last one is not.
        _ = try await pipeline.adopt(try configuration(Bench.rules()))
        _ = try await pipeline.adopt(try configuration(Bench.rules()))
        #expect(pipeline.rulesVersion == 4)
    }

    @Test func whatLostItsRuleOrSourceEndsWithTheReasonAndIsTold() async throws {
        let store = try open()
        var (pipeline, _) = try await pipeline(store)
        _ = try await pipeline.take(try poll(at: 1, ["a": (90, 1)]))
        _ = try await pipeline.take(try poll(at: 2, ["a": (90, 99)]))
        _ = try await pipeline.take(try poll("lab", at: 2, ["c": (1, 99)]))
        #expect(try await store.pending() == ["ops": 3, "night": 1])
        let renamed = try await pipeline.adopt(try configuration(Bench.rules(cpuRule: "load-high")))
        #expect(shown(renamed) == ["incident.resolved 1 cpu-high a"])
        #expect(renamed.events.first?.incident.resolution == .ruleRemoved)
        #expect(renamed.deliveries == 2)
        let withoutLab = Bench.rules(cpuRule: "load-high").split(separator: "\n").filter {
            !$0.contains("lab")
        }
        let removed = try await pipeline.adopt(try configuration(withoutLab.joined(separator: "\n")))
        #expect(shown(removed) == ["incident.resolved 3 memory-high c"])
        #expect(removed.events.first?.incident.resolution == .sourceRemoved)
        #expect(removed.deliveries == 1)
        let other = Bench.rules(cpuRule: "load-high").replacing(
            "memory-high, metric: mem", with: "memory-high, metric: disk")
        let changed = try await pipeline.adopt(try configuration(other))
        #expect(shown(changed) == ["incident.resolved 2 memory-high a"])
        #expect(changed.events.first?.incident.resolution == .ruleChanged)
        // The renamed rule finds the window that the old one had filled.
        let next = try await pipeline.take(try poll(at: 3, ["a": (90, 1)]))
        #expect(shown(next) == ["incident.opened 4 load-high a"])
        #expect(try await store.openIncidents().map(\.id) == [4])
    }

    @Test func aPollOfARemovedSourceIsNothing() async throws {
        let store = try open()
        var (pipeline, _) = try await pipeline(store)
        let taken = try await pipeline.take(try poll("gone", at: 1, ["a": (99, 99)]))
        #expect(taken.events.isEmpty)
        #expect(try await store.polls().isEmpty)
    }

    @Test func webhooksAreToldOfWhatTheirFilterLetsThrough() async throws {
        let store = try open()
        let filters = """
              - {name: by-rule, url: "http://x.example/", only: {rules: ["memory-*"]}}
              - {name: by-machine, url: "http://x.example/", only: {machines: ["a*"]}}
              - {name: by-label, url: "http://x.example/", only: {labels: {env: test}}}
              - {name: by-both, url: "http://x.example/", only: {severity: [critical], labels: {env: test}}}
            """
        var (pipeline, _) = try await pipeline(store, Bench.rules(more: filters))
        _ = try await pipeline.take(try poll(at: 1, ["a1": (1, 99), "b": (99, 1)]))
        _ = try await pipeline.take(try poll(at: 2, ["a1": (1, 99), "b": (99, 1)]))
        _ = try await pipeline.take(try poll("lab", at: 2, ["c": (1, 99)]))
        #expect(
            try await store.pending() == ["ops": 3, "night": 1, "by-rule": 2, "by-machine": 1, "by-label": 1])
    }

    @Test func aCommitThatFailedCountsNoIncidentAndNoSample() async throws {
        let store = try open()
        var (pipeline, _) = try await pipeline(store)
        let intruder = try await Intruder(at: folder.database, against: store)
        let first = try poll(at: 1, ["a": (1, 99)])
        for _ in 1...3 { await #expect(throws: StoreError.busy) { try await pipeline.take(first) } }
        try intruder.leave()
        #expect(shown(try await pipeline.take(first)) == ["incident.opened 1 memory-high a"])
        #expect(try await store.polls().count == 1)
        #expect(try await store.pending() == ["ops": 1])
    }

    @Test func aReloadThatFailsHalfWayStillTellsWhatItEnds() async throws {
        let store = try open()
        var (pipeline, _) = try await pipeline(store)
        _ = try await pipeline.take(try poll(at: 1, ["a": (1, 99)]))
        // A longer window needs samples from before.
        let edited = Bench.rules().replacing(
            "memory-high, metric: mem, window: 1", with: "memory-full, metric: mem, window: 4")
        let next = try configuration(edited)
        try await store.execute("ALTER TABLE sample RENAME TO hidden")
        await #expect(throws: StoreError.self) { try await pipeline.adopt(next) }
        try await store.execute("ALTER TABLE hidden RENAME TO sample")
        #expect(pipeline.rulesVersion == 1)
        let taken = try await pipeline.adopt(next)
        #expect(shown(taken) == ["incident.resolved 1 memory-high a"])
        #expect(taken.deliveries == 1)
    }
}

/// What the log tells of polls and reloads.
@Suite(.timeLimit(.minutes(5))) struct JudgeLogTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func theLimitOfMachinesIsToldOnce() async throws {
        var judge = try await bench.judge(Bench.rules(maxMachines: 2))
        for second in [1.0, 2, 3] {
            try await judge.take(
                try poll(at: second, ["a": (1, 1), "b": (1, 1), "c": (99, 99), "d": (99, 99)]))
        }
        try await judge.take(try poll(at: 4, ["a": (1, 1), "b": (1, 1)]))
        bench.service.log.flush()
        #expect(
            bench.lines.all(.info).filter { $0.contains("machines") } == [
                "level=warning msg=\"machines refused: the source names more than its max_machines\" source=fleet "
                    + "refused=2",
                "level=info msg=\"no machines refused any more\" source=fleet",
            ])
        #expect(try await bench.get("/api/incidents").text == "[]")
    }

    @Test func refusedRecordsAreToldOnce() async throws {
        let refusal = Refusal(place: .record(1), field: "cpu", value: "-1%", reason: .negativePercentage)
        _ = try await bench.judge()
        for second in [1.0, 2, 3] { bench.receive(try poll(at: second, ["a": (1, 1)]), refusals: [refusal]) }
        bench.receive(try poll(at: 4, ["a": (1, 1)]))
        bench.service.log.flush()
        let lines = bench.lines.all(.info).filter { $0.contains("records") }
        #expect(lines.count == 2)
        #expect(
            lines.first?.hasPrefix(
                "level=warning msg=\"records refused; the others are taken\" source=fleet refused=1 first=\"record 1: cpu"
            ) == true)
        #expect(lines.last == "level=info msg=\"no records refused any more\" source=fleet")
        #expect(bench.lines.all(.debug).count { $0.contains("\"record refused\"") } == 3)
    }

    @Test func aReloadTellsWhatWaitsForTheNextStart() async throws {
        var judge = try await bench.judge(Bench.rules(more: "server: {listen: 127.0.0.1:8080}"))
        let edits = [
            "server: {listen: 127.0.0.1:9090}\nstorage: {keep_samples: 2d}", "storage: {path: other.db}",
            "server: {listen: 127.0.0.1:8080}",
        ]
        for edit in edits { try await judge.take(.configuration(try configuration(Bench.rules(more: edit)))) }
        bench.service.log.flush()
        let start =
            "level=warning msg=\"settings that take effect when the gateway is started again\" changed="
        #expect(bench.lines.all() == [start + "\"server, storage\"", start + "storage"])
    }

    @Test func theFilesWarningsAreTold() async throws {
        var judge = try await bench.judge()
        let warning = Fault(.warning, file: "rules.yaml", message: "this is odd")
        let odd = try configuration(Bench.rules()).with(warning)
        try await judge.take(.configuration(odd))
        bench.service.log.flush()
        #expect(
            bench.lines.all() == [
                "level=warning msg=\"worth a look in the rules file\" fault=\"rules.yaml: warning: this is odd\""
            ])
    }
}

@Suite(.timeLimit(.minutes(5))) struct ReloadTests {
    @Test func aPersonWhoAsksIsAnsweredAndASaveWithoutAChangeIsNot() async throws {
        let bench = try Bench()
        let path = try bench.folder.write(Bench.rules(), to: "rules.yaml")
        var options = RunOptions()
        options.rules = path
        let rules = RulesFile(options, environment: [:])
        _ = try rules.load()
        bench.service.reload(rules, isAsked: false)
        bench.service.reload(rules, isAsked: true)
        try bench.folder.write("rule: []\n", to: "rules.yaml")
        bench.service.reload(rules, isAsked: false)
        bench.service.reload(rules, isAsked: false)
        bench.service.reload(rules, isAsked: true)
        try bench.folder.write(Bench.rules(cpu: 50), to: "rules.yaml")
        bench.service.reload(rules, isAsked: false)
        bench.service.inbox.close()
        var accepted = 0
        while let items = await bench.service.inbox.take() {
            for case .configuration in items { accepted += 1 }
        }
        #expect(accepted == 1)
        bench.service.log.flush()
        let lines = bench.lines.all(.info)
        #expect(lines.count { $0.contains("rules file read again; nothing has changed") } == 1)
        #expect(lines.count { $0.contains("rules file refused; the rules in force go on") } == 2)
    }
}

extension Configuration {
    fileprivate func with(_ warning: Fault) -> Configuration {
        Configuration(
            sources: sources, rules: rules, webhooks: webhooks, server: server, storage: storage,
            warnings: [warning], text: text)
    }
}
