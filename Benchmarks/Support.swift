import Glibc
import Rules

/// A source of many machines, and polls of it.
struct Fleet {
    let table: SeriesTable
    let names: NameList
    let metrics: [String]
    private let watched: Int

    /// With a rule for the first metric, or one for each when all are `watched`.
    init(machines: Int, metrics: [String], watched: Bool = false, maxGap: Duration = .seconds(3600)) throws {
        let source = ObservedSource(
            name: "fleet", metrics: metrics, maxGap: maxGap, maxMachines: 2_000_000)
        self.watched = watched ? metrics.count : 1
        table = SeriesTable(of: source, by: try Self.ruleset(of: source, watched: self.watched))
        names = NameList((0..<machines).map { "10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)" })
        self.metrics = metrics
    }

    /// The rules with another limit, and another window for the first metric.
    func ruleset(above limit: Double, window: Int = 3) throws -> Ruleset {
        try Self.ruleset(of: table.source, watched: watched, above: limit, window: window)
    }

    private static func ruleset(
        of source: ObservedSource, watched: Int, above limit: Double = 85, window: Int = 3
    ) throws -> Ruleset {
        guard let threshold = Threshold(.above, limit) else { throw BenchError() }
        let rules = source.metrics.prefix(watched).enumerated().map { index, metric in
            Rule(
                name: "\(metric)-high", metric: metric, window: .samples(index == 0 ? window : 3),
                threshold: threshold, severity: .critical)
        }
        return Ruleset(version: 1, rules: rules, sources: [source])
    }

    func poll(at second: Int, calm: Bool) throws -> Poll {
        var seed = UInt64(second)
        let values = (0..<names.count * metrics.count).map { _ in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(seed >> 40 & 0x1fff) / 100 + (calm ? 0 : 90)
        }
        // Names of its own, as a decoder makes them: nothing is to be gained from shared memory.
        var machines = NameList()
        for row in 0..<names.count { machines.append(names[row].utf8) }
        guard
            let poll = Poll(
                source: "fleet", at: Timestamp(milliseconds: Int64(second) * 1000), metrics: metrics,
                machines: machines, values: values)
        else { throw BenchError() }
        return poll
    }
}

struct BenchError: Error {}

extension Timestamp {
    static let zero = Timestamp(milliseconds: 0)
}

/// A folder for a database, removed at the end.
final class Folder {
    let path: String

    init() throws {
        path = "/tmp/gateway-bench-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard unsafe mkdir(path, 0o700) == 0 else { throw BenchError() }
    }

    var database: String { path + "/gateway.db" }

    deinit {
        for suffix in ["", "-wal", "-shm", ".lock"] { unsafe unlink(database + suffix) }
        unsafe rmdir(path)
    }
}

/// The seconds that `work` takes.
func measure(_ work: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await work()
    return (ContinuousClock.now - start) / .seconds(1)
}

/// The seconds of CPU that `work` takes, which other programs on the machine change little.
func measureCPU(_ work: () async throws -> Void) async rethrows -> Double {
    let start = clock()
    try await work()
    return Double(clock() - start) / Double(CLOCKS_PER_SEC)
}

/// The most bytes of memory that the process ever held.
var mostMemory: Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}

extension Double {
    func rounded(to places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}

extension Sequence<Double> {
    var median: Double {
        let sorted = sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
