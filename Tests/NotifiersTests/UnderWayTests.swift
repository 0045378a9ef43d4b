import HTTP
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Notifiers

/// What becomes of an attempt under way while its webhook is edited, the store fails, or the gateway stops.
@Suite(.timeLimit(.minutes(5))) struct UnderWayTests {
    let bench: Bench
    let notes = Notes()
    let attempts = Mailbox<Void>()
    /// Lets the first attempt be answered.
    let gate = Mailbox<Void>()

    init() throws { bench = try Bench(jumps: false) }

    /// Answers the first attempt with `reply` once the gate is open, and accepts all others.
    func receiver(_ reply: HTTPReply) -> Receiver {
        Receiver(bench.time) { [gate] _, number in
            guard number == 1 else { return .status(204) }
            return await gate.take() == nil ? .failure(HTTPFailure(.cancelled, "called off")) : reply
        }
    }

    @Sendable func take(_ note: DispatchNote) {
        notes.take(note)
        if case .attempt = note { attempts.put(()) }
    }

    /// Returns once `count` more attempts have ended.
    func ended(_ count: Int) async {
        var left = count
        while left > 0, let more = await attempts.take()?.count { left -= more }
    }

    func recordedAttempts(ofIncident id: Int64) throws -> [Int] {
        let reader = try StoreReader(path: bench.folder.database, of: bench.store)
        return try #require(try reader.record(of: id)).deliveries.flatMap(\.attempts).map(\.number)
    }

    @Test func whatTheReceiverAtAFormerURLSaysIsNotHeldAgainstTheNewOne() async throws {
        let receiver = receiver(.status(410))
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2, observe: take) { dispatcher in
            await receiver.received(1)
            dispatcher.configure([try webhook(url: "http://new.example/")])
            gate.put(())
        }
        #expect(receiver.requests.map(\.url) == ["http://ops.example/alerts", "http://new.example/"])
        #expect(Set(receiver.requests.map(\.id)).count == 1)
        #expect(notes.aboutHealth.isEmpty)
        #expect(try await bench.store.disabledWebhooks().isEmpty)
        #expect(try await bench.store.pending().isEmpty)
        #expect(try recordedAttempts(ofIncident: 1) == [1, 2])
    }

    @Test func aWebhookRemovedMeanwhileIsSentNothingMoreUntilItIsBack() async throws {
        let receiver = receiver(.status(204))
        try await bench.open(1...3)
        let ops = try webhook(concurrency: 1)
        try await bench.deliver(to: [ops], by: receiver, until: 4, observe: take) { dispatcher in
            await receiver.received(1)
            dispatcher.configure([])
            gate.put(())
            await ended(1)
            try await bench.open(4...4, to: ["night"])
            dispatcher.configure([try webhook("night")])
            await ended(1)
            #expect(receiver.requests.map(\.body) == ["incident.opened 1", "incident.opened 4"])
            dispatcher.configure([ops])
        }
        #expect(receiver.requests.map(\.body) == [1, 4, 2, 3].map { "incident.opened \($0)" })
        #expect(try recordedAttempts(ofIncident: 1) == [1])
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func anAttemptThatOutlastsTheGraceOfAStopIsCalledOffAndMadeAgain() async throws {
        let receiver = receiver(.status(204))
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1, observe: take) { dispatcher in
            await receiver.received(1)
            dispatcher.stop(grace: .seconds(10))
            await bench.time.sleepers(1)
            bench.time.advance(by: .seconds(10))
        }
        #expect(try recordedAttempts(ofIncident: 1) == [], "nothing came of it")
        #expect(try await bench.store.pending() == ["ops": 1])
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2, observe: take)
        #expect(Set(receiver.requests.map(\.id)).count == 1)
        #expect(try recordedAttempts(ofIncident: 1) == [1])
        #expect(notes.aboutHealth.isEmpty)
    }

    /// Fails the store while an attempt is under way, has `dispatcher` look at it, and heals it.
    private func deliver(lookingBy look: (Dispatcher) -> Void) async throws {
        let receiver = receiver(.status(204))
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2, observe: take) { dispatcher in
            await receiver.received(1)
            try await bench.store.execute("ALTER TABLE delivery RENAME TO hidden")
            look(dispatcher)
            await bench.time.sleepers(1)
            #expect(receiver.requests.count == 1)
            try await bench.store.execute("ALTER TABLE hidden RENAME TO delivery")
            try await bench.open(2...2)
            bench.time.advance(by: .seconds(1))
            await notes.recovered()
            gate.put(())
        }
        #expect(receiver.requests.map(\.body) == ["incident.opened 1", "incident.opened 2"])
        #expect(try await bench.store.pending().isEmpty)
        #expect(notes.aboutStore.map { $0.prefix(8) } == ["failing:", "recovere"])
    }

    @Test func whatIsDueIsAskedForAgainOnceTheStoreCanBeRead() async throws {
        try await deliver { $0.wake() }
    }

    @Test func whenTheNextIsDueIsAskedForAgainOnceTheStoreCanBeRead() async throws {
        // What it is told makes nothing due, so that only the time of the next one is asked for.
        try await deliver { $0.enable("removed") }
    }

    @Test func aWebhookThatFailsAndThenIsGoneIsDownSinceItFailed() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in .status(number < 5 ? 503 : 410) }
        try await bench.open(1...1)
        let start = bench.time.now
        try await bench.deliver(to: [try webhook()], by: receiver, until: 5, observe: take)
        let endpoint = try #require(try await bench.store.endpoints()["ops"])
        #expect(endpoint.disabledWhy == "it answered 410 Gone")
        #expect(endpoint.downSince == endpoint.failingSince)
        #expect(endpoint.downSince.map { start.duration(to: $0) } == .seconds(35))
    }

    @Test func aMailGoesToItsServerAndTheServersWordsAreKept() async throws {
        let sender = try #require(MailAddress("gateway@example.com"))
        let recipient = try #require(MailAddress("ops@example.com"))
        let webhook = Webhook(
            name: "ops", url: Secret("smtps://mail.example.com"),
            format: .email(Email(from: sender, to: [recipient])))
        try await bench.open(1...1)
        let mails = Mutex<[Mail]>([])
        let dispatcher = Dispatcher(
            store: bench.store, time: bench.time.source,
            send: { _ in .failure(HTTPFailure(.other, "no request is to be made")) },
            sendMail: { mail in
                mails.withLock { $0.append(mail) }
                return .accepted("2.0.0 queued as 42")
            }, observe: take)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await dispatcher.run() }
            dispatcher.configure([webhook])
            await ended(1)
            dispatcher.stop(grace: .seconds(3600))
            await group.waitForAll()
        }
        let mail = try #require(mails.withLock { $0 }.first)
        #expect(mail.url == "smtps://mail.example.com")
        #expect(mail.to == ["ops@example.com"])
        let text = String(decoding: mail.message, as: UTF8.self)
        #expect(text.contains("\r\nMessage-ID: <msg_test_1_"))
        #expect(text.hasSuffix("incident.opened 1"))
        let reader = try StoreReader(path: bench.folder.database, of: bench.store)
        let delivery = try #require(try reader.record(of: 1)?.deliveries.first)
        #expect(delivery.delivery.state == .delivered)
        #expect(
            delivery.attempts.map { String(decoding: $0.answer, as: UTF8.self) } == ["2.0.0 queued as 42"])
    }
}
