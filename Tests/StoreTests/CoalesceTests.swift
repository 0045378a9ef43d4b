import Rules
import TestSupport
import Testing

@testable import Store

@Suite struct CoalesceTests {
    let folder: TemporaryFolder
    let store: StoreWriter
    let now = Timestamp(milliseconds: 5000)

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open(at: 5000)
    }

    func commit(_ kinds: [Event.Kind], late: Bool = true, to webhooks: [String] = ["ops"]) async throws {
        var change = Change(decidedAt: now)
        change.notices = try kinds.map { kind in
            var incident = Incident(
                id: 1, rule: "cpu-high", severity: .critical, machine: "a", source: "fleet", metric: "cpu",
                aggregate: .mean, window: .samples(1), threshold: try #require(Threshold(.above, 85)),
                value: 91, peak: 97, lastValue: 91, message: "", labels: [:], openedAt: now, rulesVersion: 1)
            if kind == .resolved { incident.resolvedAt = now }
            let body = Array(kind.rawValue.utf8)
            let lateBody = kind == .resolved && late ? Array("late".utf8) : nil
            return Notice(
                Event(kind: kind, at: now, incident: incident, evidence: []),
                letters: webhooks.map { Letter(to: $0, body: body, lateBody: lateBody) })
        }
        try await store.commit(change)
    }

    /// Each delivery of the incident: what is sent and, if it is not, the number of the one that replaces it.
    func outbox(_ webhook: String = "ops") throws -> [String] {
        let reader = try StoreReader(path: folder.database, of: store)
        let record = try #require(try reader.record(of: 1))
        return record.deliveries.map(\.delivery).filter { $0.webhook == webhook }.map { delivery in
            let body = String(decoding: delivery.body, as: UTF8.self)
            let by = delivery.supersededBy.map { " by \($0)" } ?? ""
            return "\(body) \(delivery.state.rawValue)\(by)"
        }
    }

    func coalesce(holding held: Set<Int64> = [], retriedOnly: Bool = false) async throws -> Int {
        try await store.coalesce("ops", at: now, holding: held, retriedOnly: retriedOnly)
    }

    func finish(_ delivery: Int64, _ next: Finding.Next) async throws {
        let attempt = Attempt(
            number: 1, at: now, duration: .zero, status: nil, error: nil, answer: [])
        try await store.record([Finding(delivery: delivery, attempt: attempt, next: next)])
    }

    static let o = Event.Kind.opened
    static let m = Event.Kind.reminder
    static let a = Event.Kind.acknowledged
    static let r = Event.Kind.resolved

    @Test(
        arguments: [
            ([o], ["incident.opened pending"]),
            ([o, m], ["incident.opened pending", "incident.reminder pending"]),
            (
                [o, m, m],
                ["incident.opened pending", "incident.reminder superseded by 3", "incident.reminder pending"]
            ),
            (
                [o, m, a],
                [
                    "incident.opened pending", "incident.reminder superseded by 3",
                    "incident.acknowledged pending",
                ]
            ),
            ([o, a], ["incident.opened pending", "incident.acknowledged pending"]),
            ([o, r], ["incident.opened superseded by 2", "late pending"]),
            (
                [o, m, a, m, r],
                [
                    "incident.opened superseded by 5", "incident.reminder superseded by 5",
                    "incident.acknowledged superseded by 5", "incident.reminder superseded by 5",
                    "late pending",
                ]
            ),
        ] as [([Event.Kind], [String])])
    func whatIsOvertakenIsSuperseded(kinds: [Event.Kind], expected: [String]) async throws {
        try await commit(kinds)
        let count = try await coalesce()
        #expect(try outbox() == expected)
        #expect(count == expected.count { $0.contains("superseded") })
        // What was done once is not done again.
        #expect(try await coalesce() == 0)
        #expect(try outbox() == expected)
    }

    @Test func aReceiverThatWasToldOfTheOpeningIsToldOfTheEnd() async throws {
        try await commit([.opened, .reminder, .acknowledged, .resolved])
        try await finish(1, .delivered)
        _ = try await coalesce()
        #expect(
            try outbox() == [
                "incident.opened delivered", "incident.reminder superseded by 4",
                "incident.acknowledged superseded by 4", "incident.resolved pending",
            ])
    }

    @Test func whatIsUnderWayStays() async throws {
        try await commit([.opened, .reminder, .resolved])
        _ = try await coalesce(holding: [1])
        #expect(
            try outbox() == [
                "incident.opened pending", "incident.reminder superseded by 3", "incident.resolved pending",
            ])
        try await finish(1, .retry(at: now))
        _ = try await coalesce()
        #expect(try outbox().first == "incident.opened superseded by 3")
        #expect(try outbox().last == "late pending")
    }

    @Test func whatWasTriedKeepsItsBodyAndWhatItWouldHaveReplaced() async throws {
        try await commit([.opened, .resolved])
        try await finish(2, .retry(at: now))
        #expect(try await coalesce() == 0)
        #expect(try outbox() == ["incident.opened pending", "incident.resolved pending"])
        #expect(try await coalesce(holding: [2]) == 0)
    }

    @Test func withoutALateBodyTheOpeningIsTold() async throws {
        try await commit([.opened, .reminder, .resolved], late: false)
        _ = try await coalesce()
        #expect(
            try outbox() == [
                "incident.opened pending", "incident.reminder superseded by 3", "incident.resolved pending",
            ])
    }

    @Test func aHealthyReceiverIsToldAllButWhatFailedAlready() async throws {
        try await commit([.opened, .resolved])
        #expect(try await coalesce(retriedOnly: true) == 0)
        try await finish(1, .retry(at: now))
        #expect(try await coalesce(retriedOnly: true) == 1)
        #expect(try outbox() == ["incident.opened superseded by 2", "late pending"])
    }

    @Test func otherWebhooksAreNotTouched() async throws {
        try await commit([.opened, .resolved], to: ["ops", "night"])
        #expect(try await store.untold([1, 2])[1]?.webhooks == ["ops", "night"])
        _ = try await coalesce()
        #expect(try outbox() == ["incident.opened superseded by 3", "late pending"])
        #expect(try outbox("night") == ["incident.opened pending", "incident.resolved pending"])
        #expect(try await store.pending() == ["ops": 1, "night": 2])
        #expect(try await store.untold([1])[1]?.webhooks == ["night"])
    }
}
