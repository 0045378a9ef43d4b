import Foundation
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite struct BacktestTests {
    /// A database in which `a` was busy from second 10 on, `b` from 20 to 29, and memory was full once.
    private func past() async throws -> Bench {
        let bench = try Bench()
        var judge = try await bench.judge()
        for second in 1...40 {
            let cpu = (a: second >= 10 ? 88.0 : 20, b: (20...29).contains(second) ? 95.0 : 20)
            try await judge.take(
                poll(at: Double(second), ["a": (cpu.a, 10), "b": (cpu.b, second == 30 ? 99 : 10)]))
        }
        return bench
    }

    private func run(
        _ arguments: [String], on bench: Bench, edited: String
    ) throws -> String {
        let path = try bench.folder.write(edited, to: "edited.yaml")
        let command = try BacktestCommand(
            line: ["--rules", path, "--database", bench.folder.database] + arguments)
        return try command.run(environment: [:], now: Bench.moment(3600), width: 120)
    }

    @Test func anEditShowsWhatWouldAppearVanishAndChange() async throws {
        let bench = try await past()
        let edited = Bench.rules(cpu: 90).replacing("above: 90, clear: 80", with: "above: 5, clear: 4")
        let output = try run([], on: bench, edited: edited)
        #expect(
            output == """
                40 polls with 160 samples, 2026-11-23T12:00:01.000Z to 2026-11-23T12:00:40.000Z

                RULE         IN FORCE  EDITED  APPEAR  VANISH  CHANGE
                cpu-high     2         1       0       1       0
                memory-high  1         2       1       0       1

                WEBHOOK  IN FORCE  EDITED  MOST A MINUTE, IN FORCE  EDITED
                ops      5         4       5                        4
                night    3         2       3                        2

                1 appear
                RULE         MACHINE  OPENED                    FOR         MESSAGE
                memory-high  a        2026-11-23T12:00:01.000Z  still open  mem mean 10 over the last sample is above 5

                1 vanish
                RULE      MACHINE  OPENED                    FOR         MESSAGE
                cpu-high  a        2026-11-23T12:00:11.000Z  still open  cpu mean 88 over the last 2 samples is above 85

                1 change
                RULE         MACHINE  OPENED, IN FORCE          EDITED                    FOR, IN FORCE  EDITED
                memory-high  b        2026-11-23T12:00:30.000Z  2026-11-23T12:00:01.000Z  1s             still open

                """)
    }

    @Test func whatFilledTheWindowsIsNoPartOfTheRange() async throws {
        let bench = try await past()
        let path = try bench.folder.write(Bench.rules(cpu: 80), to: "edited.yaml")
        let command = try BacktestCommand(line: [
            "--rules", path, "--database", bench.folder.database, "--since", "15s",
        ])
        let edited = Bench.rules(cpu: 87).replacing("above: 87,", with: "above: 80,")
        try bench.folder.write(edited.replacing("name: cpu-high", with: "name: cpu-new"), to: "edited.yaml")
        let output = try command.run(environment: [:], now: Bench.moment(40), width: 120)
        #expect(
            output.hasPrefix(
                "16 polls with 64 samples, 2026-11-23T12:00:25.000Z to 2026-11-23T12:00:40.000Z; "),
            "\(output)")
        #expect(output.contains("before the range"), "\(output)")
    }

    @Test func aDatabaseThatIsNotThereIsNamed() async throws {
        let bench = try Bench()
        let path = try bench.folder.write(Bench.rules(), to: "edited.yaml")
        let command = try BacktestCommand(line: ["--rules", path, "--database", "nowhere.db"])
        let error = #expect(throws: BacktestCommand.Failure.self) {
            try command.run(environment: [:], now: Bench.moment(40), width: 120)
        }
        #expect(error?.description.hasPrefix("there is no nowhere.db; give --database FILE") == true)
    }

    @Test func aSweepHasTheDecimalsOfItsStep() throws {
        #expect(try Sweep("above=0.1..0.5/0.1").values == [0.1, 0.2, 0.3, 0.4, 0.5])
        #expect(try Sweep("above=1e308..1e308").values == [1e308])
        #expect(throws: UsageError.self) { try Sweep("above=1..2/inf") }
        #expect(throws: UsageError("--sweep: the lower first: above=80..100/5")) {
            try Sweep("above=100..80/5")
        }
        let error = #expect(throws: UsageError.self) { try Sweep("reach=1..5") }
        #expect(error?.message.hasPrefix("only above and below can be swept, not 'reach'") == true)
        let lengths = [45_005, 5999, 570_000, 350, 187_200_000, 3_600_000].map {
            Duration.milliseconds($0).readable
        }
        #expect(lengths == ["45s", "6s", "9m 30s", "350ms", "2d 4h", "1h"])
    }

    @Test func theSameRulesChangeNothing() async throws {
        let bench = try await past()
        let output = try run([], on: bench, edited: Bench.rules() + "\n# a remark\n")
        #expect(output.hasSuffix("\nThe edited rules would have opened the same incidents.\n"))
    }

    /// What is replayed is what the running gateway recorded.
    @Test func theRulesInForceGiveTheIncidentsOfTheHistory() async throws {
        let bench = try await past()
        let json = try run(["--json"], on: bench, edited: Bench.rules())
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["in_force"] as? Int == (try await bench.ids("/api/incidents").count))
        #expect((object["changing"] as? [Any])?.isEmpty == true)
    }

    /// Groups, flapping and silences hold back as many letters as in the running gateway.
    @Test(arguments: [1, 2, 3] as [UInt64]) func asManyLettersAreCountedAsWereWritten(seed: UInt64)
        async throws
    {
        var state = seed
        func random(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        let rules = """
            sources: [{name: fleet, url: "http://fleet.example/m", interval: 1m}]
            rules:
              - {name: warm, metric: cpu, window: 1, above: 60, group: cpu}
              - {name: hot, metric: cpu, window: 1, above: 80, group: cpu, severity: critical}
              - {name: full, metric: mem, window: 1, above: 50, flapping: {changes: 3, in: 30m, steady: 5m}}
            webhooks: [{name: ops, url: "http://ops.example/alerts"}]
            """
        let bench = try Bench()
        var judge = try await bench.judge(rules)
        var matcher = Matcher()
        matcher.machines = [Glob("a")]
        for minute in 1...240 {
            bench.time.advance(by: .seconds(60))
            if minute == 30 {
                let silence = Silence(
                    .made(0), matcher: matcher,
                    schedule: .once(from: bench.time.now, until: bench.time.now.advanced(by: .seconds(3600))),
                    createdAt: bench.time.now)
                try await judge.take(.request(.silence(silence)) { _ in })
            }
            let isStill = minute % 60 > 40
            func cpu() -> Double { isStill ? 70 : Double(random(100)) }
            func mem() -> Double { isStill ? 10 : Double(random(100)) }
            try await judge.take(poll(at: Double(minute * 60), ["a": (cpu(), mem()), "b": (cpu(), mem())]))
            try await judge.take(.tick)
        }
        let reader = try StoreReader(path: bench.folder.database, of: bench.service.store)
        var query = DeliveryQuery()
        (query.webhook, query.limit) = ("ops", 1000)
        let written = try reader.deliveries(matching: query).page.count
        #expect((50..<900).contains(written))
        let path = try bench.folder.write(rules, to: "edited.yaml")
        let command = try BacktestCommand(line: [
            "--rules", path, "--database", bench.folder.database, "--json",
        ])
        let json = try command.run(environment: [:], now: bench.time.now, width: 120)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let webhook = try #require((object["webhooks"] as? [[String: Any]])?.first)
        #expect(webhook["in_force"] as? Int == written)
        #expect(webhook["edited"] as? Int == written)
    }

    @Test func aSweepShowsHowManyIncidentsEachThresholdGives() async throws {
        let bench = try await past()
        let output = try run(
            ["--rule", "cpu-high", "--sweep", "above=84..96/4"], on: bench, edited: Bench.rules())
        #expect(
            output == """
                THRESHOLD          INCIDENTS  MACHINES
                cpu-high above 84  2          2         ████████████████████████████████████████
                cpu-high above 88  1          1         ████████████████████
                cpu-high above 92  1          1         ████████████████████
                cpu-high above 96  0          0

                """)
    }

    @Test func onlyABoundThatTheRuleHasIsSwept() async throws {
        let bench = try await past()
        let rules = """

              - {name: gone, missing: 3}
              - {name: odd, metric: cpu, window: 1, outside: [1, 2]}
              - {name: fills, metric: cpu, window: 3, forecast: {reach: 95, within: 1h}}
              - {name: slow, metric: cpu, window: 3, below: 10}
            """
        let edited = Bench.rules().replacing("\nrules:", with: "\nrules:" + rules)
        for (rule, key) in [
            ("gone", "missing"), ("odd", "outside"), ("fills", "forecast"), ("slow", "below"),
        ] {
            let error = #expect(throws: UsageError.self) {
                try run(["--rule", rule, "--sweep", "above=84..96"], on: bench, edited: edited)
            }
            #expect(
                error?.message.hasSuffix("the rule '\(rule)' has '\(key)'; above and below can be swept")
                    == true)
        }
    }

    @Test func whatCannotBeReplayedIsToldOf() async throws {
        let bench = try await past()
        #expect(throws: (any Error).self) {
            try run(["--rule", "cpu", "--sweep", "above=84..96"], on: bench, edited: Bench.rules())
        }
        for wrong in [
            "above", "over=1..2", "above=5..1", "above=1..1000", "above=1..5/0", "outside=1..5", "reach=1..5",
        ] {
            #expect(throws: UsageError.self) {
                try BacktestCommand(line: ["--rule", "x", "--sweep", wrong])
            }
        }
        let empty = try Bench()
        _ = try await empty.judge()
        let error = #expect(throws: BacktestCommand.Failure.self) {
            try run([], on: empty, edited: Bench.rules())
        }
        #expect(
            error?.description
                == "no sample of the last 7d is stored; take a longer --since, or bring in past samples: gateway import --help"
        )
    }
}

extension BacktestCommand {
    /// Reads what follows its name.
    init(line: [String]) throws {
        try self.init(try #require(try Arguments(line, of: Self.command)))
    }
}
