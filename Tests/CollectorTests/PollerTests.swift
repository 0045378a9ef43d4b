import HTTP
import Rules
import Synchronization
import Testing

@testable import Collector

/// Runs a poller on manual time for as long as `body` does.
private func polling(
    _ sources: [Source], lastPolls: [String: Timestamp] = [:], on time: ManualTime,
    send: @escaping Send, body: (Deliveries) async throws -> Void
) async rethrows {
    let deliveries = Deliveries()
    let poller = Poller(
        sources, lastPolls: lastPolls, send: send, time: time.source, deliver: deliveries.take)
    try await withThrowingTaskGroup { group in
        group.addTask { await poller.run() }
        try await body(deliveries)
        group.cancelAll()
        try await group.waitForAll()
    }
}

private typealias Send = @Sendable (HTTPRequest) async -> HTTPReply

private let records: Send = { _ in answer(record) }

private let record = #"[{"machine_ip":"m","cpu":1}]"#

@Suite(.timeLimit(.minutes(5))) struct PollerTests {
    let time = ManualTime()

    private func source(_ name: String = "fleet", interval: Duration = .seconds(10)) -> Source {
        Source(name: name, url: "http://127.0.0.1:9200/metrics", interval: interval)
    }

    private func after(_ start: Timestamp, _ outcomes: [PollOutcome]) -> [Int64] {
        outcomes.map { start.duration(to: $0.startedAt).wholeMilliseconds }
    }

    @Test func keepsToItsGrid() async throws {
        let start = time.now
        await polling([source()], on: time, send: records) { deliveries in
            let first = await time.sleepers()[0]
            #expect(first < .seconds(1))
            time.advance(by: first)
            for _ in 0..<3 {
                #expect(await time.sleepers() == [.seconds(10)])
                time.advance(by: .seconds(10))
            }
            _ = await time.sleepers()
            let offset = first.wholeMilliseconds
            #expect(after(start, deliveries.all) == [0, 10_000, 20_000, 30_000].map { $0 + offset })
        }
    }

    @Test func eachSourceHasAnOffsetOfItsOwnThatStays() {
        let now = time.now
        let offsets = (0..<50).map {
            PollGrid.starting(source("source-\($0)"), lastPoll: nil, at: now).1.wholeMilliseconds
        }
        #expect(Set(offsets).count > 40)
        #expect(offsets.allSatisfy { (0..<1000).contains($0) })
        #expect(PollGrid.starting(source("fleet"), lastPoll: nil, at: now).1 == .milliseconds(127))
        let quick = source("fleet", interval: .milliseconds(100))
        #expect(PollGrid.starting(quick, lastPoll: nil, at: now).1 < .milliseconds(100))
    }

    @Test func aSlowPollSkipsWhatItMissedAndNeverOverlaps() async throws {
        let (start, gauge, sleep) = (time.now, Gauge(), time.source.sleep)
        let send: Send = { _ in
            gauge.enter()
            await sleep(.seconds(23))
            gauge.leave()
            return answer(record)
        }
        await polling([source()], on: time, send: send) { deliveries in
            let first = await time.sleepers()[0]
            time.advance(by: first)
            for _ in 0..<2 {
                #expect(await time.sleepers() == [.seconds(23)])
                time.advance(by: .seconds(23))
                #expect(await time.sleepers() == [.seconds(7)])
                time.advance(by: .seconds(7))
            }
            _ = await time.sleepers()
            #expect(after(start, deliveries.all) == [0, 30_000].map { $0 + first.wholeMilliseconds })
            #expect(deliveries.all.map(\.duration) == [.seconds(23), .seconds(23)])
        }
        #expect(gauge.most == 1)
    }

    @Test func aSlowDeliveryHoldsTheNextPollBack() async throws {
        let (gauge, sleep) = (Gauge(), time.source.sleep)
        let poller = Poller(
            [source()],
            send: { _ in
                gauge.enter()
                return answer(record)
            }, time: time.source, deliver: { _ in await sleep(.seconds(12)) })
        try await withThrowingTaskGroup { group in
            group.addTask { await poller.run() }
            time.advance(by: await time.sleepers()[0])
            #expect(await time.sleepers() == [.seconds(12)])
            time.advance(by: .seconds(12))
            #expect(await time.sleepers() == [.seconds(8)])
            #expect(gauge.entered == 1)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func aFailureGoesOn() async throws {
        let replies = Mutex<[HTTPReply]>([
            .failure(HTTPFailure(.connectionRefused, "127.0.0.1 refused the connection")),
            answer("oops\n", status: 500), answer("<html>"), answer(record),
        ])
        let send: Send = { _ in replies.withLock { $0.removeFirst() } }
        await polling([source()], on: time, send: send) {
            deliveries in
            for _ in 0..<4 { time.advance(by: await time.sleepers()[0]) }
            _ = await time.sleepers()
            let errors = deliveries.all.map { outcome -> String? in
                guard case .failure(let failure) = outcome.result else { return nil }
                return failure.description
            }
            #expect(
                errors == [
                    "127.0.0.1 refused the connection",
                    "answered 500; the body begins: oops\\n",
                    "the body looks like HTML, not JSON; does the URL lead to a web page, or a login that needs a"
                        + " header?; the body begins: <html>",
                    nil,
                ])
        }
    }

    @Test func samplesHaveTheTimeAtWhichTheResponseHadBeenRead() async throws {
        let (start, sleep) = (time.now, time.source.sleep)
        let send: Send = { _ in
            await sleep(.milliseconds(1500))
            return answer(#"[{"machine_ip":"m","cpu":1},5]"#)
        }
        await polling([source()], on: time, send: send) { deliveries in
            let first = await time.sleepers()[0]
            time.advance(by: first)
            time.advance(by: await time.sleepers()[0])
            _ = await time.sleepers()
            let outcome = deliveries.all[0]
            #expect(outcome.startedAt == start.advanced(by: first))
            guard case .success(let reading) = outcome.result else {
                Issue.record("no reading")
                return
            }
            #expect(reading.poll.at == start.advanced(by: first + .milliseconds(1500)))
            #expect(reading.poll.source == "fleet" && reading.poll.metrics == ["cpu", "mem", "disk"])
            #expect(reading.refusedCount == 1 && reading.refusals.count == 1)
        }
    }

    @Test func aSlowSourceDoesNotHoldUpAnother() async throws {
        let sleep = time.source.sleep
        let slow = Source(name: "slow", url: "http://slow/", interval: .seconds(1))
        let send: Send = { request in
            if request.url == slow.url { await sleep(.seconds(3600)) }
            return answer(record)
        }
        await polling([slow, source("quick", interval: .seconds(1))], on: time, send: send) { deliveries in
            for _ in 0..<12 { time.advance(by: await time.sleepers(2)[0]) }
            _ = await time.sleepers(2)
            #expect(deliveries.all.count >= 10)
            #expect(deliveries.all.allSatisfy { $0.source == "quick" })
        }
    }

    @Test func aNewPollerGoesOnWhereTheLastStopped() async throws {
        let last = [
            "recent": time.now.advanced(by: .seconds(-3)), "old": time.now.advanced(by: .seconds(-300)),
            "future": time.now.advanced(by: .seconds(300)),
        ]
        await polling([source("recent")], lastPolls: last, on: time, send: records) { _ in
            #expect(await time.sleepers() == [.seconds(7)])
            time.advance(by: .seconds(7))
            #expect(await time.sleepers() == [.seconds(10)])
        }
        for name in ["old", "future"] {
            #expect(PollGrid.starting(source(name), lastPoll: last[name], at: time.now).1 < .seconds(1))
        }
    }

    @Test(arguments: [-86_400_000, -1500, -1, 1, 1500, 86_400_000])
    func aClockThatIsSetStallsNothing(jump: Int64) async throws {
        await polling([source()], on: time, send: records) { deliveries in
            time.advance(by: await time.sleepers()[0])
            _ = await time.sleepers()
            time.setWall(to: time.now.advanced(by: .milliseconds(jump)))
            time.advance(by: .seconds(10))
            let next = await time.sleepers()[0]
            #expect(deliveries.all.count == 2)
            #expect(next >= .seconds(5) && next <= .seconds(15))
            time.advance(by: next)
            #expect(await time.sleepers() == [.seconds(10)])
        }
    }

    @Test func cancellingEndsTheRunAndDropsThePollUnderWay() async throws {
        let (deliveries, sleep) = (Deliveries(), time.source.sleep)
        let poller = Poller(
            [source("a"), source("b")],
            send: { _ in
                await sleep(.seconds(60))
                return .failure(HTTPFailure(.cancelled, "cancelled"))
            }, time: time.source, deliver: deliveries.take)
        let run = Task { await poller.run() }
        time.advance(by: await time.sleepers(2)[1])
        _ = await time.sleepers(2)
        run.cancel()
        await run.value
        #expect(deliveries.all.isEmpty)
    }

    @Test func valuesThatDoNotFitTheirMachinesAreAFailureOfTheSource() {
        let decoded = Decoded(
            metrics: ["cpu", "mem"], machines: NameList(["a", "b"]), values: [1, 2, 3], refusals: [],
            refusedCount: 0)
        guard case .failure(let failure) = source().reading(.success(decoded), at: time.now) else {
            Issue.record("a poll was made of it")
            return
        }
        #expect(failure == .undecodable(.inconsistent, body: ""))
    }

    @Test func noSourcesIsNoWork() async {
        await Poller([], send: { _ in answer("") }, time: time.source, deliver: { _ in }).run()
    }
}

/// How many are inside at once, and were at most.
private final class Gauge: Sendable {
    private let counts = Mutex((inside: 0, most: 0, entered: 0))

    var most: Int { counts.withLock { $0.most } }
    var entered: Int { counts.withLock { $0.entered } }

    func enter() {
        counts.withLock { counts in
            counts.inside += 1
            counts.entered += 1
            counts.most = max(counts.most, counts.inside)
        }
    }

    func leave() { counts.withLock { $0.inside -= 1 } }
}
