import Collector
import Rules
import TestSupport
import Testing

@testable import Gateway

/// Why there was nothing to judge, of the machine that is asked for.
@Suite(.timeLimit(.minutes(5))) struct ExplainSilenceTests {
    private let tests = ExplainTests()

    @Test func whyNothingWasJudgedIsTold() async throws {
        try await tests.explained([50, 50, 50], of: "db-1") { bench, judge in
            let other = try await tests.ask(bench, "mem-web", at: 3, of: "db-1")
            #expect(other["decision"] as? String == "not_watched")
            #expect(
                other["reason"] as? String
                    == "the rule is for the machines web-*, and db-1 is none of them")
            let silent = try await tests.ask(bench, "cpu-high", at: 20, of: "db-1")
            #expect(silent["decision"] as? String == "no_sample")
            let none =
                "no cpu of db-1 in 3s, the last one was at 2026-11-23T12:00:03.000Z; its window begins anew: "
            #expect(
                silent["reason"] as? String == none + "no poll of the source fleet succeeded in that time")
            for second in 21...24 { try await judge.take(try poll(at: Double(second), ["b": (1, 1)])) }
            let absent = try await tests.ask(bench, "cpu-high", at: 24, of: "db-1")
            #expect(
                absent["reason"] as? String
                    == none
                    + "none of the 4 polls of fleet in that time, the last at 2026-11-23T12:00:24.000Z, named it"
            )
            try await judge.take(try poll(at: 25, ["db-1": (.nan, 10)]))
            let mute = try await tests.ask(bench, "cpu-high", at: 25, of: "db-1")
            #expect(
                mute["reason"] as? String
                    == none + "the poll of fleet at 2026-11-23T12:00:25.000Z had db-1 with mem, and no cpu")
            try await judge.take(try poll(at: 26, ["b": (1, 1)]))
            #expect(
                try await tests.ask(bench, "cpu-high", at: 26, of: "db-1")["reason"] as? String
                    == none + "the poll of fleet at 2026-11-23T12:00:25.000Z had db-1 with mem, and no cpu, "
                    + "and the one since did not name it")
        }
    }

    @Test func whatWasLastSeenLongAgoIsFound() async throws {
        try await tests.explained([50, 50, 50]) { bench, _ in
            for second: Double in [7200, 2_592_000] {
                let silent = try await tests.ask(bench, "cpu-high", at: second)
                #expect(
                    silent["reason"] as? String == "no cpu of a in 3s, the last one was at "
                        + "2026-11-23T12:00:03.000Z; its window begins anew: "
                        + "no poll of the source fleet succeeded in that time")
            }
        }
    }

    @Test func whatWasNeverMeasuredIsToldAsThat() async throws {
        try await tests.explained([]) { bench, judge in
            try await judge.take(try poll(at: 1, ["web-1": (50, .nan)]))
            let answer = try await tests.ask(bench, "mem-web", at: 1, of: "web-1")
            #expect(answer["decision"] as? String == "no_sample")
            #expect(
                answer["reason"] as? String == "no mem of web-1 in 3s, and none from before is stored: "
                    + "the poll of fleet at 2026-11-23T12:00:01.000Z had web-1 with cpu, and no mem")
        }
    }

    /// Of the last poll it is known which record was refused, and why.
    @Test func aRefusedValueIsToldOfItsMachine() async throws {
        try await tests.explained([50, 50, 50], of: "db-1") { bench, judge in
            let body = #"[{"machine_ip": "b", "cpu": 1}, {"cpu": "n/a", "mem": 5, "machine_ip": "db-1"}]"#
            let decoded = try JSONFleet.decode(Array(body.utf8), shape: FleetShape())
            for second in 21...24 { try await judge.take(try poll(at: Double(second), ["b": (1, 1)])) }
            bench.receive(try poll(at: 24, ["b": (1, 1)]), refusals: decoded.refusals)
            #expect(
                try await tests.ask(bench, "cpu-high", at: 24, of: "db-1")["reason"] as? String
                    == "no cpu of db-1 in 3s, the last one was at 2026-11-23T12:00:03.000Z; its window begins anew: "
                    + "what fleet said of it was refused in the last poll, at 2026-11-23T12:00:24.000Z: "
                    + #"record 1: cpu "n/a" is not a number; expected one such as 45, 30.5 or "45%""#)
        }
    }
}
