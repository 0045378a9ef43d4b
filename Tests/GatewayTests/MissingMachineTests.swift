import Rules
import TestSupport
import Testing

@testable import Collector
@testable import Gateway
@testable import Store

/// Rules for missing machines over a real database.
@Suite(.timeLimit(.minutes(5))) struct MissingMachineTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func file(_ rules: String, maxMachines: Int = 100) -> String {
        """
        sources:
          - {name: fleet, url: "http://fleet.example/metrics", interval: 1s, max_machines: \(maxMachines)}
        rules: [\(rules)]
        webhooks: [{name: ops, url: "http://ops.example/alerts"}]
        """
    }

    /// Random presence, restarts and reloads against a count in plain words.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func countsPollsThroughRestartsAndReloads(seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        let limits = [1, 2, 3, 5]
        var limit = 3
        func yaml() -> String { Self.file("{name: gone, missing: \(limit)}") }
        var life = try await Life(folder, yaml())
        var missed: [String: Int] = [:]
        var open: Set<String> = []
        for second in 1...80 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: try await life.restart(with: yaml())
            case 1:
                limit = limits.randomElement(using: &random) ?? 3
                _ = try await life.adopt(yaml())
            case 2:
                limit = limits.randomElement(using: &random) ?? 3
                try await life.restart(with: yaml())
            default: break
            }
            let present = ["a", "b", "c", "d"].filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
            var expected: Set<String> = []
            for machine in present {
                missed[machine] = 0
                if open.remove(machine) != nil { expected.insert("incident.resolved \(machine)") }
            }
            for machine in missed.keys where !present.contains(machine) {
                missed[machine, default: 0] += 1
                if missed[machine, default: 0] >= limit, open.insert(machine).inserted {
                    expected.insert("incident.opened \(machine)")
                }
            }
            let poll = try #require(
                Poll(
                    source: "fleet", at: Bench.moment(Double(second)), metrics: ["cpu"],
                    machines: NameList(present), values: present.map { _ in 1 }))
            let taken = try await life.take(poll)
            #expect(
                Set(taken.events.map { "\($0.kind.rawValue) \($0.incident.machine)" }) == expected,
                "poll \(second)")
        }
    }

    @Test func theSlotOfAForgottenMachineSaysNothingOfTheNextOne() async throws {
        let yaml = Self.file("{name: no-mem, missing: 1, metric: mem}", maxMachines: 1)
        var life = try await Life(folder, yaml)
        _ = try await life.take(try poll(at: 1, ["a": (1, 1)]))
        // a is long silent, so b has its slot; b never had a mem.
        _ = try await life.take(try poll(at: 10, ["b": (1, .nan)]))
        try await life.restart()
        #expect(try await life.take(try poll(at: 11, ["b": (1, .nan)])).events.isEmpty)
    }

    @Test func anEmptyPlaceEndsTheIncidentOnDiskToo() async throws {
        let yaml = Self.file("{name: gone, missing: 1}", maxMachines: 1)
        var life = try await Life(folder, yaml)
        _ = try await life.take(try poll(at: 1, ["a": (1, 1)]))
        _ = try await life.take(try poll(at: 10, [:]))
        #expect(try await life.store.told() == ["opened gone a"])
        try await life.restart()
        _ = try await life.take(try poll(at: 20, ["b": (1, 1)]))
        #expect(try await life.store.told() == ["opened gone a", "resolved gone a"])
        #expect(try await life.store.incident(1)?.resolution == .machineForgotten)
    }

    /// A source that fails, or of whose response nothing is understood, is one incident of its own.
    @Test func pollsThatFailCountForNoMachine() async throws {
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge(Self.file("{name: gone, missing: 2}"))) {
            let first = try poll(at: 1, ["a": (1, 1)])
            bench.receive(.success(.init(poll: first)))
            let refusal = Refusal(place: .record(0), field: "machine_ip", value: "", reason: .machineEmpty)
            let nothing = try poll(at: 2, [:])
            for _ in 0..<3 {
                bench.receive(.success(.init(poll: nothing, refusals: [refusal], refusedCount: 1)))
            }
            await bench.network.sent(1)
            for second in [5.0, 6] {
                bench.receive(.success(.init(poll: try poll(at: second, ["b": (1, 1)]))))
            }
            await bench.network.sent(3)
        }
        #expect(
            bench.network.told == [
                "ops incident.opened fleet", "ops incident.resolved fleet", "ops incident.opened a",
            ])
    }
}

extension Bench {
    fileprivate func receive(_ result: Result<PollOutcome.Reading, SourceFailure>) {
        service.receive(
            PollOutcome(source: "fleet", startedAt: time.now, duration: .zero, result: result))
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
