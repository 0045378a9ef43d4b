import Glibc
import HTTP
import Notifiers
import Rules
import Store

extension Main {
    /// Incidents that open at once, a webhook each: committed, sent over sockets, and the outcomes committed.
    static func delivery() async throws {
        try await ceiling()
        for count in [1000, 10_000] {
            var (last, all, cpu): ([Double], [Double], [Double]) = ([], [], [])
            for _ in 1...3 {
                let times = try await deliver(count)
                last.append(times.last)
                all.append(times.all)
                cpu.append(times.cpu)
            }
            let rate = Int(Double(count) / all.median)
            report(
                "deliver \(count) incidents",
                "last arrived \(milliseconds(last.median, 0)), all on disk \(milliseconds(all.median, 0)), "
                    + "\(rate)/s, \(milliseconds(cpu.median, 0)) of CPU with the receiver")
        }
    }

    /// How many requests a second the client and the receiver manage with nothing else to do.
    private static func ceiling() async throws {
        let receiver = try CountingReceiver()
        let client = try HTTPClient(userAgent: "bench")
        defer { client.close() }
        let body = [UInt8](repeating: 0x20, count: 700)
        let url = receiver.url
        let taken = await measure {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<2500 {
                            _ = await client.send(
                                HTTPRequest(
                                    method: "POST", url: url, body: body, timeout: .seconds(15),
                                    answerLimit: .cut(at: 4096)))
                        }
                    }
                }
            }
        }
        guard receiver.received == 20_000 else { throw BenchError() }
        report("requests of 8 at a time, nothing on disk", "\(Int(20_000 / taken))/s")
    }

    private static func deliver(_ count: Int) async throws -> (last: Double, all: Double, cpu: Double) {
        let folder = try Folder()
        let receiver = try CountingReceiver()
        let client = try HTTPClient(userAgent: "bench")
        defer { client.close() }
        let now: @Sendable () -> Timestamp = {
            var time = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        }
        let store = try StoreWriter(path: folder.database, newInstance: "bench", now: now)
        let time = TimeSource(now: now, sleep: { try? await Task.sleep(for: $0) })
        let dispatcher = Dispatcher(store: store, time: time, send: { await client.send($0) })
        guard let secret = SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") else { throw BenchError() }
        let webhooks = [Webhook(name: "ops", url: Secret(receiver.url), secrets: [secret])]
        let fleet = try Fleet(machines: count, metrics: ["cpu", "mem", "disk"])
        var table = fleet.table
        for second in 1...2 {
            let poll = try fleet.poll(at: second, calm: false)
            table.adopt(table.judge(poll, nextIncident: 1), of: poll)
        }
        let poll = try fleet.poll(at: 3, calm: false)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await dispatcher.run() }
            dispatcher.configure(webhooks)
            let (start, startCPU) = (ContinuousClock.now, clock())
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: now())
            change.samples = (poll, judgement.placement)
            change.notices = Router(webhooks).notices(for: judgement.events)
            try await store.commit(change)
            dispatcher.wake()
            while receiver.received < count { try await Task.sleep(for: .milliseconds(1)) }
            let last = (ContinuousClock.now - start) / .seconds(1)
            while try await !store.pending().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let all = (ContinuousClock.now - start) / .seconds(1)
            let cpu = Double(clock() - startCPU) / Double(CLOCKS_PER_SEC)
            guard receiver.received == count, judgement.opened == count else { throw BenchError() }
            dispatcher.stop(grace: .seconds(1))
            try await group.waitForAll()
            return (last, all, cpu)
        }
    }
}
