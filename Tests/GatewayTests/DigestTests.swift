import Foundation
import Notifiers
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

/// A pipeline over a real database, and what stands in its outbox.
struct Line {
    let store: StoreWriter
    let time: ManualTime
    let folder: TemporaryFolder
    var pipeline: Pipeline

    init(_ folder: TemporaryFolder, _ time: ManualTime, _ yaml: String) async throws {
        (self.folder, self.time) = (folder, time)
        store = try StoreWriter(path: folder.database, newInstance: "test", now: { time.now })
        pipeline = try await Pipeline(
            store: store, now: { time.now }, uptime: { .milliseconds(time.now.milliseconds) })
        _ = try await pipeline.adopt(try configuration(yaml))
    }

    /// Polls the machines `first` to `last`, each with the memory `mem`, which is too much above 90.
    @discardableResult
    mutating func poll(_ machines: ClosedRange<Int>, mem: Double) async throws -> Taken {
        let poll = try #require(
            Poll(
                source: "fleet", at: time.now, metrics: ["mem"],
                machines: NameList(machines.map { "m\($0)" }), values: machines.map { _ in mem }))
        return try await pipeline.take(poll)
    }

    /// Lets the time pass second by second, as a running gateway does.
    @discardableResult
    mutating func tick(_ seconds: Int) async throws -> [Taken] {
        var taken: [Taken] = []
        for _ in 0..<seconds {
            time.advance(by: .seconds(1))
            taken.append(try await pipeline.tick())
        }
        return taken
    }

    func deliveries(_ webhook: String) throws -> [Delivery] {
        var query = DeliveryQuery()
        (query.webhook, query.after, query.limit) = (webhook, 0, 1000)
        return try StoreReader(path: folder.database, of: store).deliveries(matching: query).page
    }

    /// The states of the deliveries to a webhook, each with how many there are.
    func states(_ webhook: String) throws -> [String: Int] {
        Dictionary(try deliveries(webhook).map { ("\($0.kind) \($0.state)", 1) }, uniquingKeysWith: +)
    }

    func digests(_ webhook: String) throws -> [[String: Any]] {
        try deliveries(webhook).filter { $0.kind == Digest.kind }.map { delivery in
            let json = try JSONSerialization.jsonObject(with: Data(delivery.body)) as? [String: Any]
            return try #require(json?["data"] as? [String: Any])
        }
    }

    /// Has an attempt at each delivery that is due succeed or fail.
    func attempt(_ webhook: String, _ next: (Delivery) -> Finding.Next) async throws -> [String] {
        var told: [String] = []
        for delivery in try await store.due(for: webhook, at: time.now, holding: [], limit: 1000) {
            let attempt = Attempt(
                number: delivery.attempts + 1, at: time.now, duration: .zero, status: 200, error: nil,
                answer: [])
            try await store.record([
                Finding(delivery: delivery.id, attempt: attempt, next: next(delivery))
            ])
            told.append("\(delivery.kind) \(delivery.incident ?? 0)")
        }
        return told
    }

    func deliver(_ webhook: String) async throws -> [String] {
        try await attempt(webhook) { _ in .delivered }
    }
}

