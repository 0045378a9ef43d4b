import Foundation
import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway

/// The same faults on a socket: the client, the dispatcher, the database and the API are the real ones, and only
/// the waits between attempts pass by themselves.
@Suite(.timeLimit(.minutes(5))) struct ReceiverSocketTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let actions: [LoopbackPeer.Action]
        /// The seconds from each attempt that fails to the next one.
        let waits: [Int]
        var status: Int?
        /// What is recorded of a failed attempt, PEER being the receiver's address.
        let error: String
        var answer = ""
        var timeout = "15s"

        init(
            _ name: String, _ actions: LoopbackPeer.Action..., waits: [Int] = [5, 30, 120],
            status: Int? = nil,
            error: String, answer: String = "", timeout: String = "15s"
        ) {
            testDescription = name
            (self.actions, self.waits, self.status) = (actions, waits, status)
            (self.error, self.answer, self.timeout) = (error, answer, timeout)
        }
    }

    private static let page = [UInt8](repeating: UInt8(ascii: "<"), count: 10 << 20)
    private static let firstKilobytes = String(repeating: "<", count: 4096)

    static let faults = [
        Fault(
            "500", .answer(500, body: Array("no disk left\n".utf8)), status: 500,
            error: "answered 500: no disk left", answer: "no disk left\n"),
        Fault(
            "429 for ten minutes", .answer(429, fields: ["Retry-After: 600"]), waits: [600], status: 429,
            error: "answered 429"),
        Fault(
            "429 until a date", .answer(429, fields: ["Retry-After: Mon, 23 Nov 2026 12:20:00 GMT"]),
            waits: [1200], status: 429, error: "answered 429"),
        Fault("408", .answer(408), status: 408, error: "answered 408"),
        Fault(
            "301", .answer(301, fields: ["Location: /elsewhere"]), status: 301, error: "answered 301"),
        Fault("reset", .reset, error: "the answer of PEER broke off"),
        Fault("hangs", .hang, waits: [5], error: "no answer from PEER within 400ms", timeout: "400ms"),
        Fault(
            "one byte after the other", .send("HTTP/1.1 200 Fine\r\nContent-Length: 1000\r\n\r\n"),
            .trickle([UInt8](repeating: 0x20, count: 1000), pause: 50), waits: [5],
            error: "no complete answer from PEER within 400ms", timeout: "400ms"),
        Fault(
            "10 MB", .answer(500, body: page), status: 500, error: "answered 500", answer: firstKilobytes),
    ]

    @Test(arguments: faults)
    func itIsRecordedAndWaitedForAndTheNextGoodAnswerDelivers(fault: Fault) async throws {
        let (client, start) = (try HTTPClient(userAgent: "test"), Bench.moment(0))
        defer { client.close() }
        let turn = Counter()
        let peer = try LoopbackPeer { _ in
            turn.next() <= fault.waits.count ? fault.actions : [.answer(204)]
        }
        let bench = try Bench(client: client)
        var judge = try await bench.judge(Self.rules(peer, timeout: fault.timeout))
        try await judge.take(try poll(at: 0, ["a": (1, 99)]))
        try await bench.running(judge) {
            for (index, wait) in fault.waits.enumerated() {
                await bench.lines.contain("delivery failed", count: index + 1)
                // Three in a row: it is probed by one delivery at a time.
                if index == 2 { await bench.lines.contain("webhook failing") }
                let state = try await state(of: bench)
                #expect(state == (index < 2 ? "healthy" : "failing"))
                await bench.pass(seconds: wait) { #expect(peer.requests.count == index + 1) }
            }
            await bench.lines.contain("level=debug msg=delivered")
        }

        let report = try await report(bench)
        #expect(report["state"] as? String == "delivered")
        let attempts = try #require(report["attempts"] as? [[String: Any]])
        let times = fault.waits.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        #expect(attempts.compactMap { $0["at"] as? String } == times.map { "\(Bench.moment(Double($0)))" })
        #expect(attempts.last?["status"] as? Int == 204)
        for attempt in attempts.dropLast() {
            #expect(attempt["status"] as? Int == fault.status)
            #expect(attempt["error"] as? String == fault.error(of: peer))
            #expect(attempt["answer"] as? String == fault.answer)
        }
        let webhook = try #require(try await bench.get("/api/webhooks").list.first)
        #expect(webhook["state"] as? String == "healthy")
        #expect(webhook["last_error"] as? String == fault.error(of: peer))
        #expect(
            webhook["last_failure_at"] as? String == "\(Bench.moment(Double(times.dropLast().last ?? 0)))")
        // The same delivery each time, and nobody was led elsewhere.
        #expect(Set(peer.requests.flatMap { $0.values("webhook-id") }).count == 1)
        #expect(Set(peer.requests.map(\.startLine)) == ["POST /alerts HTTP/1.1"])
        #expect(start == bench.time.now.advanced(by: .seconds(-(times.last ?? 0))))
    }

    @Test func tenMegabytesOfThanksAreNotReadAndSayThatItWasTaken() async throws {
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        let peer = try LoopbackPeer(.answer(200, body: Self.page))
        let bench = try Bench(client: client)
        var judge = try await bench.judge(Self.rules(peer))
        try await judge.take(try poll(at: 0, ["a": (1, 99)]))
        try await bench.running(judge) { await bench.lines.contain("level=debug msg=delivered") }
        let report = try await report(bench)
        let attempts = try #require(report["attempts"] as? [[String: Any]])
        #expect(report["state"] as? String == "delivered" && attempts.count == 1)
        #expect(attempts.first?["answer"] as? String == Self.firstKilobytes)
    }

    @Test func afterA410NothingIsSentUntilAPersonSaysSo() async throws {
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        let turn = Counter()
        let peer = try LoopbackPeer { _ in [.answer(turn.next() == 1 ? 410 : 204)] }
        let bench = try Bench(client: client)
        var judge = try await bench.judge(Self.rules(peer))
        try await judge.take(try poll(at: 0, ["a": (1, 99)]))
        try await bench.running(judge) {
            await bench.lines.contain("webhook disabled")
            let state = try await state(of: bench)
            #expect(state == "disabled")
            bench.time.advance(by: .seconds(86_400))
            bench.service.dispatcher.wake()
            #expect(try await bench.ask("POST", "/api/webhooks/ops/enable").status == 200)
            await bench.lines.contain("level=debug msg=delivered")
        }
        let report = try await report(bench)
        let attempts = try #require(report["attempts"] as? [[String: Any]])
        #expect(attempts.map { $0["error"] as? String } == ["answered 410", nil])
        #expect(peer.requests.count == 2)
        let webhook = try #require(try await bench.get("/api/webhooks").list.first)
        #expect(webhook["state"] as? String == "healthy" && webhook["disabled_at"] is NSNull)
    }

    private static func rules(_ peer: LoopbackPeer, timeout: String = "15s") -> String {
        """
        sources: [{name: fleet, url: "http://fleet.example/metrics", interval: 1s}]
        rules:
          - {name: hot, metric: cpu, window: 1, above: 90}
          - {name: full, metric: mem, window: 1, above: 90, severity: critical}
        webhooks: [{name: ops, url: "\(peer.url)/alerts", timeout: \(timeout), only: {rules: [full]}}]
        """
    }

    private func state(of bench: Bench) async throws -> String? {
        try await bench.get("/api/webhooks").list.first?["state"] as? String
    }

    /// The one delivery of the one incident, as the API shows it.
    private func report(_ bench: Bench) async throws -> [String: Any] {
        let incident = try await bench.get("/api/incidents/1").object
        let reports = try #require(incident["deliveries"] as? [[String: Any]])
        #expect(reports.count == 1)
        return try #require(reports.first)
    }
}

extension ReceiverSocketTests.Fault {
    fileprivate func error(of peer: LoopbackPeer) -> String {
        error.replacing("PEER", with: "127.0.0.1:\(peer.port)")
    }
}

extension Bench {
    /// Lets time go by at the pace of the dispatcher's alarms; `check` holds before each.
    fileprivate func pass(seconds: Int, _ check: () -> Void) async {
        var rest = seconds
        while rest > 0 {
            await time.sleepers(1)
            check()
            let step = min(rest, 30)
            time.advance(by: .seconds(step))
            rest -= step
        }
    }
}
