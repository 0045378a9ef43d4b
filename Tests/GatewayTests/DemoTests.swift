import Collector
import Foundation
import HTTP
import Notifiers
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct DemoTests {
    /// The request as a server takes it.
    private static func ask(
        _ request: HTTPRequest, _ handle: (HTTPServer.Request) -> HTTPServer.Outcome
    ) -> HTTPReply {
        let path = request.url.split(separator: "/", maxSplits: 2).last.map { "/" + $0 } ?? "/"
        guard
            let asked = HTTPServer.Request(
                method: request.method, target: path, fields: request.fields, body: request.body),
            case .now(let response) = handle(asked)
        else { return .failure(HTTPFailure(.invalidURL, "no such target")) }
        return .answer(HTTPAnswer(status: response.status, fields: response.fields, body: response.body))
    }

    @Test func aNewUserSeesTheShippedRulesOpenAndResolveIncidentsWithinMinutes() async throws {
        let environment = Demo.environment([:])
        let shipped = try Configuration.load(path: shippedRules.path, environment: environment)
        let configuration = Demo.adapted(shipped)
        #expect(configuration.storage.path == "gateway-demo.db", "it has a history of its own")
        let secret = try #require(configuration.webhooks.first?.secrets.first)
        let clock = ManualTime(jumps: true)
        let printed = Mutex<[String]>([])
        let receiver = DemoReceiver(
            secret: secret, now: { ManualTime().now },
            print: { line in printed.withLock { $0.append(line) } })
        let bench = try Bench(answer: { request, _ in Self.ask(request) { receiver.handle($0) } })
        var judge = Judge(
            bench.service,
            pipeline: try await Pipeline(store: bench.service.store, now: bench.service.time.now))
        try await judge.start(configuration)
        let fleet = DemoFleet(now: { clock.now })
        let polls = Mailbox<PollOutcome>()
        let poller = Poller(
            configuration.sources, send: { request in Self.ask(request) { fleet.handle($0) } },
            time: clock.source, deliver: { polls.put($0) })
        let polling = Task { await poller.run() }
        try await bench.running(judge) {
            var count = 0
            defer { polling.cancel() }
            while count < 180, let outcomes = await polls.take() {
                for outcome in outcomes.prefix(180 - count) { bench.service.receive(outcome) }
                count += outcomes.count
            }
            while !bench.network.told.contains(where: { $0.contains("incident.resolved") }) {
                await bench.network.sent(bench.network.told.count + 1)
            }
        }
        let lines = printed.withLock { $0 }
        #expect(
            lines.allSatisfy {
                $0.hasPrefix("receiver: signature ok  incident.") && $0.contains("  10.0.0.")
            }, "\(lines)")
        #expect(lines.contains { $0.contains("incident.opened ") && $0.contains(" is above ") }, "\(lines)")
        #expect(lines.contains { $0.contains("incident.resolved ") }, "\(lines)")
    }

    @Test func whatNobodyHasSignedIsRefusedWhereThereIsASecret() throws {
        let printed = Mutex<[String]>([])
        let secret = try #require(Demo.environment([:])[Demo.secretVariable].flatMap(SigningSecret.init))
        let forged = HTTPRequest(
            method: "POST", url: "http://127.0.0.1:9201/alerts", body: Array("{}".utf8), timeout: .zero,
            answerLimit: .cut(at: 0))
        var statuses: [Int] = []
        for secret in [secret, nil] {
            let receiver = DemoReceiver(
                secret: secret, now: { Timestamp(milliseconds: 0) },
                print: { line in printed.withLock { $0.append(line) } })
            if case .answer(let answer) = Self.ask(forged, receiver.handle) { statuses.append(answer.status) }
        }
        #expect(statuses == [401, 204])
        #expect(printed.withLock { $0 }.map { $0.contains("receiver: unsigned ") } == [false, true])
    }

    @Test func elsewhereTheFleetSaysWhereItIs() throws {
        let elsewhere = HTTPRequest(url: "http://127.0.0.1:9200/", timeout: .zero, answerLimit: .cut(at: 0))
        let reply = Self.ask(elsewhere, DemoFleet(now: { Timestamp(milliseconds: 0) }).handle)
        guard case .answer(let answer) = reply else { throw HTTPFailure(.other, "no answer") }
        #expect(answer.status == 404)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("the demo fleet is at /metrics"))
    }

    @Test func aSecretOfTheUsersOwnIsKept() {
        #expect(Demo.environment(["OPS_WEBHOOK_SECRET": "whsec_own"]) == ["OPS_WEBHOOK_SECRET": "whsec_own"])
    }
}
