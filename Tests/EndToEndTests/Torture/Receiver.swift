import Foundation
import HTTP
import Notifiers
import Rules
import Synchronization
import TestSupport
import Testing

/// What a receiver was sent.
final class Receiver: Sendable {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    struct Webhook: Sendable {
        let id: String
        let sequence: Int
        let body: [UInt8]
        let check: Signature.Check
        let isAccepted: Bool
    }

    private struct State {
        var webhooks: [Webhook] = []
        var accepted = 0
    }

    private let state = Mutex(State())
    private let arrivals = Mailbox<Void>()
    private let secret: SigningSecret

    init() throws { secret = try #require(SigningSecret(Self.secret)) }

    var webhooks: [Webhook] { state.withLock(\.webhooks) }

    /// Takes note of a request; `field` gives what a header says. The signature is to be of the time that it says.
    func note(_ field: (String) -> String?, _ body: [UInt8], isAccepted: Bool) {
        let seconds = field("webhook-timestamp").flatMap { Int64($0) } ?? 0
        let check = Signature.check(
            id: field("webhook-id"), timestamp: field("webhook-timestamp"),
            signature: field("webhook-signature"), body: body, secret: secret,
            at: Timestamp(milliseconds: seconds * 1000))
        state.withLock { state in
            state.accepted += isAccepted ? 1 : 0
            state.webhooks.append(
                Webhook(
                    id: field("webhook-id") ?? "",
                    sequence: field("webhook-sequence").flatMap { Int($0) } ?? 0,
                    body: body, check: check, isAccepted: isAccepted))
        }
        arrivals.put(())
    }

    /// Returns once `count` more webhooks were accepted, and says how long that took.
    @discardableResult
    func accepts(_ count: Int = 1) async throws -> Duration {
        let (wanted, start) = (state.withLock(\.accepted) + count, ContinuousClock.now)
        while state.withLock({ $0.accepted < wanted }) {
            _ = try #require(await arrivals.take(), "nothing more is accepted")
        }
        return start.duration(to: .now)
    }
}

/// A receiver on a socket.
final class ReceiverServer: Sendable {
    private let server: HTTPServer

    /// `accepts` says whether the next request is answered with 204 or with 503.
    init(_ receiver: Receiver, accepts: @escaping @Sendable () -> Bool = { true }) throws {
        server = try HTTPServer(.init()) { request in
            let isAccepted = accepts()
            receiver.note({ request.fields[$0] }, request.body, isAccepted: isAccepted)
            return .now(.init(status: isAccepted ? 204 : 503))
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)/alerts" }
}
