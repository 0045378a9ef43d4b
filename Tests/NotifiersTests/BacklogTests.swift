import HTTP
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Notifiers

/// A receiver that is down at first and then takes so many requests a second, and what it took.
final class Limited: Sendable {
    private struct State {
        var second: Int64 = 0
        var inSecond = 0
        var taken: [String] = []
    }

    private let state = Mutex(State())
    private let up: Timestamp
    private let rate: Int

    init(upAt up: Timestamp, rate: Int) {
        (self.up, self.rate) = (up, rate)
    }

    var taken: [String] { state.withLock(\.taken) }

    func answer(_ request: Receiver.Request) -> HTTPReply {
        guard request.at >= up else { return .status(503) }
        return state.withLock { state in
            let second = request.at.milliseconds / 1000
            if second != state.second { (state.second, state.inSecond) = (second, 0) }
            guard state.inSecond < rate else { return .status(429, ["Retry-After": "1"]) }
            state.inSecond += 1
            state.taken.append(request.body)
            return .status(200)
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct BacklogTests {
    /// Delivers until nothing is pending.
    func drain(_ bench: Bench, to receiver: Limited) async throws {
        let network = Receiver(bench.time) { request, _ in receiver.answer(request) }
        let dispatcher = Dispatcher(
            store: bench.store, time: bench.time.source, send: { await network.send($0) }, jitter: { 0.5 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await dispatcher.run() }
            dispatcher.configure([try webhook()])
            while !(try await bench.store.pending().isEmpty) { await Task.yield() }
            dispatcher.stop(grace: .seconds(3600))
            try await group.waitForAll()
        }
    }

    @Test func aThousandIncidentsArriveInOrderAndOnceAfterAnOutage() async throws {
        let bench = try Bench()
        let receiver = Limited(upAt: bench.time.now.advanced(by: .seconds(120)), rate: 50)
        try await bench.open(1...1000)
        // Half of them are over before the receiver is back.
        try await bench.resolve(1...500, late: true)
        try await drain(bench, to: receiver)
        try await bench.resolve(501...1000)
        try await drain(bench, to: receiver)
        let taken = receiver.taken
        #expect(Set(taken).count == taken.count, "none twice")
        for id in 1...500 { #expect(taken.contains("incident.late \(id)")) }
        for id in 501...1000 {
            let opened = try #require(taken.firstIndex(of: "incident.opened \(id)"))
            let resolved = try #require(taken.firstIndex(of: "incident.resolved \(id)"))
            #expect(opened < resolved)
        }
    }

    /// Opens and resolves 40 incidents while the receiver is down, and ends.
    func fail(_ folder: TemporaryFolder) async throws {
        let bench = try Bench(folder)
        try await bench.open(1...40)
        let down = Receiver(bench.time) { _, _ in .status(503) }
        try await bench.deliver(to: [try webhook()], by: down, until: 50)
        try await bench.resolve(1...40, late: true)
    }

    @Test func aRestartInTheMiddleOfABacklogGoesOnWithIt() async throws {
        let folder = try TemporaryFolder()
        try await fail(folder)
        let bench = try Bench(folder)
        let receiver = Limited(upAt: bench.time.now, rate: 1000)
        try await drain(bench, to: receiver)
        #expect(receiver.taken.count == 40)
        for id in 1...40 { #expect(receiver.taken.contains("incident.late \(id)")) }
    }

    /// A receiver that is well but for one answer is told no opening of what is over by then.
    @Test func whatFailedOnceAndIsOverIsToldAsALateNote() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in
            guard number == 1 else { return .status(204) }
            try? await bench.resolve(1...1, late: true)
            return .status(503)
        }
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2)
        #expect(receiver.requests.map(\.body) == ["incident.opened 1", "incident.late 1"])
        #expect(try await bench.store.pending().isEmpty)
    }
}
