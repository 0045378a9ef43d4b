import Foundation
import HTTP
import Notifiers
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct FallbackTests {
    static func rules(_ more: String = "") -> String {
        """
        sources:
          - {name: fleet, url: "http://fleet.example/metrics", interval: 1s, max_gap: 1d, max_machines: 1000}
        rules:
          - {name: warm, metric: mem, window: 1, above: 90, clear: 80, severity: warning}
          - {name: hot, metric: mem, window: 1, above: 95, clear: 80, severity: critical}
        webhooks:
          - {name: ops, url: "http://ops.example/alerts", fallback: pager, fallback_after: 10m\(more)}
          - {name: pager, url: "http://pager.example/alerts", only: {rules: [gateway.*]}}
        """
    }

    /// Writes down that a receiver has only failed since then, or does not fail.
    func fail(_ line: Line, _ webhook: String = "ops", since: Timestamp?) async throws {
        var endpoint = Endpoint(webhook)
        endpoint.failingSince = since
        try await line.store.record([], endpoints: [endpoint])
    }

    /// The type, incident and mark of each delivery to the fallback.
    func told(_ line: Line, _ webhook: String = "pager") throws -> [String] {
        try line.deliveries(webhook).map { delivery in
            let json = try JSONSerialization.jsonObject(with: Data(delivery.body)) as? [String: Any]
            let data = try #require(json?["data"] as? [String: Any])
            let mark = (data["instead_of"] as? [String: Any])?["webhook"] as? String
            return "\(delivery.kind) \(delivery.incident ?? 0)" + (mark.map { " instead of \($0)" } ?? "")
        }
    }

    @Test func criticalEventsOfALongFailingWebhookGoToItsFallbackOnceEach() async throws {
        let (folder, time) = (try TemporaryFolder(), ManualTime())
        let start = time.now
        do {
            var line = try await Line(folder, time, Self.rules())
            try await line.poll(1...1, mem: 99)
            try await fail(line, since: start)
            try await line.tick(599)
            #expect(try told(line).isEmpty)
            // What still waits when the time is up is what nobody has heard of; the warning is not passed on.
            try await line.tick(1)
            #expect(try told(line) == ["incident.opened 2 instead of ops"])
            try await line.poll(2...2, mem: 99)
            try await line.tick(2)
            #expect(try told(line).last == "incident.opened 4 instead of ops")
        }
        // A restart tells nothing anew.
        var line = try await Line(folder, time, Self.rules())
        try await line.tick(3)
        #expect(try told(line).count == 2)
        let passed = try line.deliveries("ops").filter { $0.fallbackBy != nil }
        #expect(passed.map(\.incident) == [2, 4])
        #expect(passed.map(\.fallbackBy) == (try line.deliveries("pager")).map(\.id))

        // The receiver is back; what the fallback was told of ends there too, and nothing else reaches it.
        try await fail(line, since: nil)
        try await line.poll(1...2, mem: 50)
        try await line.poll(3...3, mem: 99)
        try await line.tick(2)
        #expect(
            try told(line) == [
                "incident.opened 2 instead of ops", "incident.opened 4 instead of ops", "incident.resolved 2",
                "incident.resolved 4",
            ])
        #expect(try await line.deliver("pager") == ["incident.opened 2", "incident.opened 4"])
        #expect(try await line.deliver("pager") == ["incident.resolved 2", "incident.resolved 4"])
    }

    /// Whoever was told of the beginning is told of the end, though by then nobody stands in for anybody.
    @Test func anEditDoesNotKeepTheEndFromTheFallback() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...1, mem: 99)
        try await fail(line, since: line.time.now)
        try await line.tick(600)
        let alone = Self.rules().replacing(", fallback: pager, fallback_after: 10m", with: "")
        _ = try await line.pipeline.adopt(try configuration(alone))
        try await line.poll(1...1, mem: 50)
        #expect(try told(line) == ["incident.opened 2 instead of ops", "incident.resolved 2"])
    }

    @Test func aDisabledWebhookCountsAsFailing() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.store.disable("ops", url: "", why: "it answered 410 Gone", at: line.time.now)
        try await line.poll(1...1, mem: 99)
        try await line.tick(599)
        #expect(try told(line).isEmpty)
        try await line.tick(1)
        #expect(try told(line) == ["incident.opened 2 instead of ops"])
    }

    @Test func aLateNoteIsPassedOnAsOne() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...1, mem: 99)
        try await line.poll(1...1, mem: 50)
        try await line.store.coalesce("ops", at: line.time.now, holding: [], retriedOnly: false)
        try await fail(line, since: line.time.now)
        try await line.tick(600)
        #expect(try told(line) == ["incident.late 2 instead of ops"])
    }

    /// Two that stand in for each other: each is told of what the other was not, and nothing goes in circles.
    @Test func twoThatFailBothTellEachOtherOnce() async throws {
        let yaml = Self.rules().replacing(
            "only: {rules: [gateway.*]}}", with: "fallback: ops, fallback_after: 10m, only: {machines: [m7]}}"
        )
        var line = try await Line(try TemporaryFolder(), ManualTime(), yaml)
        try await line.poll(1...1, mem: 99)
        try await line.poll(7...7, mem: 99)
        try await fail(line, since: line.time.now)
        try await fail(line, "pager", since: line.time.now)
        try await line.tick(610)
        // Of machine m7 both know by themselves.
        #expect(
            try told(line) == ["incident.opened 3", "incident.opened 4", "incident.opened 2 instead of ops"])
        #expect(try line.deliveries("ops").count == 4)
        #expect(try line.deliveries("ops").filter { $0.fallbackBy != nil }.map(\.incident) == [2, 4])
    }

    @Test func whatADigestThatWaitsTellsOfIsPassedOnToo() async throws {
        let yaml = Self.rules(", digest: {over: 10/m}")
        var line = try await Line(try TemporaryFolder(), ManualTime(), yaml)
        try await line.poll(1...20, mem: 99)
        try await line.poll(21...22, mem: 99)
        try await fail(line, since: line.time.now.advanced(by: .seconds(-595)))
        #expect(try line.states("ops")["incident.opened held"] == 4)
        try await line.tick(5)
        let told = try told(line)
        #expect(told.count == 22 && Set(told).count == 22)
        try await line.tick(120)
        #expect(try self.told(line).count == 22)
    }

    /// The fallback's own digest holds for what it is told in place of others.
    @Test func aFallbackIsToldOfAStormByItsOwnDigest() async throws {
        let yaml = Self.rules().replacing("only: {rules", with: "digest: {over: 5/m}, only: {rules")
        var line = try await Line(try TemporaryFolder(), ManualTime(), yaml)
        try await line.poll(1...50, mem: 99)
        try await fail(line, since: line.time.now)
        try await line.tick(600)
        #expect(
            try line.states("pager") == ["incident.opened superseded": 50, "incident.digest pending": 1])
        #expect(try line.digests("pager").first?["severity"] as? String == "critical")
    }

    /// Over the dispatcher, which finds out by itself that the receiver fails.
    @Test func theAPIAndTheLogShowTheFallback() async throws {
        let bench = try Bench { request, _ in .status(request.url.contains("ops") ? 500 : 204) }
        var judge = try await bench.judge(Self.rules())
        try await judge.take(try poll(at: 1, ["a": (1, 99), "b": (1, 99)]))
        try await bench.running(judge) {
            await bench.lines.contain("webhook failing")
            bench.time.advance(by: .seconds(601))
            while !bench.network.told.contains("pager incident.opened b") {
                bench.service.inbox.tick()
                await Task.yield()
            }
        }
        #expect(bench.lines.all().contains { $0.contains("critical events go to the fallback") })
        let ops = try #require(try await bench.get("/api/webhooks").list.first)
        #expect(ops["fallback"] as? String == "pager")
        #expect(ops["fallback_since"] as? String == "\(Bench.moment(600))")
        let passed = try await bench.get("/api/deliveries?webhook=ops").list.filter {
            $0["fallback_by"] is Int
        }
        #expect(passed.count == 2)
    }
}
