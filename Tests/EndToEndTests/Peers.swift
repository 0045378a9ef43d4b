import Foundation
import HTTP
import Notifiers
import Rules
import Synchronization
import Testing

func now() -> Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
}

/// A fleet whose machines say what a test wants of them.
final class TestFleet: Sendable {
    private let server: HTTPServer

    /// `cpu` gives the value of each machine, by its number.
    init(machines: Int, cpu: @escaping @Sendable (Int) -> Double) throws {
        server = try HTTPServer(.init()) { _ in
            let records = (0..<machines).map { #"{"machine_ip":"m\#($0)","cpu":"\#(cpu($0))%"}"# }
            let body = "[" + records.joined(separator: ",") + "]"
            return .now(.init(fields: ["content-type": "application/json"], body: Array(body.utf8)))
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)/metrics" }
}

/// A receiver on a socket that checks signatures and keeps what it was sent.
final class TestReceiver: Sendable {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    struct Webhook: Sendable {
        let id: String
        let timestamp: String
        let signature: String
        let body: [UInt8]
        let check: Signature.Check
        let accepted: Bool
        let at: ContinuousClock.Instant
    }

    private struct State {
        var webhooks: [Webhook] = []
    }

    private final class Box: Sendable {
        let state = Mutex(State())
        let changes = Mailbox<Void>()
    }

    private let box = Box()
    private let server: HTTPServer

    /// `accepts` says whether the request of a number, from 1, is answered with 204 or with 503.
    init(accepts: @escaping @Sendable (Int) -> Bool = { _ in true }) throws {
        let secret = try #require(SigningSecret(Self.secret))
        let box = box
        server = try HTTPServer(.init()) { request in
            let fields = request.fields
            let check = Signature.check(
                id: fields["webhook-id"], timestamp: fields["webhook-timestamp"],
                signature: fields["webhook-signature"], body: request.body, secret: secret, at: now())
            let isAccepted = box.state.withLock { state in
                let isAccepted = accepts(state.webhooks.count + 1)
                state.webhooks.append(
                    Webhook(
                        id: fields["webhook-id"] ?? "", timestamp: fields["webhook-timestamp"] ?? "",
                        signature: fields["webhook-signature"] ?? "", body: request.body, check: check,
                        accepted: isAccepted, at: .now))
                return isAccepted
            }
            box.changes.put(())
            return .now(.init(status: isAccepted ? 204 : 503))
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)/alerts" }
    var webhooks: [Webhook] { box.state.withLock(\.webhooks) }

    /// Returns as soon as `count` requests have come, or when the test is called off.
    func received(_ count: Int) async {
        while box.state.withLock(\.webhooks.count) < count, await box.changes.take() != nil {}
    }
}

/// A rules file for one fleet and one receiver.
func rules(_ fleet: TestFleet, _ receiver: TestReceiver, window: Int = 2, above: Int = 85) -> String {
    """
    sources:
      - {name: fleet, url: "\(fleet.url)", interval: 100ms, json: {metrics: {cpu: cpu}}}
    rules:
      - {name: cpu-high, metric: cpu, window: \(window), above: \(above), severity: critical}
    webhooks:
      - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
    server: {listen: "127.0.0.1:0"}
    """
}

/// The status of a POST without a body.
func post(_ url: String) async throws -> Int { try await send("POST", url).status }

/// The body of a GET, and its status.
func get(_ url: String) async throws -> (status: Int, body: String) { try await send("GET", url) }

/// The status and the body of what a request is answered with; 0 and why where there is no answer.
func send(_ method: String, _ url: String, token: String? = nil) async throws -> (status: Int, body: String) {
    let client = try HTTPClient(userAgent: "test")
    var request = HTTPRequest(
        method: method, url: url, timeout: .seconds(30), answerLimit: .refuse(beyond: 1 << 24))
    if let token { request.fields.add("authorization", "Bearer \(token)", isSecret: true) }
    let reply = await client.send(request)
    client.close()
    guard case .answer(let answer) = reply else { return (0, "\(reply)") }
    return (answer.status, String(decoding: answer.body, as: UTF8.self))
}
