import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Notifiers

/// What a dispatcher tells, and a way to wait for it.
final class Notes: Sendable {
    private let all = Mutex<[DispatchNote]>([])
    private let recoveries = Mailbox<Void>()

    func take(_ note: DispatchNote) {
        all.withLock { $0.append(note) }
        if case .storeRecovered = note { recoveries.put(()) }
    }

    /// Returns once the store has recovered.
    func recovered() async { _ = await recoveries.take() }

    var aboutStore: [String] {
        all.withLock { $0 }.compactMap { note in
            switch note {
            case .storeFailing(let error): "failing: \(error)"
            case .storeRecovered: "recovered"
            case .attempt, .health, .enabled: nil
            }
        }
    }

    /// The webhooks that were disabled and were enabled.
    var enabled: [String] {
        all.withLock { $0 }.compactMap {
            if case .enabled(let webhook, wasDisabled: true) = $0 { webhook } else { nil }
        }
    }

    var aboutHealth: [WebhookHealth] {
        all.withLock { $0 }.compactMap { if case .health(let health, _) = $0 { health } else { nil } }
    }
}

@Suite(.timeLimit(.minutes(5))) struct DispatcherStoreTests {
    let bench: Bench
    let notes = Notes()

    init() throws { bench = try Bench(jumps: false) }

    func attempts(ofIncident id: Int64) throws -> [Int] {
        let reader = try StoreReader(path: bench.folder.database, of: bench.store)
        return try #require(try reader.record(of: id)).deliveries.flatMap(\.attempts).map(\.number)
    }

    @Test func outcomesAreHeldWhileTheStoreIsLockedAndNothingIsSentTwice() async throws {
        let receiver = Receiver(bench.time) { _, _ in .status(200) }
        try await bench.open(1...3)
        let intruder = try await Intruder(at: bench.folder.database, against: bench.store)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 3, observe: notes.take) { _ in
            await receiver.received(3)
            for _ in 1...5 {
                await bench.time.sleepers(1)
                bench.time.advance(by: .seconds(1))
            }
            await bench.time.sleepers(1)
            #expect(receiver.requests.count == 3)
            #expect(try await bench.store.pending() == ["ops": 3])
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
            await notes.recovered()
        }
        #expect(receiver.requests.count == 3)
        #expect(try await bench.store.pending().isEmpty)
        for id in Int64(1)...3 { #expect(try attempts(ofIncident: id) == [1]) }
        #expect(notes.aboutStore == ["failing: the database is locked by another program", "recovered"])
    }

    @Test func whatWasHeldStaysInOrderForItsIncident() async throws {
        let receiver = Receiver(bench.time) { _, _ in .status(200) }
        try await bench.open(1...1)
        try await bench.resolve(1...1)
        let intruder = try await Intruder(at: bench.folder.database, against: bench.store)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2, observe: notes.take) { _ in
            await receiver.received(1)
            await bench.time.sleepers(1)
            #expect(receiver.requests.map(\.body) == ["incident.opened 1"])
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
        }
        #expect(receiver.requests.map(\.body) == ["incident.opened 1", "incident.resolved 1"])
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func anOutcomeIsRecordedOnceThoughWhatFollowsItFails() async throws {
        let receiver = Receiver(bench.time) { _, _ in .status(410) }
        try await bench.open(1...1)
        try await bench.store.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON webhook BEGIN SELECT RAISE(ABORT, 'no'); END")
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1, observe: notes.take) { _ in
            for _ in 1...3 {
                await bench.time.sleepers(1)
                bench.time.advance(by: .seconds(1))
            }
            await bench.time.sleepers(1)
            try await bench.store.execute("DROP TRIGGER no")
            bench.time.advance(by: .seconds(1))
            await notes.recovered()
        }
        #expect(try attempts(ofIncident: 1) == [1])
        #expect(try await bench.store.disabledWebhooks().keys.sorted() == ["ops"])
    }

    @Test func aWebhookEnabledWhileTheStoreIsLockedIsEnabledLater() async throws {
        let receiver = Receiver(bench.time) { _, number in .status(number == 1 ? 410 : 200) }
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1)
        let intruder = try await Intruder(at: bench.folder.database, against: bench.store)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2, observe: notes.take) {
            dispatcher in
            dispatcher.enable("ops")
            await bench.time.sleepers(1)
            #expect(receiver.requests.count == 1)
            try intruder.leave()
            bench.time.advance(by: .seconds(1))
        }
        #expect(try await bench.store.pending().isEmpty)
        #expect(notes.aboutHealth == [.disabled])
        #expect(notes.enabled == ["ops"])
        #expect(notes.aboutStore.last == "recovered")
    }

    @Test func aWebhookThatIsDisabledOnDiskIsToldOfAtTheStart() async throws {
        let receiver = Receiver(bench.time) { _, number in .status(number == 1 ? 410 : 200) }
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1)
        let (old, new) = (try webhook(), try webhook(url: "http://new.example/"))
        try await bench.deliver(to: [old], by: receiver, until: 2, observe: notes.take) { dispatcher in
            dispatcher.configure([old])
            dispatcher.configure([new])
        }
        #expect(notes.aboutHealth == [.disabled, .healthy])
        #expect(try await bench.store.disabledWebhooks().isEmpty)
    }

    @Test func aStoreThatCannotBeReadIsAskedAgain() async throws {
        let receiver = Receiver(bench.time) { _, _ in .status(200) }
        try await bench.open(1...1)
        try await bench.store.execute("ALTER TABLE webhook RENAME TO hidden")
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1, observe: notes.take) { _ in
            await bench.time.sleepers(1)
            #expect(receiver.requests.isEmpty)
            try await bench.store.execute("ALTER TABLE hidden RENAME TO webhook")
            bench.time.advance(by: .seconds(1))
        }
        #expect(try await bench.store.pending().isEmpty)
        #expect(notes.aboutStore.count == 2)
    }

    @Test func stoppingWhileTheStoreFailsEndsAtOnceAndTheDeliveryGoesAgain() async throws {
        let receiver = Receiver(bench.time) { _, _ in .status(200) }
        try await bench.open(1...1)
        let intruder = try await Intruder(at: bench.folder.database, against: bench.store)
        // Time stands still: the end waits for nothing.
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1)
        #expect(try await bench.store.pending() == ["ops": 1])
        try intruder.leave()
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2)
        #expect(receiver.requests.count == 2)
        #expect(Set(receiver.requests.map(\.id)).count == 1)
        #expect(try await bench.store.pending().isEmpty)
    }
}
