import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Notifiers

/// A wait lasts as long as it was meant to, whatever the wall clock is set to meanwhile.
@Suite(.timeLimit(.minutes(5))) struct ClockTests {
    /// When the second attempt comes after a first one that asked to be left alone for 600 s, the clock being set
    /// at once after it; in seconds.
    func secondAttempt(clockSetBy jump: Duration) async throws -> Int64 {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in
            number == 1 ? .status(429, ["Retry-After": "600"]) : .status(200)
        }
        try await bench.open(1...1)
        let start = bench.time.now
        let set: @Sendable (DispatchNote) -> Void = { [time = bench.time] note in
            if case .attempt(let finding, _, _) = note, finding.attempt.number == 1 {
                time.setClock(by: jump)
            }
        }
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2, observe: set)
        #expect(try await bench.store.pending().isEmpty)
        return start.duration(to: receiver.requests[1].at).wholeMilliseconds / 1000
    }

    @Test func whatAReceiverAskedForHoldsWhenTheClockIsSetBack() async throws {
        #expect((600...630).contains(try await secondAttempt(clockSetBy: .seconds(-86_400))))
    }

    @Test func whatAReceiverAskedForHoldsWhenTheClockIsSetForward() async throws {
        #expect((600...630).contains(try await secondAttempt(clockSetBy: .seconds(86_400))))
    }

    @Test func aStartWaitsForNoClockThatRanAheadBefore() async throws {
        let bench = try Bench()
        try await bench.open(1...2)
        try await bench.store.execute("UPDATE delivery SET due_at = due_at + 315360000000")
        try await bench.store.execute(
            "UPDATE delivery SET first_attempt_at = due_at, attempts = 3 WHERE incident = 2")
        let receiver = Receiver(bench.time) { _, _ in .status(200) }
        let start = bench.time.now
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2)
        #expect(receiver.requests.map(\.body) == ["incident.opened 1", "incident.opened 2"])
        let waits = receiver.requests.map { start.duration(to: $0.at).wholeMilliseconds / 1000 }
        #expect(waits[0] == 0)
        #expect((86_400...86_430).contains(waits[1]))
    }
}
