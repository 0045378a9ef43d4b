import Foundation
import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

/// What had become of telling people, at any moment: as it was then, and not as it is by now.
@Suite(.timeLimit(.minutes(5))) struct ExplainPushTests {
    private static func rules(_ rules: String, webhook: String = "") -> String {
        """
        sources: [{name: fleet, url: "http://fleet.example/m", interval: 1m}]
        rules:
        \(rules)
        webhooks: [{name: ops, url: "http://ops.example/alerts"\(webhook)}]
        """
    }

    private let bench: Bench

    /// What is sent, where anything is, is not wanted.
    init() throws { bench = try Bench { _, _ in .status(410) } }

    /// Has the time be `second`, and lets the gateway take what happens then.
    private func at(_ second: Double, _ judge: inout Judge, _ cpu: KeyValuePairs<String, Double> = [:])
        async throws
    {
        bench.time.advance(by: bench.time.now.duration(to: Bench.moment(second)))
        if !cpu.isEmpty {
            let poll = try #require(
                Poll(
                    source: "fleet", at: bench.time.now, metrics: ["cpu"], machines: NameList(cpu.map(\.key)),
                    values: cpu.map(\.value)))
            try await judge.take(poll)
        }
        try await judge.take(.tick)
    }

    private func push(_ rule: String, of machine: String = "a", at second: Double) async throws -> [String] {
        if bench.time.now < Bench.moment(second) {
            bench.time.advance(by: bench.time.now.duration(to: Bench.moment(second)))
        }
        let answer = try await bench.get(
            "/api/explain?machine=\(machine)&rule=\(rule)&at=\(Bench.moment(second))")
        #expect(answer.status == 200, "\(answer.text)")
        return try answer.object["push"] as? [String] ?? []
    }

    private let waiting = "incident.opened to ops: not tried yet"

    @Test func aSilenceHoldsBackUntilItEnds() async throws {
        var judge = try await bench.judge(
            Self.rules("  - {name: hot, metric: cpu, window: 1, above: 85, repeat: 1m}"))
        func silence(from: Double, until: Double) async throws {
            let silence = Silence(
                .made(0), matcher: Matcher(),
                schedule: .once(from: Bench.moment(from), until: Bench.moment(until)),
                createdAt: bench.time.now)
            try await judge.take(.request(.silence(silence)) { _ in })
        }
        try await silence(from: 0, until: 10)
        try await at(3, &judge, ["a": 90])
        try await at(11, &judge)
        try await at(20, &judge)
        try await silence(from: 20, until: 30)
        #expect(try await push("hot", at: 3) == ["held back by silence 1"])
        #expect(try await push("hot", at: 9) == ["held back by silence 1"])
        let late = "incident.opened to ops: not tried yet"
        #expect(try await push("hot", at: 12) == ["was held back by silence 1", late])
        #expect(try await push("hot", at: 25) == ["reminders are held back by silence 2", late])
    }

    @Test func aStrongerIncidentHoldsBackTheWeaker() async throws {
        var judge = try await bench.judge(
            Self.rules(
                """
                  - {name: warm, metric: cpu, window: 1, above: 80, group: cpu}
                  - {name: hot, metric: cpu, window: 1, above: 95, group: cpu, severity: critical}
                """))
        // An address of IPv6 is a name like any other.
        let machine = "[::1]".percentEncoded
        try await at(1, &judge, ["[::1]": 97])
        try await at(61, &judge, ["[::1]": 90])
        #expect(try await push("warm", of: machine, at: 1) == ["held back by incident 2 of hot"])
        #expect(try await push("hot", of: machine, at: 1) == [waiting])
        #expect(
            try await push("warm", of: machine, at: 62) == ["was held back by incident 2 of hot", waiting])
    }

    @Test func whatFlapsIsHeldBackUntilItIsSteady() async throws {
        var judge = try await bench.judge(
            Self.rules(
                """
                  - {name: hot, metric: cpu, window: 1, above: 85, flapping: {changes: 2, in: 1h, steady: 10m}}
                """))
        for (minute, cpu) in [90.0, 1, 90, 1].enumerated() {
            try await at(Double(minute * 60 + 1), &judge, ["a": cpu])
        }
        let first = "incident.resolved to ops: not tried yet"
        #expect(try await push("hot", at: 61) == [waiting, first])
        #expect(try await push("hot", at: 121) == [waiting])
        #expect(try await push("hot", at: 181) == ["held back by flapping", waiting])
        try await at(241, &judge, ["a": 1])
        #expect(try await push("hot", at: 242) == ["held back by flapping", waiting])
        // It is over, and the end is told; then it was not.
        try await at(900, &judge)
        #expect(try await push("hot", at: 181) == ["held back by flapping", waiting])
    }

    @Test func inAStormThePushWaitsForTheDigest() async throws {
        var judge = try await bench.judge(
            Self.rules(
                "  - {name: hot, metric: cpu, window: 1, above: 85}", webhook: ", digest: {over: 2/m}"))
        try await at(1, &judge, ["b": 90, "c": 90, "d": 90])
        try await at(20, &judge, ["a": 90])
        #expect(try await push("hot", at: 20) == ["incident.opened to ops: waits for the next digest"])
        try await at(62, &judge)
        #expect(try await push("hot", at: 20) == ["incident.opened to ops: waits for the next digest"])
        let told = try await push("hot", at: 63)
        #expect(told.count == 1)
        #expect(
            told.first?.hasPrefix("incident.opened to ops: not sent, since a later delivery says it: ")
                == true,
            "\(told)")
    }

    @Test func aFailingReceiverIsToldAsItWasThen() async throws {
        var judge = try await bench.judge(Self.rules("  - {name: hot, metric: cpu, window: 1, above: 85}"))
        func attempt(_ number: Int, at second: Double, _ status: Int, _ next: Finding.Next) async throws {
            let attempt = Attempt(
                number: number, at: Bench.moment(second), duration: .milliseconds(100), status: status,
                error: nil, answer: [])
            try await bench.service.store.record([Finding(delivery: 1, attempt: attempt, next: next)])
        }
        try await at(1, &judge, ["a": 90])
        try await attempt(1, at: 2, 503, .retry(at: Bench.moment(7)))
        try await at(4, &judge, ["b": 90])
        try await attempt(2, at: 7.5, 204, .delivered)
        let due = "incident.opened to ops: failing (it answered 503); the next attempt is due at "
        #expect(try await push("hot", at: 1) == [waiting])
        #expect(try await push("hot", at: 3) == [due + "\(Bench.moment(7.5))"])
        #expect(
            try await push("hot", of: "b", at: 5) == ["\(waiting); ops was failing (it answered 503)"])
        let accepted = "incident.opened to ops: accepted at \(Bench.moment(7.6))"
        #expect(try await push("hot", at: 8) == [accepted])
        #expect(try await push("hot", of: "b", at: 8) == [waiting])
    }

    @Test func aDisabledReceiverIsToldInsteadOfAnAttemptThatWillNotBeMade() async throws {
        let rules = Self.rules("  - {name: hot, metric: cpu, window: 1, above: 85}")
        var judge = try await bench.judge(rules)
        try await at(2, &judge, ["a": 90])
        try await bench.running(judge) { await bench.lines.contain("webhook disabled") }
        judge = try await bench.judge(rules)
        try await at(4, &judge, ["b": 90])
        let disabled = "ops is disabled since \(Bench.moment(2))"
        #expect(try await push("hot", of: "b", at: 5) == ["\(waiting); \(disabled)"])
        #expect(
            try await push("hot", at: 5) == ["incident.opened to ops: failing (answered 410); \(disabled)"])
        #expect(try await push("hot", at: 1).isEmpty)
    }

    /// What happened to the incident later is no part of what is told of a moment.
    @Test func theIncidentIsToldAsItStoodThen() async throws {
        var judge = try await bench.judge(Self.rules("  - {name: hot, metric: cpu, window: 1, above: 85}"))
        try await at(1, &judge, ["a": 90])
        try await at(2, &judge)
        try await judge.take(.request(.acknowledge(incident: 1, .init(by: "kim", note: nil))) { _ in })
        try await at(61, &judge, ["a": 1])
        var told: [String] = []
        for second in [1, 3, 61.0] {
            let answer = try await bench.get("/api/explain?machine=a&rule=hot&at=\(Bench.moment(second))")
                .object
            let incident = try #require(answer["incident"] as? [String: Any])
            told.append("\(incident["status"] ?? "") \((answer["events"] as? [Any])?.count ?? 0)")
        }
        #expect(told == ["open 1", "acknowledged 2", "resolved 3"])
    }
}
