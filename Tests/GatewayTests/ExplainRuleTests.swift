import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

/// How rules of every kind are told, and those that are gone.
@Suite(.timeLimit(.minutes(5))) struct ExplainRuleTests {
    private let tests = ExplainTests()

    /// What is told of one rule on `a` at each second, whose cpu is as given.
    private func told(_ rule: String, _ values: [Double]) async throws -> [String] {
        let bench = try Bench()
        var judge = try await bench.judge(
            """
            sources: [{name: fleet, url: "http://fleet.example/m", interval: 1s}]
            rules: [{name: it, metric: cpu, \(rule)}]
            """)
        var told: [String] = []
        for (index, value) in values.enumerated() {
            let second = Double(index + 1)
            try await judge.take(try poll(at: second, ["a": (value, 1)]))
            let answer = try await tests.ask(bench, "it", at: second)
            told.append("\(answer["decision"] ?? ""): \(answer["reason"] ?? "")")
        }
        return told
    }

    @Test func aWindowOfADurationFillsWithTime() async throws {
        #expect(
            try await told("window: 2s, above: 85", [90, 90, 90]) == [
                "warming: the samples without a gap reach back 0s of 2s",
                "warming: the samples without a gap reach back 1s of 2s",
                "breach: cpu mean 90 over the last 2s is above 85",
            ])
    }

    /// A counter cannot grow by more than a number holds.
    @Test(arguments: ["2", "2s"]) func samplesThatGiveNoNumberAreToldAsThat(window: String) async throws {
        let told = try await told(
            "window: \(window), aggregate: rate, above: 5", [-1.7e308, 1.7e308, -1.7e308, 1.7e308])
        #expect(told.last == "warming: the samples of the window do not give a rate")
    }

    @Test func aBandIsToldWithBothEnds() async throws {
        let bench = try Bench()
        var judge = try await bench.judge(
            """
            sources: [{name: fleet, url: "http://fleet.example/m", interval: 1s}]
            rules: [{name: band, metric: cpu, window: 1, outside: [10, 90], clear: [20, 80]}]
            """)
        for (index, value) in [5.0, 15, 50].enumerated() {
            try await judge.take(try poll(at: Double(index + 1), ["a": (value, 1)]))
        }
        var reasons: [String] = []
        for second in [1.0, 2, 3] {
            let answer = try await tests.ask(bench, "band", at: second)
            #expect(answer["threshold"] as? [Double] == [10, 90])
            #expect(answer["clear"] as? [Double] == [20, 80])
            reasons.append(answer["reason"] as? String ?? "")
        }
        #expect(
            reasons == [
                "cpu mean 5 over the last sample is outside 10 to 90",
                "cpu mean 15 over the last sample is not outside 10 to 90, but not yet within 20 to 80",
                "cpu mean 50 over the last sample is back within 20 to 80",
            ])
        let shown = try await ClientCommandTests().run(["explain", "a", "band"], on: bench)
        #expect(
            shown.output.contains("asks       cpu mean over 1, outside 10 to 90, clear 20 to 80\n"),
            "\(shown.output)")
    }

    @Test func aSourceThatIsNoLongerInTheRulesIsNamed() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        try await judge.take(try poll("lab", at: 1, ["x": (1, 1)]))
        bench.time.advance(by: .seconds(10))
        let lab = "  - {name: lab, url: \"http://lab.example/metrics\", interval: 1s, labels: {env: test}}\n"
        try await judge.take(.configuration(try configuration(Bench.rules().replacing(lab, with: ""))))
        let response = try await bench.get("/api/explain?machine=x&rule=cpu-high")
        #expect(response.status == 404)
        #expect(
            try response.object["detail"] as? String
                == "the source of x, lab, was none of the rules at \(Bench.moment(10))")
        // What it was then is told as before.
        #expect(try await tests.ask(bench, "cpu-high", at: 1, of: "x")["source"] as? String == "lab")
    }
}
