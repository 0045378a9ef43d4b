import Foundation
import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct ExplainTests {
    private static let rules = """
        sources:
          - {name: fleet, url: "http://fleet.example/m", interval: 1s}
          - {name: lab, url: "http://lab.example/m", interval: 1s}
        rules:
          - {name: cpu-high, metric: cpu, window: 3, above: 85, clear: 80}
          - {name: cpu-long, metric: cpu, window: 1, above: 85, for: 3s, keep_open: 2s}
          - {name: mem-web, metric: mem, window: 1, above: 90, machines: ["web-*"], sources: [fleet]}
          - {name: gone, missing: 2}
        webhooks:
          - {name: ops, url: "http://ops.example/alerts", only: {rules: ["cpu-*"]}}
        """

    /// A gateway that has taken the cpu of one machine, a sample a second.
    func explained(
        _ values: [Double], of machine: String = "a", _ work: (Bench, inout Judge) async throws -> Void
    ) async throws {
        let bench = try Bench()
        var judge = try await bench.judge(Self.rules)
        for (index, value) in values.enumerated() {
            try await judge.take(try poll(at: Double(index + 1), [machine: (value, 10)]))
        }
        try await work(bench, &judge)
    }

    private func ask(
        _ bench: Bench, _ rule: String, at second: Double, of machine: String = "a", _ more: String = ""
    ) async throws -> [String: Any] {
        if bench.time.now < Bench.moment(second) {
            bench.time.advance(by: bench.time.now.duration(to: Bench.moment(second)))
        }
        let response = try await bench.get(
            "/api/explain?machine=\(machine)&rule=\(rule)&at=\(Bench.moment(second))\(more)")
        #expect(response.status == 200, "\(response.text)")
        return try response.object
    }

    @Test func anyInstantIsToldWithTheSamplesThatDecidedIt() async throws {
        try await explained([50, 88, 86, 90, 78, 70, 60]) { bench, _ in
            var told: [String] = []
            for second in 1...7 {
                let answer = try await ask(bench, "cpu-high", at: Double(second) + 0.5)
                let samples = (answer["samples"] as? [[String: Any]])?.compactMap { $0["value"] as? Double }
                #expect(samples == Array([50, 88, 86, 90, 78, 70, 60][max(0, second - 3)..<second]))
                #expect(answer["line"] as? Int == 5)
                #expect(answer["rules_version"] as? Int == 1)
                told.append("\(answer["decision"] ?? "") \(answer["reason"] ?? "")")
            }
            #expect(
                told == [
                    "warming the window has 1 of 3 samples without a gap",
                    "warming the window has 2 of 3 samples without a gap",
                    "ok cpu mean 74.67 over the last 3 samples is not above 85",
                    "breach cpu mean 88 over the last 3 samples is above 85",
                    "breach cpu mean 84.67 over the last 3 samples is not above 85, but not yet at or below 80",
                    "recovered cpu mean 79.33 over the last 3 samples is back at or below 80",
                    "ok cpu mean 69.33 over the last 3 samples is not above 85",
                ])
            let open = try await ask(bench, "cpu-high", at: 5.5)
            #expect((open["incident"] as? [String: Any])?["id"] as? Int == 1)
            #expect(open["recipients"] as? [String] == ["ops"])
            #expect(
                open["push"] as? [String] == [
                    "incident.opened to ops: not tried yet", "incident.resolved to ops: not tried yet",
                ])
        }
    }

    @Test func whatMustHoldForATimeIsToldAsWaiting() async throws {
        try await explained([50, 90, 91, 92, 93, 60, 61, 62]) { bench, _ in
            var decisions: [String] = []
            for second in 1...8 {
                let answer = try await ask(bench, "cpu-long", at: Double(second))
                decisions.append(answer["decision"] as? String ?? "")
                if second == 4 {
                    #expect(
                        answer["reason"] as? String == """
                            cpu mean 92 over the last sample is above 85; it has been so since \
                            2026-11-23T12:00:02.000Z, and an incident opens once that has lasted 3s
                            """)
                }
            }
            #expect(
                decisions == [
                    "ok", "pending", "pending", "pending", "breach", "kept_open", "kept_open", "recovered",
                ])
        }
    }

    @Test func whatHoldsAPushBackIsNamed() async throws {
        let bench = try Bench()
        var judge = try await bench.judge(Self.rules)
        var matcher = Matcher()
        matcher.rules = [Glob("cpu-*")]
        let silence = Silence(
            .made(0), matcher: matcher,
            schedule: .once(from: Bench.moment(0), until: Bench.moment(60)), createdAt: Bench.moment(0))
        try await judge.take(.request(.silence(silence)) { _ in })
        for second in 1...3 { try await judge.take(try poll(at: Double(second), ["a": (90, 10)])) }
        let answer = try await ask(bench, "cpu-high", at: 3)
        #expect(answer["decision"] as? String == "breach")
        #expect(answer["push"] as? [String] == ["held back by silence 1"])
        #expect((answer["deliveries"] as? [Any])?.isEmpty == true)
    }

    @Test func whatWasResolvedByHandIsToldUntilItsBreachEnds() async throws {
        try await explained([90, 90, 90]) { bench, judge in
            bench.time.advance(by: .milliseconds(3500))
            try await judge.take(.request(.resolve(incident: 1, .init(by: "kim", note: nil))) { _ in })
            for (second, value) in [(4, 91.0), (5, 40), (6, 40), (7, 99), (8, 150)] {
                try await judge.take(try poll(at: Double(second), ["a": (value, 10)]))
            }
            var decisions: [String] = []
            for second in 3...8 {
                decisions.append(
                    try await ask(bench, "cpu-high", at: Double(second))["decision"] as? String ?? "")
            }
            #expect(decisions == ["breach", "resolved_by_hand", "ok", "ok", "ok", "breach"])
            let held = try await ask(bench, "cpu-high", at: 4)
            #expect((held["incident"] as? [String: Any])?["resolution"] as? String == "resolved by hand")
        }
    }

    @Test func whyNothingWasJudgedIsTold() async throws {
        try await explained([50, 50, 50], of: "db-1") { bench, judge in
            let other = try await ask(bench, "mem-web", at: 3, of: "db-1")
            #expect(other["decision"] as? String == "not_watched")
            #expect(
                other["reason"] as? String
                    == "the rule is for the machines web-*, and db-1 is none of them")
            let silent = try await ask(bench, "cpu-high", at: 20, of: "db-1")
            #expect(silent["decision"] as? String == "no_sample")
            let last = "no cpu of db-1 in 3s, the last one was at \(Bench.moment(3)); its window begins anew"
            #expect(
                silent["reason"] as? String
                    == "\(last): no poll of the source fleet succeeded in that time")
            for second in 21...24 { try await judge.take(try poll(at: Double(second), ["b": (1, 1)])) }
            let absent = try await ask(bench, "cpu-high", at: 24, of: "db-1")
            #expect(
                absent["reason"] as? String == "\(last): fleet answered, and gave no value of the machine; "
                    + "GET /api/sources has what was refused, and why a metric has no value")
            try await judge.take(try poll(at: 25, ["db-1": (.nan, 10)]))
            let mute = try await ask(bench, "cpu-high", at: 25, of: "db-1")
            #expect(
                mute["reason"] as? String
                    == "\(last): the source reported the machine, and no cpu of it; it reported mem")
        }
    }

    @Test func aMissingMachineIsCounted() async throws {
        try await explained([50, 50]) { bench, judge in
            for second in 3...5 { try await judge.take(try poll(at: Double(second), ["b": (1, 1)])) }
            try await judge.take(try poll(at: 6, ["a": (50, 1), "b": (1, 1)]))
            var told: [String] = []
            for second in 2...6 {
                let answer = try await ask(bench, "gone", at: Double(second))
                told.append("\(answer["decision"] ?? "") \(answer["reason"] ?? "")")
            }
            #expect(
                told == [
                    "ok a is in the last poll of fleet",
                    "ok a has not been reported by fleet for 1 poll; the rule asks for 2",
                    "breach a has not been reported by fleet for 2 polls; the rule asks for 2",
                    "breach a has not been reported by fleet for 3 polls; the rule asks for 2",
                    "recovered a is in the last poll of fleet",
                ])
            #expect(try await ask(bench, "gone", at: 4)["push"] as? [String] == ["no webhook is for it"])
            let silent = try await ask(bench, "gone", at: 60)
            #expect(silent["decision"] as? String == "no_sample")
            #expect((silent["reason"] as? String)?.hasPrefix("no poll of the source fleet succeeded") == true)
        }
    }

    /// What is explained afterwards is what was decided, gaps and all.
    @Test(arguments: [1, 2, 3] as [UInt64]) func itAgreesWithWhatWasRecorded(seed: UInt64) async throws {
        var state = seed
        func random(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        let bench = try Bench()
        var judge = try await bench.judge(Self.rules)
        var seconds: [Double] = []
        var (second, level) = (0.0, 80.0)
        for _ in 0..<120 {
            second += random(15) == 0 ? 10 : 1
            if random(6) == 0 { level = 60 + Double(random(40)) }
            try await judge.take(try poll(at: second, ["a": (level + Double(random(8)), 10)]))
            seconds.append(second)
        }
        for rule in ["cpu-high", "cpu-long"] {
            let incidents = try await bench.get("/api/incidents?rule=\(rule)&limit=1000").list
            #expect(incidents.count > 1)
            for second in seconds {
                let moment = Bench.moment(second).description
                let answer = try await ask(bench, rule, at: second)
                let decision = answer["decision"] as? String ?? ""
                let opened = incidents.first { $0["opened_at"] as? String == moment }
                let ended = incidents.contains { $0["resolved_at"] as? String == moment }
                let isOpen = incidents.contains { incident in
                    incident["opened_at"] as? String ?? "" <= moment
                        && incident["resolved_at"] as? String ?? "9" > moment
                }
                #expect((decision == "recovered") == ended, "\(rule) at \(second): \(decision)")
                #expect(["breach", "kept_open"].contains(decision) || !isOpen || decision == "warming")
                #expect(isOpen || !["breach", "kept_open"].contains(decision), "\(rule) at \(second)")
                if let opened {
                    let value = answer["value"] as? Double
                    #expect(value?.roundedForDisplay == opened["value"] as? Double)
                }
            }
        }
    }

    @Test func theRulesAreThoseOfThatMoment() async throws {
        try await explained([50, 90, 90, 90]) { bench, judge in
            bench.time.advance(by: .seconds(10))
            try await judge.take(
                .configuration(
                    try configuration(
                        "# looser\n" + Self.rules.replacing("above: 85, clear: 80", with: "above: 95"))))
            for second in 11...13 { try await judge.take(try poll(at: Double(second), ["a": (90, 1)])) }
            let (then, now) = (
                try await ask(bench, "cpu-high", at: 4), try await ask(bench, "cpu-high", at: 13)
            )
            #expect(then["threshold"] as? Double == 85)
            #expect(then["line"] as? Int == 5)
            #expect(then["decision"] as? String == "breach")
            #expect(now["rules_version"] as? Int == 2)
            #expect(now["line"] as? Int == 6)
            #expect(now["reason"] as? String == "cpu mean 90 over the last 3 samples is back at or below 95")
        }
    }

    @Test(arguments: [
        ("machine=a&rule=cpu-hihg", 404, "has no rule 'cpu-hihg'; did you mean 'cpu-high'?"),
        (
            "machine=web-12&rule=cpu-high", 404,
            "no source has reported a machine 'web-12'; did you mean 'web-1'?"
        ),
        ("machine=web-1&rule=cpu-high&source=flet", 404, "there was no source 'flet'"),
        (
            "machine=web-1&rule=cpu-high&source=lab", 404,
            "the source 'lab' has reported no machine 'web-1'; fleet has"
        ),
        ("machine=both&rule=cpu-high", 400, "both is a machine of fleet and of lab; say which: source=fleet"),
        ("machine=web-1&rule=cpu-high&at=2020-01-01", 400, "no rules were in force at 2020-01-01"),
        ("rule=cpu-high", 400, "name the machine"),
        ("machine=web-1&rul=cpu-high", 400, "did you mean 'rule'?"),
    ])
    func whatIsNotKnownIsNamedWithWhatWasMeant(query: String, status: Int, detail: String) async throws {
        try await explained([1], of: "web-1") { bench, judge in
            try await judge.take(try poll(at: 2, ["both": (1, 1)]))
            try await judge.take(try poll("lab", at: 2, ["both": (1, 1)]))
            let response = try await bench.get("/api/explain?\(query)")
            #expect(response.status == status)
            #expect((try response.object["detail"] as? String)?.contains(detail) == true, "\(response.text)")
        }
    }

    @Test func itIsReadAtTheTerminal() async throws {
        try await explained([50, 88, 86, 90]) { bench, _ in
            bench.time.advance(by: .seconds(10))
            let result = try await ClientCommandTests().run(
                ["explain", "a", "cpu-high", "--at", "2026-11-23T12:00:04Z"], on: bench)
            #expect(
                result.output == """
                    decision   breach
                    because    cpu mean 88 over the last 3 samples is above 85
                    rule       cpu-high, version 1, line 5
                    asks       cpu mean over 3, above 85, clear 80
                    machine    a of fleet
                    at         2026-11-23 12:00:04Z
                    judged at  2026-11-23 12:00:04Z
                    samples    2026-11-23T12:00:02.000Z  88
                               2026-11-23T12:00:03.000Z  86
                               2026-11-23T12:00:04.000Z  90
                    mean       88
                    incident   1, open
                    push       incident.opened to ops: not tried yet

                    """)
            let wrong = try await ClientCommandTests().run(["explain", "a", "cpu-hihg"], on: bench)
            #expect(wrong.error.contains("did you mean 'cpu-high'?"))
        }
    }
}