@Suite(.timeLimit(.minutes(5))) struct DigestTests {
    static func rules(_ digest: String = "digest: {over: 30/m}", severity: String = "warning") -> String {
        """
        sources:
          - {name: fleet, url: "http://fleet.example/metrics", interval: 1s, max_gap: 1h, max_machines: 1000}
        rules:
          - {name: memory-high, metric: mem, window: 1, above: 90, clear: 80, severity: \(severity)}
          - {name: memory-out, metric: mem, window: 1, above: 98, severity: critical}
        webhooks:
          - {name: ops, url: "http://ops.example/alerts", \(digest)}
          - {name: all, url: "http://all.example/alerts"}
        """
    }

    @Test func aStormIsToldByOneDigestUpdatedEachMinuteAndClosed() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...400, mem: 95)
        #expect(try line.states("ops") == ["incident.opened superseded": 400, "incident.digest pending": 1])
        #expect(try line.states("all") == ["incident.opened pending": 400])
        let first = try #require(try line.digests("ops").first)
        #expect(first["summary"] as? String == "400 incidents: memory-high 400")
        #expect(first["last"] as? Bool == false && first["severity"] as? String == "warning")
        let digest = try #require(try line.deliveries("ops").last)
        #expect(try line.deliveries("ops").dropLast().allSatisfy { $0.supersededBy == digest.id })
        _ = try await line.deliver("ops")

        // One that is critical comes while it lasts, and shows first; no update before the minute is over.
        try await line.tick(30)
        try await line.poll(401...440, mem: 99)
        try await line.tick(29)
        #expect(try line.states("ops")["incident.opened held"] == 80)
        #expect(try line.digests("ops").count == 1)
        try await line.tick(1)
        #expect(try line.states("ops")["incident.opened superseded"] == 480)
        let second = try #require(try line.digests("ops").last)
        #expect(second["summary"] as? String == "480 incidents: memory-out 40, memory-high 440")
        #expect(second["severity"] as? String == "critical" && second["last"] as? Bool == false)
        #expect((second["severities"] as? [String: Int]) == ["critical": 40, "warning": 440])
        _ = try await line.deliver("ops")

        try await line.tick(60)
        let last = try #require(try line.digests("ops").last)
        #expect(try line.digests("ops").count == 3)
        #expect(last["last"] as? Bool == true && last["opened"] as? Int == 480 && last["open"] as? Int == 480)
        try await line.tick(120)
        #expect(try line.digests("ops").count == 3)
        // It is over: the next event is told by itself again.
        try await line.poll(1...1, mem: 50)
        #expect(try line.states("ops")["incident.resolved pending"] == 1)
    }

    @Test func theRateIsCountedOverTheLastMinuteAndAcrossARestart() async throws {
        let (folder, time) = (try TemporaryFolder(), ManualTime())
        do {
            var line = try await Line(folder, time, Self.rules())
            try await line.poll(1...20, mem: 95)
            try await line.tick(59)
            // The 30th of the minute is told by itself.
            try await line.poll(21...30, mem: 95)
            #expect(try line.states("ops") == ["incident.opened pending": 30])
        }
        // The 31st is not, though the process that told the others is gone.
        var line = try await Line(folder, time, Self.rules())
        try await line.poll(31...31, mem: 95)
        #expect(
            try line.states("ops") == [
                "incident.opened pending": 30, "incident.opened superseded": 1, "incident.digest pending": 1,
            ])

        var other = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await other.poll(1...30, mem: 95)
        try await other.tick(60)
        try await other.poll(31...60, mem: 95)
        #expect(try other.states("ops") == ["incident.opened pending": 60])
    }

    @Test func aRestartInTheMiddleOfAStormGoesOnWithIt() async throws {
        let (folder, time) = (try TemporaryFolder(), ManualTime())
        let start = time.now
        do {
            var line = try await Line(folder, time, Self.rules())
            try await line.poll(1...100, mem: 95)
            try await line.tick(20)
            try await line.poll(101...150, mem: 95)
        }
        time.advance(by: .seconds(300))
        var line = try await Line(folder, time, Self.rules())
        try await line.tick(1)
        let digests = try line.digests("ops")
        #expect(digests.count == 2)
        #expect(digests.last?["opened"] as? Int == 150 && digests.last?["last"] as? Bool == true)
        #expect(digests.last?["since"] as? String == "\(start)")
        #expect(try line.states("ops")["incident.opened held"] == nil)
        #expect(try await line.store.storms().isEmpty)
    }

    @Test func whatOpenedBeforeAStormAndEndsInItIsToldAsResolved() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...2, mem: 95)
        // The one arrived, the other's opening still waits when the digest says that it is over.
        let due = try await line.store.due(for: "ops", at: line.time.now, holding: [], limit: 1)
        let attempt = Attempt(
            number: 1, at: line.time.now, duration: .zero, status: 200, error: nil, answer: [])
        try await line.store.record([Finding(delivery: due[0].id, attempt: attempt, next: .delivered)])
        try await line.tick(61)
        try await line.poll(3...60, mem: 95)
        try await line.tick(5)
        try await line.poll(1...2, mem: 50)
        try await line.tick(55)
        let last = try #require(try line.digests("ops").last)
        #expect(last["ended"] as? [String] == ["memory-high on m1", "memory-high on m2"])
        #expect(last["opened"] as? Int == 58 && last["resolved"] as? Int == 2)
        #expect(try await line.deliver("ops") == ["incident.digest 0"])
    }

    /// The digest is not overtaken by what it must come before.
    @Test func aDigestThatWaitsIsToldBeforeTheEndOfWhatItTellsOf() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...40, mem: 95)
        let later = line.time.now.advanced(by: .seconds(300))
        _ = try await line.attempt("ops") { _ in .retry(at: later) }
        try await line.tick(60)
        // The last digest stands for the first one, which did not arrive.
        #expect(
            try line.states("ops") == [
                "incident.opened superseded": 40, "incident.digest superseded": 1,
                "incident.digest pending": 1,
            ])
        let last = try #require(try line.deliveries("ops").last)
        #expect(try line.deliveries("ops").dropLast().allSatisfy { $0.supersededBy == last.id })
        _ = try await line.attempt("ops") { _ in .retry(at: later) }
        try await line.poll(7...7, mem: 50)
        #expect(try await line.deliver("ops").isEmpty)
        #expect(try await line.store.nextDue(for: "ops", holding: []) == later)
        try await line.store.releaseBacklog(of: "ops", at: line.time.now)
        #expect(try await line.deliver("ops") == ["incident.digest 0"])
        #expect(try await line.deliver("ops") == ["incident.resolved 7"])
    }

    @Test func digestsThatAreTurnedOffReleaseWhatWasHeld() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...40, mem: 95)
        try await line.poll(41...50, mem: 95)
        #expect(try line.states("ops")["incident.opened held"] == 10)
        _ = try await line.pipeline.adopt(try configuration(Self.rules("digest: off")))
        #expect(try line.states("ops")["incident.opened pending"] == 10)
        #expect(try await line.store.storms().isEmpty)
    }

    @Test func anEventThatADigestToldOfCanBeSentByItself() async throws {
        var line = try await Line(try TemporaryFolder(), ManualTime(), Self.rules())
        try await line.poll(1...40, mem: 95)
        let first = try #require(try line.deliveries("ops").first)
        guard case .success = try await line.pipeline.perform(.replay(delivery: first.id)) else {
            Issue.record("refused")
            return
        }
        #expect(try await line.deliver("ops").contains("incident.opened 1"))
        // A trial is no event, and is not held.
        _ = try await line.pipeline.perform(.test(webhook: "ops", by: nil))
        #expect(try line.states("ops")["webhook.test pending"] == 1)
    }

    @Test func theAPIShowsTheStormAndWhatIsHeld() async throws {
        let bench = try Bench()
        var judge = try await bench.judge(Self.rules())
        for machines in [1...40, 41...45] {
            let names = machines.map { "m\($0)" }
            try await judge.take(
                try #require(
                    Poll(
                        source: "fleet", at: Bench.moment(Double(machines.count)), metrics: ["mem"],
                        machines: NameList(names), values: names.map { _ in 95 })))
        }
        let ops = try #require(try await bench.get("/api/webhooks").list.first)
        #expect(ops["storm_since"] as? String == "\(bench.time.now)" && ops["held"] as? Int == 5)
        #expect(ops["fallback"] is NSNull && ops["fallback_since"] is NSNull)
        let held = try await bench.get("/api/deliveries?webhook=ops&state=held").list
        #expect(held.count == 5)
        let told = try await bench.get("/api/deliveries?webhook=ops&state=superseded").list
        #expect(told.count == 40 && told.allSatisfy { $0["superseded_by"] is Int })
        #expect(bench.lines.all(.info).contains { $0.contains("storm; told by digests") })
    }
}
