import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Notifiers

/// What the dispatcher does while outcomes are being committed, step by step.
@Suite struct RecordingTests {
    /// A dispatcher whose effects a test carries out when it likes.
    private struct Hand {
        var steps: DispatchSteps
        var attempts: [(body: String, ended: @Sendable (HTTPReply) -> Void)] = []
        var commits: [@Sendable () async -> Void] = []

        /// Lets it take what it was told.
        mutating func go() async {
            while let effects = await steps.next() {
                for effect in effects {
                    switch effect {
                    case .attempt(let parcel, let ended):
                        guard case .request(let request) = parcel.content else { continue }
                        attempts.append((String(decoding: request.body, as: UTF8.self), ended))
                    case .commit(let commit): commits.append(commit)
                    case .wait, .callOff: break
                    }
                }
            }
        }

        mutating func answer(_ body: String, with status: Int) async throws {
            let index = try #require(attempts.firstIndex { $0.body == body }, "\(bodies)")
            attempts.remove(at: index).ended(.status(status))
            await go()
        }

        /// Lets the commit that is under way end.
        mutating func commit() async throws {
            try #require(commits.count == 1)
            await commits.removeFirst()()
            await go()
        }

        var bodies: [String] { attempts.map(\.body) }
    }

    @Test func aReceiverThatRecoversMeanwhileIsToldWhatIsTrueAndAtOnce() async throws {
        let bench = try Bench(jumps: false)
        let dispatcher = Dispatcher(
            store: bench.store, time: bench.time.source, send: { _ in .status(204) }, jitter: { 0.5 })
        var hand = Hand(steps: dispatcher.steps())
        dispatcher.configure([try webhook("down", url: "http://down.example/"), try webhook("up")])
        try await bench.open(1...4, to: ["down"])
        await hand.go()
        #expect(hand.bodies.count == 4)
        for id in 1...4 { try await hand.answer("incident.opened \(id)", with: 503) }
        // It fails, and is probed by one. All but the last are over before it is back.
        try await bench.resolve(1...3, to: ["down"], late: true)
        bench.time.advance(by: .seconds(5))
        dispatcher.wake()
        await hand.go()
        #expect(hand.bodies == ["incident.late 1"])
        // The last is over while the probe is under way.
        try await bench.resolve(4...4, to: ["down"], late: true)
        // The other webhook's traffic never pauses.
        try await bench.open(11...12, to: ["up"])
        dispatcher.wake()
        await hand.go()
        try await hand.answer("incident.opened 11", with: 204)
        #expect(hand.commits.count == 1)
        try await hand.answer("incident.late 1", with: 204)
        #expect(
            hand.bodies == ["incident.opened 12"], "nothing of the backlog goes before it was thinned out")
        try await hand.answer("incident.opened 12", with: 204)
        try await hand.commit()
        #expect(hand.bodies.sorted() == ["incident.late 2", "incident.late 3", "incident.late 4"])
    }
}
