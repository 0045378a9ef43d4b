import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// Random lives of a gateway in which silences, stronger incidents and flapping hold back whatever they can.
@Suite(.timeLimit(.minutes(2))) struct HoldOracleTests {
    private static let files = [
        rules(
            group: ", group: heat", inhibits: ", inhibits: [memory]",
            flapping: ", flapping: hold after 2 changes in 1m"),
        rules(group: ", group: heat", inhibits: "", flapping: ", flapping: {changes: 4, in: 2m, steady: 5s}"),
        rules(group: "", inhibits: ", inhibits: [warm, memory]", flapping: ""),
        rules(group: "", inhibits: "", flapping: ""),
    ]

    private static func rules(group: String, inhibits: String, flapping: String) -> String {
        """
        sources: [{name: fleet, url: "http://fleet.example/metrics", interval: 1s, max_gap: 1h}]
        rules:
          - {name: warm, metric: cpu, window: 1, above: 80, severity: warning\(group)\(flapping)}
          - {name: hot, metric: cpu, window: 1, above: 95, severity: critical\(group)\(inhibits)}
          - {name: memory, metric: mem, window: 1, above: 90\(flapping)}
        webhooks:
          - {name: ops, url: "http://ops.example/alerts"}
          - {name: night, url: "http://night.example/alerts", only: {severity: [critical]}}
        """
    }

    @Test(arguments: 1...20)
    func whatIsToldAlternatesAndEndsWithTheTruth(seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        let (folder, time) = (try TemporaryFolder(), ManualTime())
        var life = try await Life(folder, Self.files[0], now: { time.now })
        var silences: [Int64] = []
        for _ in 0..<120 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: try await life.restart()
            case 1: try await life.restart(with: Self.files.randomElement(using: &random) ?? "")
            case 2: _ = try await life.adopt(Self.files.randomElement(using: &random) ?? "")
            case 3:
                var matcher = Matcher()
                matcher.rules = [Glob(["*", "hot", "warm", "memory"].randomElement(using: &random) ?? "")]
                let end = time.now.advanced(by: .seconds(Int.random(in: 1...60, using: &random)))
                let silence = Silence(.made(0), matcher: matcher, schedule: .once(from: time.now, until: end))
                if case .made(let number) = try await life.perform(.silence(silence)).get().silence?.origin {
                    silences.append(number)
                }
            case 4:
                guard let silence = silences.randomElement(using: &random) else { continue }
                _ = try await life.perform(.unsilence(silence)).get()
            case 5:
                let open = try await life.store.openIncidents()
                guard let incident = open.randomElement(using: &random) else { continue }
                _ = try await life.perform(.resolve(incident: incident.id, .init())).get()
            case 6: time.advance(by: .seconds(Int.random(in: 1...90, using: &random)))
            case 7...11: _ = try await life.tick()
            default:
                time.advance(by: .milliseconds(Int.random(in: 1...9000, using: &random)))
                func value() -> (Double, Double) {
                    ([1, 85, 97].randomElement(using: &random) ?? 1, Bool.random(using: &random) ? 95 : 1)
                }
                let second = Bench.moment(0).duration(to: time.now) / .seconds(1)
                _ = try await life.take(try poll(at: second, ["a": value(), "b": value()]))
            }
            try await check(life)
        }
        // Nothing holds any longer.
        _ = try await life.adopt(Self.files[3])
        time.advance(by: .seconds(3600))
        _ = try await life.tick()
        try await check(life)
        let open = try await life.store.openIncidents()
        for webhook in ["ops", "night"] {
            let told = try await life.store.toldState(webhook)
            let wanted = open.filter { webhook == "ops" || $0.severity == .critical }
            #expect(Set(told.filter(\.value.isOpen).values.map(\.incident)) == Set(wanted.map(\.id)))
        }
        let left = try await life.store.heldBack()
        #expect(left.isEmpty)
    }

    private func check(_ life: Life) async throws {
        for webhook in ["ops", "night"] { _ = try await life.store.toldState(webhook) }
    }
}

private struct Told {
    let incident: Int64
    let isOpen: Bool
}

extension StoreWriter {
    /// What a webhook was told last of each rule and machine, its openings and ends in turns.
    fileprivate func toldState(_ webhook: String) throws(StoreError) -> [String: Told] {
        var state: [String: Told] = [:]
        let rows = try db.rows(
            """
            SELECT d.kind, i.rule || ' ' || i.machine, i.id FROM delivery d JOIN incident i ON i.id = d.incident
            WHERE d.webhook = ? AND d.kind IN ('incident.opened', 'incident.resolved') AND i.source = 'fleet'
            ORDER BY d.id
            """, [.text(webhook)]
        ) { ($0.text(0) == "incident.opened", $0.text(1) ?? "", $0.integer(2) ?? 0) }
        for (isOpen, series, incident) in rows {
            let before = state[series]
            #expect(
                before?.isOpen ?? false != isOpen, "\(series): \(incident) \(isOpen ? "opened" : "ended")")
            if !isOpen { #expect(before?.incident == incident) }
            state[series] = Told(incident: incident, isOpen: isOpen)
        }
        return state
    }
}
