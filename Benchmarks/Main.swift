import Glibc
import Notifiers
import Rules
import Store

/// Times of the parts alone, on this machine: `make bench-parts`; names of parts as arguments pick some.
@main struct Main {
    static func main() async throws {
        let all =
            [
                ("engine", engine), ("store", store), ("history", history), ("storm", storm),
                ("pages", pages),
            ] as [(String, () async throws -> Void)]
        let wanted = CommandLine.arguments.dropFirst()
        for (name, part) in all where wanted.isEmpty || wanted.contains(name) { try await part() }
    }

    /// One rule of three samples over a million series, as DESIGN's budget has it.
    static func engine() async throws {
        let machines = 1_000_000
        let fleet = try Fleet(machines: machines, metrics: ["cpu"])
        var table = fleet.table
        let polls = try (1...6).map { try fleet.poll(at: $0, calm: true) }
        for poll in polls.prefix(3) { table.adopt(table.judge(poll, nextIncident: 1), of: poll) }
        let taken = await measure {
            for poll in polls.suffix(3) { table.adopt(table.judge(poll, nextIncident: 1), of: poll) }
        }
        report("judge 1 M series", "\((Double(3 * machines) / taken / 1e6).rounded(to: 1)) M samples/s")
    }

    /// 10,000 machines × 3 metrics: one poll, synced to disk.
    static func store() async throws {
        let folder = try Folder()
        let fleet = try Fleet(machines: 10_000, metrics: ["cpu", "mem", "disk"])
        let store = try StoreWriter(path: folder.database, newInstance: "bench") { .zero }
        var table = fleet.table
        var times: [Double] = []
        for second in 1...30 {
            let poll = try fleet.poll(at: second, calm: true)
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            let ready = change
            times.append(try await measure { try await store.commit(ready) })
            table.adopt(judgement, of: poll)
        }
        report("commit 10,000 machines × 3", "\((times.dropFirst().median * 1000).rounded(to: 2)) ms")
    }

    /// One machine of 1,000 over 30 days, polled each 15 minutes.
    static func history() async throws {
        let folder = try Folder()
        let fleet = try Fleet(machines: 1000, metrics: ["cpu", "mem", "disk"])
        let store = try StoreWriter(path: folder.database, newInstance: "bench") { .zero }
        var table = fleet.table
        for number in 1...2880 {
            let poll = try fleet.poll(at: number * 900, calm: true)
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            try await store.commit(change)
            table.adopt(judgement, of: poll)
        }
        let reader = try StoreReader(path: folder.database, of: store)
        var count = 0
        let taken = try await measure {
            count = try reader.samples(
                of: "10.0.1.200", "cpu", source: "fleet", from: Timestamp(milliseconds: 0),
                to: Timestamp(milliseconds: 10_000_000_000)
            ).count
        }
        report("read 30 days of a machine", "\((taken * 1000).rounded(to: 2)) ms, \(count) samples")
    }

    /// 10,000 machines breach at once: incidents, events and a delivery each, in one commit.
    static func storm() async throws {
        let folder = try Folder()
        let fleet = try Fleet(machines: 10_000, metrics: ["cpu", "mem", "disk"])
        let store = try StoreWriter(path: folder.database, newInstance: "bench") { .zero }
        var table = fleet.table
        for second in 1...2 {
            let poll = try fleet.poll(at: second, calm: false)
            table.adopt(table.judge(poll, nextIncident: 1), of: poll)
        }
        let poll = try fleet.poll(at: 3, calm: false)
        let router = Router([Webhook(name: "ops", url: Secret("http://127.0.0.1/"))])
        var opened = 0
        let taken = try await measure {
            let judgement = table.judge(poll, nextIncident: 1)
            opened = judgement.opened
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            change.notices = router.notices(for: judgement.events)
            try await store.commit(change)
        }
        report("open \(opened) incidents with outbox", "\((taken * 1000).rounded(to: 1)) ms")
    }

    static func report(_ name: String, _ figure: String) {
        print(name + String(repeating: " ", count: max(1, 40 - name.count)) + figure)
    }
}

struct Fleet {
    let table: SeriesTable
    let names: NameList
    let metrics: [String]

    init(machines: Int, metrics: [String]) throws {
        let source = ObservedSource(
            name: "fleet", metrics: metrics, maxGap: .seconds(3600), maxMachines: 2_000_000)
        guard let threshold = Threshold(.above, 85) else { throw BenchError() }
        let rule = Rule(
            name: "cpu-high", metric: "cpu", window: .samples(3), threshold: threshold, severity: .critical)
        table = SeriesTable(of: source, by: Ruleset(version: 1, rules: [rule], sources: [source]))
        names = NameList((0..<machines).map { "10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)" })
        self.metrics = metrics
    }

    func poll(at second: Int, calm: Bool) throws -> Poll {
        var seed = UInt64(second)
        let values = (0..<names.count * metrics.count).map { _ in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(seed >> 40 & 0x1fff) / 100 + (calm ? 0 : 90)
        }
        guard
            let poll = Poll(
                source: "fleet", at: Timestamp(milliseconds: Int64(second) * 1000), metrics: metrics,
                machines: names, values: values)
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
