import Foundation
import Glibc
import Notifiers
import Rules
import Store

/// A year of history: so many incidents with their events, notes on some and deliveries of some, and 10,000 machines
/// with samples. Made once, and kept in the folder for temporary files.
struct PastYear {
    static let machines = 10_000
    let incidents: Int64

    var folder: String { "/tmp/gateway-bench-year-3-\(incidents)" }
    /// Without a write-ahead log beside it.
    var database: String { folder + "/gateway.db" }

    /// Its last moment: now, to the day, so that "a year ago" means the same to the gateway.
    static let end = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 / 86_400) * 86_400_000)
    private static let rules = ["cpu-high", "memory-high", "disk-full", "load-high", "swap-used", "latency"]
    private static let metrics = ["cpu", "mem", "disk", "load", "swap", "latency"]

    /// What is drawn by lot, the same each time: which rule fires on which machine, never twice at once.
    private struct Series {
        private var seed: UInt64 = 1
        private var over = [Int64](repeating: 0, count: machines * rules.count)

        mutating func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }

        mutating func pick(from opened: Int64, until resolved: Int64) -> (slot: Int, rule: Int) {
            while true {
                let one = random(over.count)
                guard over[one] < opened else { continue }
                over[one] = resolved
                return (one / rules.count, one % rules.count)
            }
        }
    }

    func make() async throws {
        guard !FileManager.default.fileExists(atPath: folder + "/whole") else { return }
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try StoreWriter(path: database, newInstance: "year", durability: .none) { Self.end }
        try await Self.addSamples(to: store)
        var series = Series()
        for first in stride(from: Int64(1), through: incidents, by: 5000) {
            let ids = first...min(first + 4999, incidents)
            try await store.commit(try change(ids, &series))
            try await Self.deliver(store)
            while try await store.index() {}
        }
        while try await store.index(backlog: 1) {}
        try await store.checkpoint()
        try "".write(toFile: folder + "/whole", atomically: true, encoding: .utf8)
    }

    /// Puts the database of the year at `path`, in place of what is there.
    func copy(to path: String) throws {
        for suffix in ["", "-wal", "-shm", ".lock"] { unsafe unlink(path + suffix) }
        try FileManager.default.copyItem(atPath: database, toPath: path)
    }

    private func change(_ ids: ClosedRange<Int64>, _ series: inout Series) throws -> Change {
        guard let threshold = Threshold(.above, 85) else { throw BenchError() }
        let year: Int64 = 365 * 86_400_000
        var change = Change(decidedAt: Self.end)
        for id in ids {
            let opened =
                Self.end.milliseconds - year + id * (year / incidents) + Int64(series.random(60_000)) - 60_000
            // Most are over within the hour; a few take a month, and of the last some are open.
            let length = series.random(1000) == 0 ? series.random(2_592_000) : series.random(3600)
            let resolved = Timestamp(milliseconds: opened + Int64(length) * 1000)
            let (slot, rule) = series.pick(from: opened, until: resolved.milliseconds)
            let value = Double(8500 + series.random(1500)) / 100
            var incident = Self.incident(
                id, rule: rule, slot: slot, value, threshold, at: Timestamp(milliseconds: opened))
            var notices = [
                Notice(Self.event(.opened, incident), letters: id % 50 == 0 ? Self.letters(id) : [])
            ]
            if series.random(3) == 0 {
                incident.acknowledgedAt = Timestamp(milliseconds: opened + Int64(series.random(600_000)))
                incident.acknowledgedBy = "kim"
                notices.append(Notice(Self.event(.acknowledged, incident), letters: []))
            }
            if resolved < Self.end {
                incident = incident.resolved(.recovered, at: resolved)
                notices.append(Notice(Self.event(.resolved, incident), letters: []))
            }
            change.notices += notices
            if id % 100 == 0 {
                change.remarks.append(
                    Remark(
                        incident: id, at: resolved, action: .note, by: "kim",
                        note: id % 100_000 == 0 ? "Replaced the flux capacitor" : "Looked at rack \(id % 977)"
                    ))
            }
        }
        return change
    }

    private static func incident(
        _ id: Int64, rule: Int, slot: Int, _ value: Double, _ threshold: Threshold, at opened: Timestamp
    ) -> Incident {
        Incident(
            id: id, rule: rules[rule], severity: Severity.allCases[rule % 3],
            machine: "10.\(slot >> 16).\(slot >> 8 & 255).\(slot & 255)",
            source: slot % 10 == 0 ? "lab" : "fleet", metric: metrics[rule], aggregate: .mean,
            window: .samples(3), threshold: threshold, value: value, peak: value + 2, lastValue: value,
            message: "\(metrics[rule]) mean \(value.shown) over the last 3 samples is above 85",
            labels: ["env": slot % 10 == 0 ? "test" : "production", "team": "team-\(slot % 20)"],
            openedAt: opened, rulesVersion: 1)
    }

    /// The opening of the `number`th incident after the year, on a machine that had none, for one webhook.
    func opening(_ number: Int) throws -> Change {
        guard let threshold = Threshold(.above, 85) else { throw BenchError() }
        let incident = Self.incident(
            incidents + Int64(number), rule: 0, slot: Self.machines + number, 90, threshold, at: Self.end)
        var change = Change(decidedAt: Self.end)
        change.notices = [
            Notice(
                Self.event(.opened, incident),
                letters: [Letter(to: "ops", body: Array(repeating: UInt8(ascii: "x"), count: 600))])
        ]
        return change
    }

    private static func event(_ kind: Event.Kind, _ incident: Incident) -> Event {
        let samples = (0..<3).map {
            Sample(at: incident.openedAt.advanced(by: .seconds($0 - 2)), value: incident.value)
        }
        let at = incident.resolvedAt ?? incident.acknowledgedAt ?? incident.openedAt
        return Event(kind: kind, at: at, incident: incident, evidence: samples)
    }

    private static func letters(_ id: Int64) -> [Letter] {
        let body = Array(repeating: UInt8(ascii: "x"), count: 600)
        return id % 1000 == 0
            ? [Letter(to: "ops", body: body), Letter(to: "pager", body: body)]
            : [Letter(to: "ops", body: body)]
    }

    /// Has what waits be delivered, and some of it be dead.
    private static func deliver(_ store: StoreWriter) async throws {
        for webhook in ["ops", "pager"] {
            while case let due = try await store.due(for: webhook, at: end, holding: [], limit: 500),
                !due.isEmpty
            {
                try await store.record(
                    due.map { delivery in
                        Finding(
                            delivery: delivery.id,
                            attempt: Attempt(
                                number: 1, at: end, duration: .milliseconds(3), status: 204, error: nil,
                                answer: []),
                            next: delivery.id % 1000 == 0 ? .dead : .delivered)
                    })
            }
        }
    }

    private static func addSamples(to store: StoreWriter) async throws {
        let fleet = try Fleet(machines: machines, metrics: ["cpu", "mem", "disk"])
        var table = fleet.table
        for round in 1...96 {
            let poll = try fleet.poll(
                at: Int(end.milliseconds / 1000) - 86_400 + round * 900, calm: true)
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            try await store.commit(change)
            table.adopt(judgement, of: poll)
        }
    }
}
