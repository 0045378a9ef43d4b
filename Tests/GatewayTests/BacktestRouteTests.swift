import Foundation
import HTTP
import TestSupport
import Testing

@testable import Gateway

/// Backtests and sweeps over the stored samples, as the API gives them.
@Suite struct BacktestRouteTests {
    /// A gateway that has seen `a` at 86 and 97, for two polls each.
    private func past() async throws -> Bench {
        let bench = try Bench()
        try bench.folder.write(Bench.rules(), to: "rules.yaml")
        var judge = try await bench.judge()
        for (second, cpu) in [86.0, 86, 97, 97].enumerated() {
            try await judge.take(poll(at: Double(second + 1), ["a": (cpu, 10), "b": (20, 10)]))
        }
        bench.time.advance(by: .seconds(60))
        return bench
    }

    private func post(
        _ target: String, _ members: [String: Any], to bench: Bench
    ) async throws -> HTTPServer.Response {
        let body = [UInt8](try JSONSerialization.data(withJSONObject: members))
        let request = try #require(
            HTTPServer.Request(
                method: "POST", target: target, fields: ["content-type": "application/json"], body: body))
        switch try bench.service.makeAPI(token: nil, rules: bench.rulesFile).handle(request) {
        case .now(let response): return response
        case .later(let answer): return await answer()
        case .stream(let response, _): return response
        }
    }

    @Test func aSweepCountsTheIncidentsThatEachThresholdWouldGive() async throws {
        let sweep: [String: Any] = [
            "text": Bench.rules(), "since": "1h", "rule": "cpu-high", "sweep": "above=85..97/6",
        ]
        let report = try await post("/api/backtest/sweep", sweep, to: try await past()).object
        let thresholds = try #require(report["thresholds"] as? [[String: Int]])
        #expect(
            thresholds == [
                ["threshold": 85, "incidents": 1, "machines": 1],
                ["threshold": 91, "incidents": 1, "machines": 1],
                ["threshold": 97, "incidents": 0, "machines": 0],
            ])
        #expect(report["polls"] as? Int == 4 && report["samples"] as? Int == 16)
    }

    @Test(arguments: [
        (["rule": "cpu"], "name a rule of the file: cpu-high, memory-high"),
        (["sweep": "above=5..1"], "'sweep'"),
        (["sweep": "below=1..5"], "the rule 'cpu-high' has 'above'; above and below can be swept"),
        (["since": "yesterday"], "'since' is a duration back from now, such as 7d or 12h"),
    ])
    func aSweepThatCannotBeMadeSaysWhy(_ wrong: [String: String], _ words: String) async throws {
        var sweep = ["text": Bench.rules(), "rule": "cpu-high", "sweep": "above=85..97"]
        sweep.merge(wrong) { _, new in new }
        let answer = try await post("/api/backtest/sweep", sweep, to: try await past())
        #expect(answer.status == 400)
        let detail = try #require(try answer.object["detail"] as? String)
        #expect(detail.contains(words), "\(detail)")
    }

    @Test func aSweepOfAFileWithFaultsShowsThem() async throws {
        let broken = Bench.rules().replacing("above: 85", with: "abov: 85")
        let answer = try await post(
            "/api/backtest/sweep", ["text": broken, "rule": "cpu-high", "sweep": "above=85..97"],
            to: try await past())
        #expect(answer.status == 422)
        #expect(answer.text.contains("did you mean 'above'?"))
    }

    /// One that opens at another poll is the same incident, changed.
    @Test func anIncidentThatWouldOpenAtAnotherTimeShowsAsBoth() async throws {
        let report = try await post(
            "/api/backtest", ["text": Bench.rules(cpu: 90), "since": "1h"], to: try await past()
        ).object
        let change = try #require((report["changing"] as? [[String: [String: Any]]])?.first)
        #expect(change["in_force"]?["opened_at"] as? String == "2026-11-23T12:00:02.000Z")
        #expect(change["edited"]?["opened_at"] as? String == "2026-11-23T12:00:03.000Z")
    }
}
