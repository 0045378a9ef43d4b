import Foundation
import HTTP
import Notifiers
import Rules
import Store
import Synchronization
import TestSupport
import Testing

/// rules.yaml edited again and again while a fleet is polled; each third edit is broken.
@Suite struct EditTests {
    /// With `EDITS` given, by `make edits`, the pause that an edit makes has its budget too: a release binary is asked.
    static let wanted = ProcessInfo.processInfo.environment["EDITS"].flatMap { Int($0) }
    static let edits = wanted ?? 15
    static let machines =
        ProcessInfo.processInfo.environment["MACHINES"].flatMap { Int($0) } ?? (wanted == nil ? 300 : 3000)
    /// Ten polls a second, or as many as leave the machine idle half of the time.
    static let interval = max(100, machines / 30)

    /// The most that may pass between the answer to a poll and the arrival of what it opens: the commit is within.
    static let budget = Duration.milliseconds(50)

    @Test func nothingIsLostAndNothingIsDoubled() async throws {
        let fleet = try BlinkingFleet(machines: Self.machines)
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(Self.rules(fleet, receiver, edit: 0), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        try await gateway.line("rules accepted")
        let reading = Task { try await Self.longestAnswer(of: url) }
        for edit in 1...Self.edits {
            let isBroken = edit.isMultiple(of: 3)
            // An edit a poll: what it may disturb is to happen beside it.
            await fleet.answers()
            let text = Self.rules(fleet, receiver, edit: edit)
            try folder.write(
                isBroken ? text.replacing("window: 3", with: "window: thre") : text, to: "rules.yaml")
            if isBroken {
                try await gateway.line("rules file refused")
                try await gateway.line("fault in the rules file", "'window' must be")
            } else {
                try await gateway.line("rules accepted")
            }
        }
        fleet.calm()
        for _ in 0..<2 { await fleet.answers() }
        while try await get(url + "/api/incidents?status=open&rule=blinks").body != "[]" {}
        while try await !get(url + "/api/webhooks").body.contains(#""pending":0"#) {}
        reading.cancel()
        let answer = try await reading.value
        let versions = try await get(url + "/api/rules/versions?limit=1000").body
        #expect(versions.components(separatedBy: "\"number\":").count - 1 == 1 + Self.edits - Self.edits / 3)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        try check(folder, receiver, fleet)
        let (pause, late) = (Self.longest(receiver, fleet), fleet.latest(every: Self.interval))
        print(
            "edits: \(Self.edits), machines: \(Self.machines), the longest from a poll to what it opened: \(pause), "
                + "the latest poll after its time: \(late), the longest answer of the API: \(answer); "
                + "budget \(Self.budget)")
        if Self.wanted != nil { #expect(max(pause, late, answer) <= Self.budget) }
    }

    /// The longest that a page of the history took, asked for again and again until cancelled.
    private static func longestAnswer(of url: String) async throws -> Duration {
        var longest = Duration.zero
        while !Task.isCancelled {
            let start = ContinuousClock.now
            _ = try await get(url + "/api/incidents?limit=10")
            longest = max(longest, .now - start)
            try? await Task.sleep(for: .milliseconds(5))
        }
        return longest
    }

    /// Each edit changes something else: thresholds, windows that are read from what is stored, messages, the source, and
    /// whether there is a rule; what the fleet does is watched by the same rule in all.
    private static func rules(_ fleet: BlinkingFleet, _ receiver: TestReceiver, edit: Int) -> String {
        let visitors = [
            "", "{name: visitor, metric: cpu, window: \(5 + edit % 40), above: 5000}",
            "{name: visitor, metric: cpu, window: \(3 + edit % 30)s, above: 5000, machines: [\"m1*\"]}",
            "{name: visitor, metric: cpu, window: 2, above: 5000, for: \(edit % 20)s}",
            "{name: visitor, missing: \(2 + edit % 3)}",
        ]
        let visitor = visitors[edit % visitors.count]
        return """
            # edit \(edit)
            sources:
              - name: fleet
                url: "\(fleet.url)"
                interval: \(interval)ms
                max_gap: \(edit % 8 == 7 ? 20 : 10)s
                json: {metrics: {cpu: cpu}}
                labels: {edit: "\(edit / 4)"}
            rules:
              - {name: blinks, metric: cpu, window: 1, above: 500, severity: critical, message: "edit \(edit / 2)"}
              - {name: calm, metric: cpu, window: 3, above: \(3000 + edit)}
            \(visitor.isEmpty ? "" : "  - \(visitor)")
            webhooks:
              - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
            server: {listen: "127.0.0.1:0"}
            """
    }

    /// The stored samples say what should have opened; it did once each, and the receiver was told of it once.
    private func check(
        _ folder: TemporaryFolder, _ receiver: TestReceiver, _ fleet: BlinkingFleet
    ) throws {
        let reader = try StoreReader(path: folder.database)
        let samples = try reader.samples(
            of: "m0", "cpu", source: "fleet", from: Timestamp(milliseconds: 0), to: now())
        // One that the machine is in breach in while its incident is open opens none: where a poll between was not taken.
        let values = samples.map(\.value)
        let breaches = zip(values, [0] + values).filter { $0 > 500 && $1 <= 500 }.map(\.0)
        print("edits: \(fleet.answered.count) polls answered, \(samples.count) of them taken")
        #expect(breaches.count >= Self.edits / 3)
        var query = IncidentQuery()
        (query.rule, query.limit) = ("blinks", 1000)
        var incidents: [Incident] = []
        while true {
            let (page, more) = try reader.incidents(matching: query)
            incidents += page
            guard more else { break }
            query.before = page.last?.id
        }
        #expect(incidents.map(\.value).sorted() == breaches.sorted())
        #expect(Set(breaches).count == breaches.count)
        let told = receiver.webhooks.compactMap(Self.opened)
        #expect(told.sorted() == breaches.sorted(), "each was told once")
        #expect(receiver.webhooks.allSatisfy { $0.check == .ok })
    }

    /// The value of the incident whose opening a webhook tells of; nil for any other.
    private static func opened(_ webhook: TestReceiver.Webhook) -> Double? {
        guard let json = try? JSONValue(webhook.body), json["type"]?.text == "incident.opened",
            let incident = json["data"]?["incident"], incident["rule"]?.text == "blinks"
        else { return nil }
        return incident["value"]?.number
    }

    private static func longest(_ receiver: TestReceiver, _ fleet: BlinkingFleet) -> Duration {
        let answered = fleet.answered
        return receiver.webhooks.compactMap { webhook in
            opened(webhook).flatMap { answered[$0] }.map { webhook.at - $0 }
        }.max() ?? .zero
    }
}

/// A fleet of which one machine is in breach in every other answer, each time with a value of its own.
private final class BlinkingFleet: Sendable {
    private struct State {
        var isCalm = false
        var count = 0
        var answered: [Double: ContinuousClock.Instant] = [:]
    }

    private final class Box: Sendable {
        let state = Mutex(State())
        let changes = Mailbox<Void>()
    }

    private let box = Box()
    private let server: HTTPServer

    init(machines: Int) throws {
        let others = (1..<machines).map { #",{"machine_ip":"m\#($0)","cpu":10}"# }.joined() + "]"
        let box = box
        server = try HTTPServer(.init()) { _ in
            let value = box.state.withLock { state in
                state.count += 1
                let isBreaching = state.count.isMultiple(of: 2) && !state.isCalm
                let value = isBreaching ? Double(1000 + state.count) : Double(state.count) / 1e6
                state.answered[value] = .now
                return value
            }
            box.changes.put(())
            let body = #"[{"machine_ip":"m0","cpu":\#(value)}"# + others
            return .now(.init(fields: ["content-type": "application/json"], body: Array(body.utf8)))
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)/metrics" }

    /// When each value of the one machine was answered.
    var answered: [Double: ContinuousClock.Instant] { box.state.withLock(\.answered) }

    /// How much later than its time the latest poll came.
    func latest(every milliseconds: Int) -> Duration {
        let times = answered.values.sorted()
        let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
        return longest - .milliseconds(milliseconds)
    }

    /// Returns with the next answer, or when the test is called off.
    func answers() async {
        let count = box.state.withLock(\.count)
        while box.state.withLock(\.count) == count, await box.changes.take() != nil {}
    }

    func calm() { box.state.withLock { $0.isCalm = true } }
}
