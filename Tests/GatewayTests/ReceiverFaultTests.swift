import Collector
import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

/// Receivers that do anything but take what they are sent, on a clock that no one waits for. How it ends with one that
/// never does, after 28 hours, is shown in `DispatcherTests`.
@Suite(.timeLimit(.minutes(2))) struct ReceiverFaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What is answered to one attempt after the other; 204 after that.
        let answers: [VirtualGateway.Answer]
        /// When an attempt is made, in seconds after the first.
        let times: [Int64]
        /// What is recorded of each that failed.
        let error: String
        var end = Delivery.State.delivered

        init(
            _ name: String, _ answer: VirtualGateway.Answer, times count: Int = 1, at times: [Int64],
            _ error: String, end: Delivery.State = .delivered
        ) {
            testDescription = name
            answers = Array(repeating: answer, count: count)
            (self.times, self.error, self.end) = (times, error, end)
        }
    }

    private static func status(
        _ status: Int, _ fields: HTTPFields = [:], body: String = "", after: Duration = .zero
    ) -> VirtualGateway.Answer {
        .init(
            reply: .answer(HTTPAnswer(status: status, fields: fields, body: Array(body.utf8))), after: after)
    }

    /// Where nothing else is said, the waits are 5 s, 30 s, 2 m and 5 m.
    static let faults = [
        Fault("500", status(500), times: 4, at: [0, 5, 35, 155, 455], "answered 500"),
        Fault(
            "a page of 10 MB, of which 4 KiB are read",
            status(500, body: String(repeating: "x", count: 4096)),
            times: 2, at: [0, 5, 35], "answered 500: " + String(repeating: "x", count: 199) + "…"),
        Fault(
            "429 for ten minutes", status(429, ["retry-after": "600"]), times: 2, at: [0, 600, 1200],
            "answered 429"),
        Fault(
            "429 until a date", status(429, ["retry-after": "Mon, 23 Nov 2026 12:20:00 GMT"]), at: [0, 1200],
            "answered 429"),
        Fault("429 for less than the wait", status(429, ["retry-after": "1"]), at: [0, 5], "answered 429"),
        Fault("503 for a minute", status(503, ["retry-after": "60"]), at: [0, 60], "answered 503"),
        Fault("408", status(408), times: 3, at: [0, 5, 35, 155], "answered 408"),
        Fault(
            "301, which is not followed", status(301, ["location": "http://other.example/"]), times: 3,
            at: [0, 5, 35, 155], "answered 301"),
        Fault("410", status(410), at: [0], "answered 410", end: .pending),
        Fault(
            "a reset", .init(reply: .failure(HTTPFailure(.connectionLost, "the connection broke off"))),
            times: 3, at: [0, 5, 35, 155], "the connection broke off"),
        // The wait begins when the 15 s are over that an answer may take.
        Fault(
            "hangs", status(204, after: .seconds(86_400)), times: 3, at: [0, 20, 65, 200],
            "no answer within 15s"),
        Fault(
            "a byte a second, for a minute", status(204, after: .seconds(60)), times: 2, at: [0, 20, 65],
            "no answer within 15s"),
        Fault("a byte a second, but few", status(204, after: .seconds(14)), at: [0], ""),
    ]

    @Test(arguments: faults)
    func attemptsAreMadeAtTheirTimesAndEndAsTheyShould(fault: Fault) async throws {
        let (folder, start) = (try TemporaryFolder(), Bench.moment(0))
        var answers = fault.answers[...]
        var gateway = try await VirtualGateway(
            try configuration(Self.rules), database: folder.database, at: start
        ) { _, _ in answers.popFirst() ?? Self.status(204) }
        gateway.add(try breach(at: start))
        try await gateway.run(until: Bench.moment(Double(fault.times.last ?? 0) + 60))

        #expect(gateway.sent.map { start.duration(to: $0.at).wholeMilliseconds / 1000 } == fault.times)
        let reader = try StoreReader(path: folder.database)
        let report = try #require(try reader.record(of: 1)?.deliveries.first)
        #expect(report.delivery.state == fault.end)
        #expect(report.attempts.map { start.duration(to: $0.at).wholeMilliseconds / 1000 } == fault.times)
        let failed = fault.error.isEmpty ? 0 : fault.times.count - (fault.end == .delivered ? 1 : 0)
        #expect(report.attempts.prefix(failed).allSatisfy { $0.error == fault.error })
        #expect(report.attempts.dropFirst(failed).allSatisfy { $0.error == nil })
        let endpoint = try #require(try reader.endpoints()["ops"])
        #expect(endpoint.failingSince == nil)
        #expect((endpoint.disabledAt == start) == (fault.end == .pending))
    }

    private static let rules = """
        sources: [{name: fleet, url: "http://fleet.example/metrics", interval: 1s, max_gap: 30d}]
        rules: [{name: full, metric: mem, window: 1, above: 90, severity: critical}]
        webhooks: [{name: ops, url: "http://ops.example/alerts", only: {rules: [full]}}]
        """

    private func breach(at time: Timestamp) throws -> PollOutcome {
        let poll = try #require(
            Poll(source: "fleet", at: time, metrics: ["mem"], machines: NameList(["a"]), values: [99]))
        return PollOutcome(
            source: "fleet", startedAt: time, duration: .zero, result: .success(.init(poll: poll)))
    }
}
