import Foundation
import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct RulesRouteTests {
    /// A gateway that runs on a rules file of its own.
    func running(
        _ yaml: String = Bench.rules(), _ work: (Bench) async throws -> Void
    ) async throws {
        let bench = try Bench()
        try bench.folder.write(yaml, to: "rules.yaml")
        let configuration = try bench.rulesFile.load()
        var judge = Judge(
            bench.service,
            pipeline: try await Pipeline(
                store: bench.service.store, now: bench.service.time.now, uptime: bench.service.time.uptime))
        try await judge.start(configuration)
        try await bench.running(judge) { try await work(bench) }
    }

    func send(
        _ method: String, _ target: String, _ members: [String: Any], to bench: Bench
    ) async throws -> HTTPServer.Response {
        let body = [UInt8](try JSONSerialization.data(withJSONObject: members))
        let request = try #require(
            HTTPServer.Request(
                method: method, target: target, fields: ["content-type": "application/json"], body: body))
        switch try bench.service.makeAPI(token: nil, rules: bench.rulesFile).handle(request) {
        case .now(let response): return response
        case .later(let answer): return await answer()
        case .stream(let response, _): return response
        }
    }

    private func file(of bench: Bench) throws -> String {
        try String(contentsOfFile: bench.rulesFile.path, encoding: .utf8)
    }

    @Test func whatIsSavedIsAVersionAndCanBeUndone() async throws {
        try await running { bench in
            let edited = Bench.rules(cpu: 90)
            let saved = try await send(
                "PUT", "/api/rules", ["text": edited, "by": "kim", "base": 1], to: bench)
            #expect(saved.text == #"{"version":2,"faults":[]}"#)
            #expect(try file(of: bench) == edited)
            let back = try await send("POST", "/api/rules/rollback", ["version": 1, "by": "lee"], to: bench)
            #expect(try back.object["version"] as? Int == 3)
            #expect(try file(of: bench) == Bench.rules())
            #expect(
                try await bench.get("/api/rules/versions").text == """
                    [{"number":3,"accepted_at":"2026-11-23T12:00:00.000Z","origin":"rollback to 1 by lee",\
                    "ended_incidents":0,"lines_added":1,"lines_removed":1},\
                    {"number":2,"accepted_at":"2026-11-23T12:00:00.000Z","origin":"api by kim",\
                    "ended_incidents":0,"lines_added":1,"lines_removed":1},\
                    {"number":1,"accepted_at":"2026-11-23T12:00:00.000Z","origin":"start","ended_incidents":0}]
                    """)
            #expect(try await bench.get("/api/rules/versions/2").object["text"] as? String == edited)
            let changed =
                try await bench.get("/api/rules/diff?from=1&to=2").object["lines"] as? [[String: String]]
            #expect(
                changed?.filter { $0["change"] != "=" }.map { "\($0["change"] ?? "")\($0["text"] ?? "")" }
                    == [
                        "-  - {name: cpu-high, metric: cpu, window: 2, above: 85, severity: critical}",
                        "+  - {name: cpu-high, metric: cpu, window: 2, above: 90, severity: critical}",
                    ])
            let rules = try await bench.get("/api/rules").object
            #expect(rules["number"] as? Int == 3)
            let first = (rules["rules"] as? [[String: Any]])?.first
            #expect(first?["line"] as? Int == 9)
        }
    }

    @Test func aBacktestHasTheMembersThatAreDeclared() async throws {
        try await running { bench in
            let answer = try await send(
                "POST", "/api/backtest", ["text": Bench.rules(), "since": "1h"], to: bench)
            guard case .object(let declared) = RulesSchemas.backtest else {
                Issue.record("no object is declared")
                return
            }
            #expect(try Set(answer.object.keys) == Set(declared.map(\.name)))
        }
    }

    @Test func aCheckTellsOfRulesThatNoStoredMachineMatches() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        try await judge.take(poll(at: 1, ["web-1": (1, 1), "web-2": (1, 1)]))
        let edited = Bench.rules(
            more: "storage: {path: \(bench.folder.database)}"
        ).replacing("above: 85,", with: "above: 85, machines: \"wbe-*\",")
        let path = try bench.folder.write(edited, to: "rules.yaml")
        let warning = """
            rules.yaml:9:67: warning: the rule 'cpu-high' matches no machine in the stored history
                  - {name: cpu-high, metric: cpu, window: 2, above: 85, machines: "wbe-*", severity: critical}
                                                                                  ^
              help: machines of 'fleet', 'lab': web-1, web-2
            """.replacing("rules.yaml", with: path)
        let said = Check.run(path: path, environment: [:])
        #expect(said.output.hasPrefix(warning))
        #expect(said.exitCode == 0)
        let answer = try await send("POST", "/api/rules/check", ["text": edited], to: bench).object
        let faults = answer["faults"] as? [[String: Any]]
        #expect(answer["ok"] as? Bool == true)
        #expect(faults?.map { $0["kind"] as? String } == ["warning"])
        #expect(
            faults?.map { $0["message"] as? String }
                == ["the rule 'cpu-high' matches no machine in the stored history"])
    }

    @Test func versionsAreShownComparedAndUndoneAtTheTerminal() async throws {
        try await running { bench in
            _ = try await send(
                "PUT", "/api/rules", ["text": Bench.rules(cpu: 90), "by": "kim"], to: bench)
            var shown = ""
            for line in [
                "rules versions", "rules diff 1", "rules rollback 1", "rules diff 1 3", "rules show 9",
            ] {
                let result = try await ClientCommandTests().run(
                    line.split(separator: " ").map(String.init), on: bench)
                shown += "$ gateway \(line)\n\(result.output)\(result.error)"
            }
            #expect(
                shown == """
                    $ gateway rules versions
                    VERSION  ACCEPTED              FROM        LINES  INCIDENTS ENDED
                    2        2026-11-23 12:00:00Z  api by kim  +1 -1  0
                    1        2026-11-23 12:00:00Z  start              0
                    $ gateway rules diff 1
                          labels: {env: production, team: core}
                        - {name: lab, url: "http://lab.example/metrics", interval: 1s, labels: {env: test}}
                      rules:
                    -   - {name: cpu-high, metric: cpu, window: 2, above: 85, severity: critical}
                    +   - {name: cpu-high, metric: cpu, window: 2, above: 90, severity: critical}
                        - {name: memory-high, metric: mem, window: 1, above: 90, clear: 80, severity: warning}
                      webhooks:
                        - {name: ops, url: "http://ops.example/alerts"}
                    $ gateway rules rollback 1
                    version 3 is in force
                    $ gateway rules diff 1 3
                    no line differs
                    $ gateway rules show 9
                    there is no version 9 of the rules
                    """)
        }
        #expect(
            throws: UsageError(
                "rules: did you mean 'diff'? there are versions, show N, diff N [M], rollback N")
        ) {
            try Invocation(["rules", "dif", "1"])
        }
        #expect(
            throws: UsageError(
                "rules rollback: takes the numbers of versions: versions, show N, diff N [M], rollback N")
        ) { try Invocation(["rules", "rollback", "x"]) }
    }

    @Test func aFileWithFaultsIsNotSaved() async throws {
        try await running { bench in
            let broken = Bench.rules().replacing("above: 85", with: "abov: 85")
            for response in [
                try await send("PUT", "/api/rules", ["text": broken], to: bench),
                try await send("POST", "/api/rules/check", ["text": broken], to: bench),
                try await send("POST", "/api/backtest", ["text": broken], to: bench),
            ] {
                #expect(response.text.hasPrefix(#"{"ok":false,"faults":[{"kind":"error","file":""#))
                #expect(
                    response.text.contains(
                        #""line":9,"column":46,"message":"unknown key 'abov'","help":"did you mean 'above'?"#)
                )
            }
            #expect(try file(of: bench) == Bench.rules())
            #expect(try await bench.get("/api/rules/versions").list.count == 1)
        }
    }

    /// An edit that was refused, or that nobody has read yet, is somebody's work.
    @Test func anEditThatWasNotAcceptedIsKeptBesideTheFile() async throws {
        try await running { bench in
            let broken = Bench.rules().replacing("above: 85", with: "abov: 85")
            try bench.folder.write(broken, to: "rules.yaml")
            bench.service.reload(bench.rulesFile, isAsked: false)
            let kept = bench.rulesFile.path + ".refused"
            let saved = try await send("PUT", "/api/rules", ["text": Bench.rules(cpu: 90)], to: bench)
            #expect(try saved.object["kept"] as? String == kept)
            #expect(try String(contentsOfFile: kept, encoding: .utf8) == broken)
            let mode = try FileManager.default.attributesOfItem(atPath: kept)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(bench.lines.all().contains { $0.contains("that was not accepted was overwritten") })
            try bench.folder.write("unread", to: "rules.yaml")
            let result = try await ClientCommandTests().run(["rules", "rollback", "1"], on: bench)
            #expect(
                result.output == "version 3 is in force; what stood in the file and was not accepted is now "
                    + "in \(kept)\n")
            #expect(try String(contentsOfFile: kept, encoding: .utf8) == "unread")
        }
    }

    @Test func anEditOfAnOlderVersionIsNotSavedOverANewerOne() async throws {
        try await running { bench in
            _ = try await send("PUT", "/api/rules", ["text": Bench.rules(cpu: 90)], to: bench)
            let late = try await send(
                "PUT", "/api/rules", ["text": Bench.rules(cpu: 95), "base": 1], to: bench)
            #expect(late.status == 409)
            #expect(late.text.contains("version 2 is in force, and not 1, which the edit began with"))
            #expect(try await send("POST", "/api/rules/rollback", ["version": 9], to: bench).status == 404)
        }
    }

    @Test func aFileThatCannotBeWrittenStaysAsItWas() async throws {
        try await running { bench in
            try FileManager.default.removeItem(atPath: bench.rulesFile.path)
            try FileManager.default.createDirectory(
                atPath: bench.rulesFile.path + "/full", withIntermediateDirectories: true)
            let response = try await send("PUT", "/api/rules", ["text": Bench.rules(cpu: 90)], to: bench)
            #expect(response.status == 409)
            #expect(response.text.contains("cannot write"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted().allSatisfy {
                    !$0.hasSuffix(".new")
                })
        }
    }

    @Test func whatEndedWithAnEditIsCountedWithIt() async throws {
        try await running { bench in
            for second in 1...2 { _ = bench.service.inbox.put(try poll(at: Double(second), ["a": (99, 10)])) }
            await bench.network.sent(2)
            bench.time.advance(by: .seconds(5))
            let renamed = Bench.rules(cpuRule: "busy")
            _ = try await send("PUT", "/api/rules", ["text": renamed], to: bench)
            #expect(try await bench.get("/api/rules/versions").list.first?["ended_incidents"] as? Int == 1)
        }
    }

    @Test func anEditIsReplayedOverTheStoredSamples() async throws {
        try await running { bench in
            for second in 1...4 { _ = bench.service.inbox.put(try poll(at: Double(second), ["a": (87, 10)])) }
            await bench.network.sent(2)
            bench.time.advance(by: .seconds(60))
            let response = try await send(
                "POST", "/api/backtest", ["text": Bench.rules(cpu: 90), "since": "1h"], to: bench)
            let report = try response.object
            #expect(report["in_force"] as? Int == 1)
            #expect(report["edited"] as? Int == 0)
            #expect((report["vanishing"] as? [[String: Any]])?.first?["machine"] as? String == "a")
        }
    }

    /// Two hundred edits under load, a third of them broken: nothing is lost or doubled.
    @Test func twoHundredEditsLoseAndDoubleNothing() async throws {
        var told: [[String]] = []
        for isEdited in [false, true] {
            try await running { bench in
                for edit in 1...200 {
                    let isHigh = edit / 10 % 2 == 1
                    let values = (a: isHigh ? 99.0 : 20, b: isHigh ? 20.0 : 99)
                    _ = bench.service.inbox.put(
                        try poll(at: Double(edit), ["a": (values.a, 10), "b": (values.b, 10)]))
                    guard isEdited else { continue }
                    let yaml = Bench.rules() + "\n# edit \(edit)\n"
                    let text = edit % 3 == 0 ? yaml.replacing("above", with: "abov") : yaml
                    let response = try await send("PUT", "/api/rules", ["text": text], to: bench)
                    #expect(response.status == (edit % 3 == 0 ? 422 : 200))
                }
                // Opened and resolved, twenty times each, at two webhooks.
                await bench.network.sent(80)
                told.append(bench.network.told.sorted())
            }
        }
        #expect(told[0] == told[1])
        #expect(told[0].count == 80)
    }
}
