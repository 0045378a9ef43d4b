import HTTP
import Rules
import TestSupport
import Testing

@testable import Collector
@testable import Gateway

@Suite struct SourceRouteTests {
    @Test func targetsThatFailAreNamedWithWhatIsWrong() async throws {
        let bench = try Bench()
        _ = try await bench.judge()
        var targets = TargetsStatus()
        (targets.total, targets.failing) = (3, 1)
        targets.failures = [
            .init(target: "10.0.0.7:9100", since: Bench.moment(1), error: "connection refused")
        ]
        bench.service.receive(
            PollOutcome(
                source: "fleet", startedAt: Bench.moment(1), duration: .zero,
                result: .success(.init(poll: try poll(at: 1, ["a": (1, 2)]))), targets: targets))
        let text = try await bench.get("/api/sources").text
        #expect(
            text.contains(
                """
                "targets":{"total":3,"failing":1,"failures":[{"target":"10.0.0.7:9100",\
                "since":"2026-11-23T12:00:01.000Z","error":"connection refused"}],"file_error":null}
                """), "\(text)")
        bench.service.log.flush()
        #expect(
            bench.lines.all() == [
                "level=warning msg=\"targets failing\" source=fleet failing=1 of=3 first=10.0.0.7:9100 "
                    + "error=\"connection refused\""
            ])
    }
}
