import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Notifiers

@Suite(.timeLimit(.minutes(5))) struct EndpointTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Delivers incident `id` to a receiver that answers `status`, until `count` requests; what is then known.
    func deliver(_ id: Int64, _ status: Int, until count: Int, disabledAfter: Duration = .seconds(5 * 86_400))
        async throws -> (endpoint: Endpoint?, health: [WebhookHealth], start: Timestamp)
    {
        let bench = try Bench(folder)
        let start = bench.time.now
        let notes = Notes()
        let receiver = Receiver(bench.time) { _, _ in .status(status) }
        try await bench.open(id...id)
        var webhook = try webhook()
        webhook.disabledAfter = disabledAfter
        try await bench.deliver(to: [webhook], by: receiver, until: count, observe: notes.take)
        return (try await bench.store.endpoints()["ops"], notes.aboutHealth, start)
    }

    @Test func aRestartKnowsSinceWhenAReceiverFails() async throws {
        let first = try await deliver(1, 503, until: 4)
        let since = try #require(first.endpoint?.failingSince)
        #expect(first.start.duration(to: since) == .seconds(35))
        #expect(first.endpoint?.lastError?.hasPrefix("answered 503") == true)
        #expect(first.endpoint?.lastSuccess == nil)
        let second = try await deliver(2, 200, until: 2)
        #expect(second.health == [.failing(since: since), .healthy])
        #expect(second.endpoint?.failingSince == nil)
        #expect(second.endpoint?.lastSuccess != nil)
        #expect(second.endpoint?.lastFailure == first.endpoint?.lastFailure)
    }

    @Test func theTimeInWhichNobodyTriedDisablesNothing() async throws {
        let first = try await deliver(1, 503, until: 5, disabledAfter: .seconds(5 * 86_400))
        #expect(first.endpoint?.failingFor == .seconds(420))
        // Ten days off, and then many failures at once.
        let bench = try Bench(folder)
        bench.time.advance(by: .seconds(10 * 86_400))
        let notes = Notes()
        let receiver = Receiver(bench.time) { _, _ in .status(503) }
        try await bench.open(2...30)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 29, observe: notes.take)
        #expect(notes.aboutHealth.allSatisfy { $0 != .disabled })
        #expect(try await bench.store.disabledWebhooks().isEmpty)
    }

    @Test func aReceiverThatOnlyFailedForLongIsDisabledAndItsDeliveriesKept() async throws {
        let first = try await deliver(1, 500, until: 6, disabledAfter: .seconds(1000))
        #expect(first.health.last == .disabled)
        #expect(first.endpoint?.disabledWhy == "it has only failed for 1000s")
        #expect(first.endpoint?.disabledAt != nil)
        let bench = try Bench(folder)
        #expect(try await bench.store.pending() == ["ops": 1])
        // Another URL is another receiver: one failure does not disable it again.
        let receiver = Receiver(bench.time) { _, number in .status(number < 3 ? 500 : 200) }
        let notes = Notes()
        try await bench.deliver(
            to: [try webhook(url: "http://new.example/")], by: receiver, until: 3, observe: notes.take)
        #expect(notes.aboutHealth.isEmpty)
        #expect(try await bench.store.pending().isEmpty)
    }
}
