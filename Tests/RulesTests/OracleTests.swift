import Rules
import Testing

/// The engine against the definition in its plainest words, on random series.
@Suite struct OracleTests {
    struct Case {
        let size: Int
        let limit: Double
        let clear: Double
        /// Seconds since the poll before, and the value; nil where the machine was not in the poll.
        let steps: [(gap: Int64, value: Double?)]
        let restarts: Set<Int>

        init(_ random: inout SplitMix64) {
            size = Int.random(in: 1...9, using: &random)
            limit = Double(Int.random(in: 30...70, using: &random))
            clear = limit - Double(Int.random(in: 0...20, using: &random))
            steps = (0..<40).map { _ in
                let gap: Int64 = Int.random(in: 0..<12, using: &random) == 0 ? 5 : 1
                let isMissing = Int.random(in: 0..<10, using: &random) == 0
                return (gap, isMissing ? nil : Double.random(in: 0...100, using: &random))
            }
            restarts = Set((0..<2).map { _ in Int.random(in: 0..<40, using: &random) })
        }
    }

    /// The transitions by step: the mean of the last N values since the last gap, ten lines long.
    func naive(_ item: Case) -> [String] {
        var (told, run, isOpen, sinceLast): ([String], [Double], Bool, Int64) = ([], [], false, 0)
        for (step, (gap, value)) in item.steps.enumerated() {
            sinceLast += gap
            guard let value else { continue }
            run = sinceLast > 3 ? [value] : run + [value]
            sinceLast = 0
            guard run.count >= item.size else { continue }
            let mean = run.suffix(item.size).reduce(0, +) / Double(item.size)
            if !isOpen && mean > item.limit {
                (isOpen, told) = (true, told + ["\(step) opened \(mean)"])
            } else if isOpen && mean <= item.clear {
                (isOpen, told) = (false, told + ["\(step) resolved \(mean)"])
            }
        }
        return told
    }

    func engine(_ item: Case) throws -> [String] {
        let rules = [try rule(window: .samples(item.size), .above, item.limit, clear: item.clear)]
        var fleet = Fleet(rules)
        var polls: [Poll] = []
        var (told, time): ([String], Int64) = ([], 0)
        for (step, (gap, value)) in item.steps.enumerated() {
            time += gap
            if item.restarts.contains(step) { fleet.table = restarted(fleet.table, rules, polls, at: time) }
            let cpu = [("steady", 0)] + (value.map { [("a", $0)] } ?? [])
            for event in try fleet.take(cpu, at: time * 1000) {
                told.append(
                    "\(step) \(event.kind == .opened ? "opened" : "resolved") \(event.incident.lastValue)")
            }
            polls.append(try poll(cpu, at: time * 1000))
        }
        return told
    }

    /// A table made anew from what would be stored: the polls of the last horizon and the open incidents.
    func restarted(_ table: SeriesTable, _ rules: [Rule], _ polls: [Poll], at time: Int64) -> SeriesTable {
        let source = table.source
        var machines = MachineIndex()
        for (slot, name) in ["steady", "a"].enumerated()
        where polls.contains(where: { poll in
            (0..<poll.machines.count).contains { poll.machines[$0] == name }
        }) { machines.restore(name, in: Int32(slot)) }
        var fresh = SeriesTable(
            of: source, by: Ruleset(version: 7, rules: rules, sources: [source]), machines: machines,
            open: table.openIncidents)
        let horizon = table.horizon.wholeMilliseconds
        let last = polls.last?.at.milliseconds ?? 0
        for poll in polls where poll.at.milliseconds >= last - horizon - 60_000 { fresh.remember(poll) }
        return fresh
    }

    func poll(_ cpu: [(String, Double)], at milliseconds: Int64) throws -> Poll {
        try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: milliseconds), metrics: ["cpu"],
                machines: NameList(cpu.map(\.0)), values: cpu.map(\.1)))
    }

    @Test func tenThousandRandomCasesAgreeWithANaiveMeanAcrossRestarts() async throws {
        for seed in UInt64(0)..<10_000 {
            // Other tests share the threads.
            if seed.isMultiple(of: 20) { await Task.yield() }
            var random = SplitMix64(seed: seed)
            let item = Case(&random)
            let (expected, got) = (naive(item), try engine(item))
            if expected != got {
                Issue.record("seed \(seed), \(item):\nexpected \(expected)\n     got \(got)")
                return
            }
        }
    }
}

/// A small generator that a seed replays: Sebastiano Vigna's SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
