import HTTP
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Notifiers

let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func makeIncident(_ id: Int64, rule: String = "cpu-high", machine: String = "10.0.0.7") throws -> Incident {
    Incident(
        id: id, rule: rule, severity: .critical, machine: machine, source: "fleet", metric: "cpu",
        aggregate: .mean, window: .samples(3), threshold: try #require(Threshold(.above, 85)), value: 91,
        peak: 97, lastValue: 91, message: "cpu is high", labels: ["env": "production"],
        openedAt: Timestamp(milliseconds: id), rulesVersion: 1)
}

func webhook(
    _ name: String = "ops", url: String = "http://ops.example/alerts", concurrency: Int = 8
) throws -> Webhook {
    Webhook(
        name: name, url: Secret(url), secrets: [try #require(SigningSecret(secret))], concurrency: concurrency
    )
}

/// A receiver without a socket: answers as told and remembers each request.
final class Receiver: Sendable {
    struct Request: Sendable {
        let id: String
        let url: String
        let at: Timestamp
        let body: String
        let fields: HTTPFields
    }

    private struct State {
        var requests: [Request] = []
        var underWay = 0
        var mostAtOnce = 0
    }

    private let state = Mutex(State())
    private let changes = Mailbox<Void>()
    private let now: @Sendable () -> Timestamp
    private let answer: @Sendable (Request, _ number: Int) async -> HTTPReply

    init(
        _ time: ManualTime, answer: @escaping @Sendable (Request, _ number: Int) async -> HTTPReply
    ) {
        now = { time.now }
        self.answer = answer
    }

    var requests: [Request] { state.withLock(\.requests) }
    var mostAtOnce: Int { state.withLock(\.mostAtOnce) }

    func send(_ request: HTTPRequest) async -> HTTPReply {
        let taken = Request(
            id: request.fields["webhook-id"] ?? "", url: request.url, at: now(),
            body: String(decoding: request.body, as: UTF8.self), fields: request.fields)
        let number = state.withLock { state in
            state.requests.append(taken)
            state.underWay += 1
            state.mostAtOnce = max(state.mostAtOnce, state.underWay)
            return state.requests.count
        }
        changes.put(())
        let reply = await answer(taken, number)
        state.withLock { $0.underWay -= 1 }
        return reply
    }

    /// Returns as soon as `count` requests have come, or when the test is called off.
    func received(_ count: Int) async {
        while state.withLock(\.requests.count) < count, await changes.take() != nil {}
    }
}

extension HTTPReply {
    static func status(_ status: Int, _ fields: HTTPFields = [:]) -> HTTPReply {
        .answer(HTTPAnswer(status: status, fields: fields))
    }
}

/// An outbox on disk, a dispatcher over it, and time that jumps.
struct Bench {
    let folder: TemporaryFolder
    let time: ManualTime
    let store: StoreWriter

    init(jumps: Bool = true, _ folder: TemporaryFolder? = nil) throws {
        let time = ManualTime(jumps: jumps)
        self.folder = try folder ?? TemporaryFolder()
        self.time = time
        store = try StoreWriter(path: self.folder.database, newInstance: "test") { time.now }
    }

    /// Commits an incident with a delivery of its opening to each of `webhooks`.
    func open(_ ids: ClosedRange<Int64>, to webhooks: [String] = ["ops"]) async throws {
        try await commit(.opened, ids, to: webhooks)
    }

    /// - Parameter late: whether the deliveries may become late notes.
    func resolve(
        _ ids: ClosedRange<Int64>, to webhooks: [String] = ["ops"], late: Bool = false
    ) async throws {
        try await commit(.resolved, ids, to: webhooks, late: late)
    }

    func commit(
        _ kind: Event.Kind, _ ids: ClosedRange<Int64>, to webhooks: [String], late: Bool = false
    ) async throws {
        var change = Change(decidedAt: time.now)
        change.notices = try ids.map { id in
            var incident = try makeIncident(id, machine: "m\(id)")
            if kind == .resolved { incident.resolvedAt = time.now }
            let event = Event(kind: kind, at: time.now, incident: incident, evidence: [])
            let body = Array("\(kind.rawValue) \(id)".utf8)
            let lateBody = late ? Array("incident.late \(id)".utf8) : nil
            return Notice(event, letters: webhooks.map { Letter(to: $0, body: body, lateBody: lateBody) })
        }
        try await store.commit(change)
    }

    /// Commits a drill, which stands for one that waits.
    func drill(_ body: String) async throws {
        var change = Change(decidedAt: time.now)
        change.drills = [Extra("webhook.drill", Letter(to: "ops", body: Array(body.utf8)))]
        try await store.commit(change)
    }

    /// Runs a dispatcher until nothing is pending and due, `receiver` having been asked `count` times.
    func deliver(
        to webhooks: [Webhook], by receiver: Receiver, until count: Int,
        observe: @escaping @Sendable (DispatchNote) -> Void = { _ in },
        during work: (Dispatcher) async throws -> Void = { _ in }
    ) async throws {
        let dispatcher = Dispatcher(
            store: store, time: time.source, send: { await receiver.send($0) }, jitter: { 0.5 },
            observe: observe)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await dispatcher.run() }
            dispatcher.configure(webhooks)
            try await work(dispatcher)
            await receiver.received(count)
            dispatcher.stop(grace: .seconds(3600))
            try await group.waitForAll()
        }
    }
}
