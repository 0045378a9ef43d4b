import HTTP
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Notifiers

@Suite struct DispatcherTests {
    @Test func aDeliveryArrivesSignedAndNumberedAndOnce() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, _ in .status(204) }
        try await bench.open(1...3)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 3)
        let requests = receiver.requests.sorted { $0.body < $1.body }
        #expect(requests.map(\.body) == (1...3).map { "incident.opened \($0)" })
        #expect(zip(requests.map(\.id), 1...3).allSatisfy { $0.hasPrefix("msg_test_\($1)_") })
        #expect(requests.map { $0.fields["webhook-sequence"] } == ["1", "2", "3"])
        for request in requests {
            let check = Signature.check(
                id: request.id, timestamp: request.fields["webhook-timestamp"],
                signature: request.fields["webhook-signature"], body: Array(request.body.utf8),
                secret: try #require(SigningSecret(secret)), at: request.at)
            #expect(check == .ok)
            #expect(request.fields["content-type"] == "application/json")
        }
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func aDeadReceiverIsTriedOnScheduleThenTheDeliveryIsKeptAsDead() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, _ in .status(500) }
        try await bench.open(1...1)
        let start = bench.time.now
        try await bench.deliver(to: [try webhook()], by: receiver, until: 12)
        let times = receiver.requests.map { start.duration(to: $0.at).wholeMilliseconds / 1000 }
        #expect(
            times == [0, 5, 35, 155, 455, 1355, 3155, 6755, 13_955, 28_355, 57_155, 100_355])
        #expect(Set(receiver.requests.map(\.id)).count == 1)
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func theEventsOfAnIncidentArriveInOrderThroughFailures() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in .status(number % 3 == 1 ? 200 : 503) }
        try await bench.open(1...5)
        try await bench.resolve(1...5)
        // Deliveries that fail must not all be over before each was accepted.
        let accepted = Mutex<[String]>([])
        let recording = Receiver(bench.time) { request, _ in
            let reply = await receiver.send(
                HTTPRequest(
                    url: "", fields: request.fields, body: Array(request.body.utf8), timeout: .zero,
                    answerLimit: .cut(at: 0)))
            if case .answer(let answer) = reply, answer.status == 200 {
                accepted.withLock { $0.append(request.body) }
            }
            return reply
        }
        try await bench.deliver(to: [try webhook()], by: recording, until: 28)
        let order = accepted.withLock { $0 }
        #expect(order.count == 10)
        for id in 1...5 {
            let opened = try #require(order.firstIndex(of: "incident.opened \(id)"))
            let resolved = try #require(order.firstIndex(of: "incident.resolved \(id)"))
            #expect(opened < resolved)
        }
    }

    @Test func retryAfterHoldsTheWholeWebhook() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in
            number == 1 ? .status(429, ["Retry-After": "600"]) : .status(200)
        }
        try await bench.open(1...20)
        let start = bench.time.now
        try await bench.deliver(to: [try webhook(concurrency: 1)], by: receiver, until: 21)
        let times = receiver.requests.map { start.duration(to: $0.at).wholeMilliseconds / 1000 }
        #expect(times.first == 0)
        #expect(times.dropFirst().allSatisfy { $0 >= 600 })
    }

    @Test func aFailingReceiverIsProbedByOneAtATimeAndReleasesItsBacklogInOrder() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in .status(number <= 40 ? 500 : 200) }
        let recovered = Mutex<Timestamp?>(nil)
        let time = bench.time
        try await bench.open(1...20)
        try await bench.deliver(
            to: [try webhook()], by: receiver, until: 60,
            observe: { note in
                if case .health(.healthy, _) = note { recovered.withLock { $0 = time.now } }
            })
        let end = try #require(recovered.withLock { $0 })
        let late = receiver.requests.filter { $0.at > end.advanced(by: .milliseconds(1)) }
        #expect(late.isEmpty, "the first success releases the backlog at once")
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func goneDisablesTheWebhookAndItsDeliveriesAreKept() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in .status(number == 1 ? 410 : 200) }
        try await bench.open(1...2)
        try await bench.deliver(to: [try webhook(concurrency: 1)], by: receiver, until: 1)
        #expect(try await bench.store.pending() == ["ops": 2])
        // After a restart it is still disabled, until a person says so.
        try await bench.deliver(to: [try webhook()], by: receiver, until: 3, during: { $0.enable("ops") })
        #expect(receiver.requests.count == 3)
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func toEnableAFailingWebhookMakesItNoHealthierThanItIs() async throws {
        let bench = try Bench(jumps: false)
        let notes = Notes()
        let attempts = Mailbox<Void>()
        let receiver = Receiver(bench.time) { _, number in .status(number <= 5 ? 500 : 200) }
        try await bench.open(1...5)
        try await bench.deliver(
            to: [try webhook()], by: receiver, until: 10,
            observe: { note in
                notes.take(note)
                if case .attempt = note { attempts.put(()) }
            },
            during: { dispatcher in
                var failed = 0
                while failed < 5, let more = await attempts.take()?.count { failed += more }
                dispatcher.enable("ops")
            })
        #expect(notes.aboutHealth == [.failing(since: bench.time.now), .healthy])
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func anotherURLEnablesADisabledWebhook() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, number in .status(number == 1 ? 410 : 200) }
        try await bench.open(1...1)
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1)
        try await bench.deliver(to: [try webhook(url: "http://new.example/")], by: receiver, until: 2)
        #expect(try await bench.store.pending().isEmpty)
    }

    @Test func neverMoreThanItsConcurrencyAtOnce() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, _ in
            await Task.yield()
            return .status(200)
        }
        try await bench.open(1...300)
        try await bench.deliver(to: [try webhook(concurrency: 3)], by: receiver, until: 300)
        #expect(receiver.mostAtOnce <= 3)
        #expect(Set(receiver.requests.map(\.id)).count == 300)
        #expect(receiver.requests.count == 300)
    }

    @Test func whatWasUnderWayAtACrashGoesAgainWithTheSameId() async throws {
        let bench = try Bench()
        let (held, release) = AsyncStream<Void>.makeStream()
        let receiver = Receiver(bench.time) { _, number in
            if number == 1 { for await _ in held {} }
            return number == 1 ? .failure(HTTPFailure(.cancelled, "")) : .status(200)
        }
        try await bench.open(1...1)
        // The request is called off, as by the end of the process: nothing of it is recorded.
        let dispatcher = Dispatcher(
            store: bench.store, time: bench.time.source, send: { await receiver.send($0) })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await dispatcher.run() }
            dispatcher.configure([Webhook(name: "ops", url: Secret("http://ops.example/"))])
            await receiver.received(1)
            group.cancelAll()
            release.finish()
        }
        #expect(try await bench.store.pending() == ["ops": 1])
        try await bench.deliver(to: [try webhook()], by: receiver, until: 2)
        #expect(receiver.requests.count == 2)
        #expect(Set(receiver.requests.map(\.id)).count == 1)
    }

    @Test func aWebhookTakenOutOfTheFileKeepsItsDeliveries() async throws {
        let bench = try Bench()
        let receiver = Receiver(bench.time) { _, _ in .status(200) }
        try await bench.open(1...1, to: ["ops", "old"])
        try await bench.deliver(to: [try webhook()], by: receiver, until: 1)
        #expect(try await bench.store.pending() == ["old": 1])
        try await bench.deliver(to: [try webhook("old")], by: receiver, until: 2)
        #expect(try await bench.store.pending().isEmpty)
    }

    /// What stands in a digest or a newer drill is not told again, and an opening not after its end.
    @Test func whatIsOvertakenWhileAnotherIsUnderWayIsNotSent() async throws {
        let bench = try Bench()
        try await bench.open(1...1)
        try await bench.drill("drill 1")
        let gate = Mailbox<Void>()
        let receiver = Receiver(bench.time) { _, number in
            if number == 1 { _ = await gate.take() }
            return .status(204)
        }
        // With the first under way, the drill was fetched too and waits for its turn.
        try await bench.deliver(
            to: [try webhook(concurrency: 1)], by: receiver, until: 2,
            during: { dispatcher in
                await receiver.received(1)
                try await bench.drill("drill 2")
                dispatcher.wake(overtaken: ["ops"])
                gate.put(())
            })
        #expect(receiver.requests.map(\.body) == ["incident.opened 1", "drill 2"])
    }
}
