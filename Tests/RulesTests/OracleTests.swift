import FoundationEssentials
import Rules
import Testing

/// The engine against the definition in its plainest words, on random series.
@Suite struct OracleTests {
    struct Case {
        let aggregate: Aggregate
        let window: WindowSpan
        let threshold: Threshold
        let within: Int64
        let holdFor: Int64
        let keepOpen: Int64
        /// Seconds since the poll before, and the value; nil where the machine was not in the poll.
        let steps: [(gap: Int64, value: Double?)]
        let restarts: Set<Int>

        init(_ random: inout SplitMix64) throws {
            aggregate = try #require(Aggregate.allCases.randomElement(using: &random))
            let isMean = aggregate.isOneSampleEnough
            window =
                Bool.random(using: &random)
                ? .samples(Int.random(in: (isMean ? 1 : 2)...9, using: &random))
                : .duration(.seconds(Int.random(in: 1...9, using: &random)))
            within = aggregate == .forecast ? Int64.random(in: 1...20, using: &random) : 0
            threshold = try Self.threshold(of: aggregate, window, &random)
            holdFor = Bool.random(using: &random) ? 0 : Int64.random(in: 1...6, using: &random)
            keepOpen = Bool.random(using: &random) ? 0 : Int64.random(in: 1...6, using: &random)
            steps = (0..<60).map { _ in
                let gap: Int64 = Int.random(in: 0..<12, using: &random) == 0 ? 5 : 1
                let isMissing = Int.random(in: 0..<10, using: &random) == 0
                return (gap, isMissing ? nil : Double.random(in: 0...100, using: &random))
            }
            restarts = Set((0..<3).map { _ in Int.random(in: 0..<60, using: &random) })
        }

        private static func threshold(
            of aggregate: Aggregate, _ window: WindowSpan, _ random: inout SplitMix64
        ) throws -> Threshold {
            var scale = 1.0
            if aggregate == .sum { scale = 4 }
            if aggregate == .rate { scale = 0.8 }
            let limit = scale * Double(Int.random(in: 30...70, using: &random))
            let room = scale * Double(Int.random(in: 0...20, using: &random))
            if aggregate == .forecast {
                return try Bool.random(using: &random)
                    ? #require(Threshold(.reach, limit, clear: limit - room))
                    : #require(Threshold(.fallTo, limit, clear: limit + room))
            }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: return try #require(Threshold(.above, limit, clear: limit - room))
            case 1: return try #require(Threshold(.below, limit, clear: limit + room))
            default:
                let lower = limit - 30 * scale
                return try #require(
                    Threshold(outside: lower, limit, clear: (lower + room / 4, limit - room / 4)))
            }
        }

        var rule: Rule {
            Rule(
                name: "r", metric: "cpu", aggregate: aggregate, window: window, threshold: threshold,
                within: .seconds(within), holdFor: .seconds(holdFor), keepOpen: .seconds(keepOpen))
        }
    }

    func engine(_ item: Case) throws -> [String] {
        let rules = [item.rule]
        var fleet = Fleet(rules)
        var polls: [Poll] = []
        var (told, time): ([String], Int64) = ([], 0)
        for (step, (gap, value)) in item.steps.enumerated() {
            time += gap
            if item.restarts.contains(step) { fleet.table = restarted(fleet.table, rules, polls, at: time) }
            let cpu = [("steady", 0)] + (value.map { [("a", $0)] } ?? [])
            for event in try fleet.take(cpu, at: time * 1000) where event.incident.machine == "a" {
                told.append(
                    "\(step) \(event.kind == .opened ? "opened" : "resolved") \(event.incident.lastValue.shown)"
                )
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
        for poll in polls where poll.at.milliseconds >= last - horizon { fresh.remember(poll) }
        return fresh
    }

    func poll(_ cpu: [(String, Double)], at milliseconds: Int64) throws -> Poll {
        try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: milliseconds), metrics: ["cpu"],
                machines: NameList(cpu.map(\.0)), values: cpu.map(\.1)))
    }

    /// Ten for each life of the simulation, of which the sanitizers ask for fewer.
    private static let cases = (ProcessInfo.processInfo.environment["SEEDS"].flatMap { Int($0) } ?? 1000) * 10

    @Test func randomCasesAgreeWithANaiveOracleAcrossRestarts() async throws {
        var (told, opened): (Int, Set<Aggregate>) = (0, [])
        for seed in 0..<UInt64(Self.cases) {
            // Other tests share the threads.
            if seed.isMultiple(of: 20) { await Task.yield() }
            var random = SplitMix64(seed: seed)
            let item = try Case(&random)
            let (expected, got) = (Naive(item).transitions, try engine(item))
            if expected != got {
                Issue.record("seed \(seed), \(item):\nexpected \(expected)\n     got \(got)")
                return
            }
            told += got.count
            if !got.isEmpty { opened.insert(item.aggregate) }
        }
        #expect(told > Self.cases * 3 / 10, "cases in which nothing happens show nothing")
        #expect(opened.count == Aggregate.allCases.count)
    }
}

extension Aggregate {
    var isOneSampleEnough: Bool { self != .rate && self != .forecast }
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
