import Dispatch
import HTTP
import Rules
import Synchronization
import Testing

@testable import Collector

private typealias Send = @Sendable (HTTPRequest) async -> HTTPReply

@Suite(.timeLimit(.minutes(5))) struct TargetLoopTests {
    let time = ManualTime()

    private func source(_ targets: [String], file: String? = nil, interval: Duration = .seconds(10)) -> Source
    {
        let template = "http://{target}/metrics"
        return Source(
            name: "nodes", url: template,
            targets: Targets(targets.map { Target($0, in: template) }, file: file),
            interval: interval, timeout: .seconds(2))
    }

    private func polling(
        _ source: Source, send: @escaping Send,
        readFile: @escaping @Sendable (String) async throws(FileError) -> [UInt8] = { _ throws(FileError) in
            throw .missing
        },
        body: (Deliveries) async throws -> Void
    ) async throws {
        let deliveries = Deliveries()
        let poller = Poller(
            [source], send: send, readFile: readFile, time: time.source, deliver: deliveries.take)
        try await withTaskExecutorPreference(OneByOne()) {
            try await withThrowingTaskGroup { group in
                group.addTask { await poller.run() }
                try await body(deliveries)
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    /// Lets time pass from sleeper to sleeper until so many outcomes were delivered.
    private func pass(until count: Int, _ deliveries: Deliveries) async {
        while deliveries.all.count < count {
            // What is ready has its turns first: no time passes while anything is under way.
            for _ in 0..<50 { await Task.yield() }
            guard deliveries.all.count < count else { return }
            time.advance(by: .milliseconds(5))
        }
    }

    private func rows(_ outcome: PollOutcome) -> [String] {
        guard case .success(let reading) = outcome.result else { return ["\(outcome.result)"] }
        let poll = reading.poll
        return (0..<poll.machines.count).map { row in
            let values = poll.values[row * poll.metrics.count..<(row + 1) * poll.metrics.count]
            return poll.machines[row] + " " + values.map(\.description).joined(separator: " ")
        }.sorted()
    }

    @Test func eachTargetIsAMachineOfOnePoll() async throws {
        let send: Send = { request in
            switch request.url {
            case "http://a:1/metrics": answer(#"{"cpu":"10%"}"#)
            case "http://b:1/metrics":
                answer("node_memory_MemAvailable_bytes 1\nnode_memory_MemTotal_bytes 4\n")
            case "http://c:1/metrics": answer(#"[{"machine_ip":"x","cpu":3},{"machine_ip":"y","cpu":4}]"#)
            default: answer("", status: 404)
            }
        }
        try await polling(source(["a:1", "b:1", "c:1", "d:1"]), send: send) { deliveries in
            await pass(until: 1, deliveries)
            let outcome = deliveries.all[0]
            #expect(
                rows(outcome) == ["a:1 10.0 nan nan", "b:1 nan 75.0 nan", "x 3.0 nan nan", "y 4.0 nan nan"])
            #expect(outcome.targets?.total == 4 && outcome.targets?.failing == 1)
            #expect(outcome.targets?.failures.map(\.error) == ["answered 404"])
            guard case .success(let reading) = outcome.result else { return }
            #expect(
                reading.refusals.first?.description.hasPrefix("b:1: metric cpu: node_cpu_seconds_total")
                    == true)
        }
    }

    @Test func ratesOutliveFailuresAndAPollerOfTheSameSource() async throws {
        let source = Source(
            name: "nodes", url: "http://{target}/", targets: Targets([Target("a:1", in: "http://{target}/")]),
            interval: .seconds(10), prometheus: try shape(["x": "rate(c)"]))
        let replies = Mutex([answer("c 0\n"), answer("", status: 500), answer("c 40\n")])
        let send: Send = { _ in replies.withLock { $0.removeFirst() } }
        try await polling(source, send: send) { deliveries in
            await pass(until: 3, deliveries)
            #expect(rows(deliveries.all[0]) == ["a:1 nan nan nan nan"])
            #expect(rows(deliveries.all[2]) == ["a:1 nan nan nan 2.0"])
            guard case .failure(let failure) = deliveries.all[1].result else {
                Issue.record("no failure")
                return
            }
            #expect(failure.description == "a:1: answered 500")
        }
    }

    @Test func aSlowTargetHoldsUpNobodyForLong() async throws {
        let sleep = time.source.sleep
        let start = time.now
        let send: Send = { request in
            guard request.url == "http://slow:1/metrics" else { return answer(#"{"cpu":1}"#) }
            await sleep(.seconds(2))
            return .failure(HTTPFailure(.timeout, "slow:1 did not answer within 2s"))
        }
        try await polling(source(["a:1", "slow:1"]), send: send) { deliveries in
            await pass(until: 2, deliveries)
            let ends = deliveries.all.map { $0.startedAt.duration(to: $0.endedAt) }
            // The first round learns that it does not answer.
            #expect(ends[0] >= .seconds(2) && ends[0] < .seconds(3))
            #expect(ends[1] < .milliseconds(100))
            let apart = deliveries.all[0].startedAt.duration(to: deliveries.all[1].startedAt)
            #expect(apart == .seconds(10))
            #expect(start.duration(to: deliveries.all[0].startedAt) < .seconds(2))
        }
    }

    @Test func aMachineOfTwoTargetsIsTakenOnce() async throws {
        let send: Send = { _ in answer(#"{"machine_ip":"same","cpu":1}"#) }
        try await polling(source(["a:1", "b:1"]), send: send) { deliveries in
            await pass(until: 1, deliveries)
            guard case .success(let reading) = deliveries.all[0].result else {
                Issue.record("no reading")
                return
            }
            #expect(reading.poll.machines.count == 1)
            #expect(
                reading.refusals.map(\.description) == [
                    "b:1: machine same: is reported by another target too; the first one counts"
                ])
        }
    }

    @Test func theFileOfTargetsIsReadAgain() async throws {
        let text = Mutex(
            #"[{"targets": ["a:1"], "labels": {"__meta_x": "1", "env": "p", "instance": "web"}}]"#)
        let send: Send = { _ in answer(#"{"cpu":1}"#) }
        let read = { @Sendable (_: String) throws(FileError) in Array(text.withLock { $0 }.utf8) }
        var status = SourceStatus(of: source([], file: "targets.json"))
        try await polling(source(["z:1"], file: "targets.json"), send: send, readFile: read) { deliveries in
            await pass(until: 1, deliveries)
            #expect(rows(deliveries.all[0]) == ["web 1.0 nan nan", "z:1 1.0 nan nan"])
            text.withLock { $0 = "- targets:\n    - b:1\n    - c:1\n    - b:1\n" }
            await pass(until: 2, deliveries)
            #expect(rows(deliveries.all[1]) == ["b:1 1.0 nan nan", "c:1 1.0 nan nan", "z:1 1.0 nan nan"])
            text.withLock { $0 = "- target: [d:1]\n" }
            await pass(until: 4, deliveries)
            #expect(rows(deliveries.all[2]) == rows(deliveries.all[1]))
            let error =
                #"targets.json:1:3: a group of targets needs 'targets'; add "targets": ["host:9100"]"#
            #expect(deliveries.all[3].targets?.fileError == error)
            // Told once.
            let told = deliveries.all.flatMap { status.note($0) }
            #expect(told == [.targetsFileRefused(error: error)])
            text.withLock { $0 = "[]" }
            await pass(until: 5, deliveries)
            #expect(rows(deliveries.all[4]) == ["z:1 1.0 nan nan"])
            #expect(deliveries.all[4].targets?.fileError == nil)
        }
    }

    @Test func aFileThatCannotBeReadInTimeLeavesTheTargetsKnownBefore() async throws {
        let isStuck = Mutex(false)
        let send: Send = { _ in answer(#"{"cpu":1}"#) }
        let read: @Sendable (String) async throws(FileError) -> [UInt8] = { _ async throws(FileError) in
            // As long as nobody calls it off.
            if isStuck.withLock({ $0 }) { try? await Task.sleep(for: .seconds(3600)) }
            return Array(#"[{"targets": ["a:1"]}]"#.utf8)
        }
        try await polling(source(["z:1"], file: "targets.json"), send: send, readFile: read) { deliveries in
            await pass(until: 1, deliveries)
            isStuck.withLock { $0 = true }
            await pass(until: 3, deliveries)
            #expect(rows(deliveries.all[2]) == ["a:1 1.0 nan nan", "z:1 1.0 nan nan"])
            #expect(
                deliveries.all[2].targets?.fileError
                    == "targets.json: the file cannot be read: not read within 2s")
            isStuck.withLock { $0 = false }
            await pass(until: 5, deliveries)
            #expect(deliveries.all[4].targets?.fileError == nil)
        }
    }

    @Test func withoutAnyTargetTheSourceIsHealthyAndEmpty() async throws {
        let send: Send = { _ in answer("") }
        try await polling(source([], file: "none"), send: send) { deliveries in
            await pass(until: 1, deliveries)
            #expect(rows(deliveries.all[0]) == [])
            #expect(deliveries.all[0].targets?.fileError == "none: there is no such file")
        }
    }

    @Test func theStatusTellsOfTargetsOnce() async throws {
        let fails = Mutex(false)
        let send: Send = { request in
            let isBad = fails.withLock { $0 } && request.url.contains("b:1")
            return isBad ? answer("", status: 503) : answer(#"{"cpu":1}"#)
        }
        var status = SourceStatus(of: source([]))
        try await polling(source(["a:1", "b:1"]), send: send) { deliveries in
            await pass(until: 1, deliveries)
            #expect(status.note(deliveries.all[0]) == [])
            fails.withLock { $0 = true }
            await pass(until: 3, deliveries)
            guard case .targetsFailed(let count, let total, let first)? = status.note(deliveries.all[1]).first
            else {
                Issue.record("not told")
                return
            }
            #expect(count == 1 && total == 2 && first.target == "b:1" && first.error == "answered 503")
            #expect(status.note(deliveries.all[2]) == [])
            #expect(status.state == .healthy && status.targets?.failing == 1)
            fails.withLock { $0 = false }
            while status.targets?.failing != 0 {
                let count = deliveries.all.count
                await pass(until: count + 1, deliveries)
                let told = deliveries.all[count...].flatMap { status.note($0) }
                if status.targets?.failing == 0 { #expect(told == [.targetsRecovered]) }
            }
        }
    }
}

/// Runs what is ready in turn, so that a task that yields lets every other go on.
private final class OneByOne: TaskExecutor {
    private let queue = DispatchQueue(label: "one by one")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
