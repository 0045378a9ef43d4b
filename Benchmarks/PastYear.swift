import Foundation
import Notifiers
import Rules
import Store

/// A year of history: 1,000,000 incidents with their events, notes on some and deliveries of some, and 10,000 machines
/// with samples. Made once, and kept in the folder for temporary files.
enum PastYear {
    static let incidents: Int64 = 1_000_000
    static let machines = 10_000
    static let folder = "/tmp/gateway-bench-year-2"
    static let database = folder + "/gateway.db"

    /// Its last moment: now, to the day, so that "a year ago" means the same to the gateway.
    static let end = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 / 86_400) * 86_400_000)
    private static let rules = ["cpu-high", "memory-high", "disk-full", "load-high", "swap-used", "latency"]

    static func make() async throws {
        guard !FileManager.default.fileExists(atPath: folder + "/whole") else { return }
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try StoreWriter(path: database, newInstance: "year", durability: .none) { end }
        try await addSamples(to: store)
        var seed: UInt64 = 1
        for first in stride(from: Int64(1), through: incidents, by: 5000) {
            try await store.commit(try change(from: first, count: 5000, &seed))
            try await deliver(store)
            while try await store.index() {}
        }
        while try await store.index(backlog: 1) {}
        try await store.checkpoint()
        try "".write(toFile: folder + "/whole", atomically: true, encoding: .utf8)
    }

    private static func random(_ bound: Int, _ seed: inout UInt64) -> Int {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(seed >> 33) % bound
    }

    private static func change(from first: Int64, count: Int64, _ seed: inout UInt64) throws -> Change {
        guard let threshold = Threshold(.above, 85) else { throw BenchError() }
        let year: Int64 = 365 * 86_400_000
        var change = Change(decidedAt: end)
        for id in first..<first + count {
            let opened = end.milliseconds - year + id * (year / incidents) + Int64(random(60_000, &seed))
            let rule = random(rules.count, &seed)
            let value = Double(8500 + random(1500, &seed)) / 100
            let metric = ["cpu", "mem", "disk", "load", "swap", "latency"][rule]
            let slot = random(machines, &seed)
            let machine = "10.\(slot >> 16).\(slot >> 8 & 255).\(slot & 255)"
            var incident = Incident(
                id: id, rule: rules[rule], severity: Severity.allCases[rule % 3], machine: machine,
                source: slot % 10 == 0 ? "lab" : "fleet", metric: metric, aggregate: .mean,
                window: .samples(3),
                threshold: threshold, value: value, peak: value + 2, lastValue: value,
                message: "\(metric) mean \(value.shown) over the last 3 samples is above 85",
                labels: ["env": slot % 10 == 0 ? "test" : "production", "team": "team-\(slot % 20)"],
                openedAt: Timestamp(milliseconds: opened), rulesVersion: 1)
            var notices = [Notice(event(.opened, incident), letters: id % 50 == 0 ? letters(id) : [])]
            if random(3, &seed) == 0 {
                incident.acknowledgedAt = Timestamp(milliseconds: opened + Int64(random(600_000, &seed)))
                incident.acknowledgedBy = "kim"
                notices.append(Notice(event(.acknowledged, incident), letters: []))
            }
            // Most are over within the hour; a few take a month, and of the last some are open.
            let length = random(1000, &seed) == 0 ? random(2_592_000, &seed) : random(3600, &seed)
            let resolved = Timestamp(milliseconds: opened + Int64(length) * 1000)
            if resolved < end {
                incident = incident.resolved(.recovered, at: resolved)
                notices.append(Notice(event(.resolved, incident), letters: []))
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

    private static func event(_ kind: Event.Kind, _ incident: Incident) -> Event {
        let samples = (0..<3).map {
            Sample(at: incident.openedAt.advanced(by: .seconds($0 - 2)), value: incident.value)
        }
        return Event(kind: kind, at: incident.openedAt, incident: incident, evidence: samples)
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
