import Glibc
import Notifiers
import Rules
import Store

extension Main {
    /// 10,000 machines × 3 metrics: one poll, synced to disk.
    static func store() async throws {
        let times = try await cycles(machines: 10_000)
        report("commit 10,000 machines × 3", milliseconds(times.commit.median))
    }

    /// 30,000 machines × 3 rules: one poll from samples to disk.
    static func cycle() async throws {
        let times = try await cycles(machines: 30_000, watched: true)
        report("judge 30,000 machines × 3", milliseconds(times.judge.median))
        report("commit 30,000 machines × 3", milliseconds(times.commit.median))
    }

    /// The times of thirty polls, the first left out.
    private static func cycles(
        machines: Int, watched: Bool = false
    ) async throws -> (judge: ArraySlice<Double>, commit: ArraySlice<Double>) {
        let folder = try Folder()
        let fleet = try Fleet(machines: machines, metrics: ["cpu", "mem", "disk"], watched: watched)
        let store = try StoreWriter(path: folder.database, newInstance: "bench") { .zero }
        var table = fleet.table
        var (judge, commit): ([Double], [Double]) = ([], [])
        for second in 1...30 {
            let poll = try fleet.poll(at: second, calm: true)
            var change = Change(decidedAt: poll.at)
            var judgement: Judgement?
            let judging = await measureCPU {
                let made = table.judge(poll, nextIncident: 1)
                change.samples = (poll, made.placement)
                judgement = made
            }
            let ready = change
            commit.append(try await measure { try await store.commit(ready) })
            let adopting = await measureCPU { if let judgement { table.adopt(judgement, of: poll) } }
            judge.append(judging + adopting)
        }
        return (judge.dropFirst(), commit.dropFirst())
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
        report("read 30 days of a machine", "\(milliseconds(taken)), \(count) samples")
    }

    /// What an edit of the rules costs with 3,000 machines: the table of the source for another threshold, and for a
    /// longer window of one metric of three.
    static func edit() async throws {
        let folder = try Folder()
        let fleet = try Fleet(
            machines: 3000, metrics: ["cpu", "mem", "disk"], watched: true, maxGap: .seconds(3))
        let store = try StoreWriter(path: folder.database, newInstance: "bench") { .zero }
        var table = fleet.table
        for second in 1...30 {
            let poll = try fleet.poll(at: second, calm: true)
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            try await store.commit(change)
            table.adopt(judgement, of: poll)
        }
        let limits = try fleet.ruleset(above: 86)
        let window = try fleet.ruleset(above: 85, window: 10)
        for (name, ruleset, former) in [
            ("an edit, all read anew", limits, nil), ("  of a threshold", limits, table),
            ("  of a window", window, table),
        ] {
            var times: [Double] = []
            for _ in 1...20 {
                times.append(
                    try await measure {
                        _ = try await store.table(of: table.source, by: ruleset, after: former)
                    })
            }
            report(name, milliseconds(times.median))
        }
    }

    /// Stored polls of 10,000 machines through the rules again, as `gateway backtest` does.
    static func backtest() async throws {
        let folder = try Folder()
        let fleet = try Fleet(machines: 10_000, metrics: ["cpu", "mem", "disk"], watched: true)
        let store = try StoreWriter(path: folder.database, newInstance: "bench") { .zero }
        var table = fleet.table
        for second in 1...100 {
            let poll = try fleet.poll(at: second, calm: true)
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            try await store.commit(change)
            table.adopt(judgement, of: poll)
        }
        // What is still written back beside it is not to be counted.
        try await store.checkpoint()
        let reader = try StoreReader(path: folder.database)
        var (samples, replayed) = (0, fleet.table)
        let taken = try await measureCPU {
            try reader.forEachPoll(
                of: "fleet", metrics: fleet.metrics, from: .zero, to: Timestamp(milliseconds: 1_000_000)
            ) { poll in
                samples += poll.values.count
                replayed.adopt(replayed.judge(poll, nextIncident: 1), of: poll)
                return true
            }
        }
        report(
            "backtest", "\((Double(samples) / taken / 1e6).rounded(to: 1)) M samples/s, \(samples) samples")
    }

    /// 10,000 machines breach at once: incidents, events and a delivery each, in one commit.
    static func storm() async throws {
        var (judge, render, commit, cpu): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        var opened = 0
        for _ in 1...5 {
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
            let (start, startCPU) = (ContinuousClock.now, clock())
            let judgement = table.judge(poll, nextIncident: 1)
            let judged = ContinuousClock.now
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            change.notices = router.notices(for: judgement.events)
            let rendered = ContinuousClock.now
            try await store.commit(change)
            let committed = ContinuousClock.now
            cpu.append(Double(clock() - startCPU) / Double(CLOCKS_PER_SEC))
            opened = judgement.opened
            // What is still written back beside it is not to disturb the next round.
            try await store.checkpoint()
            judge.append((judged - start) / .seconds(1))
            render.append((rendered - judged) / .seconds(1))
            commit.append((committed - rendered) / .seconds(1))
        }
        let sum = judge.median + render.median + commit.median
        report(
            "open \(opened) incidents with outbox",
            "\(milliseconds(sum, 1)), \(milliseconds(cpu.median, 1)) of CPU")
        report(
            "  judge, render, commit",
            [judge, render, commit].map { milliseconds($0.median, 1) }.joined(separator: ", "))
    }
}
