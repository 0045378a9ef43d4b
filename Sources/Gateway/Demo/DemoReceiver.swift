import HTTP
import Notifiers
import Rules

/// A receiver as a user would write one: it verifies the signature and prints a line for each webhook.
struct DemoReceiver: Sendable {
    static let address = "127.0.0.1"
    static let port: UInt16 = 9201

    let secret: SigningSecret?
    let now: @Sendable () -> Timestamp
    let print: @Sendable (String) -> Void

    func handle(_ request: HTTPServer.Request) -> HTTPServer.Outcome {
        let fields = request.fields
        let check = secret.map { secret in
            Signature.check(
                id: fields["webhook-id"], timestamp: fields["webhook-timestamp"],
                signature: fields["webhook-signature"], body: request.body, secret: secret, at: now())
        }
        let text = String(decoding: request.body, as: UTF8.self)
        let type = Self.value(of: "type", in: text) ?? "?"
        let machine = Self.value(of: "machine", in: text) ?? "?"
        let words = Self.value(of: "resolved_message", in: text) ?? Self.value(of: "message", in: text)
        let message = words ?? text
        print(
            "receiver: \(check?.rawValue ?? "unsigned")  \(type.padded(to: 17))  \(machine.padded(to: 10))  \(message)"
                + "  (\(fields["webhook-id"] ?? "no webhook-id"))")
        let isGenuine = check == .ok || check == nil
        return .now(HTTPServer.Response(status: isGenuine ? 204 : 401, fields: [:], body: []))
    }

    /// The text under a key, wherever it first stands: enough for a line on a terminal, and no more.
    private static func value(of key: String, in json: String) -> String? {
        let parts = json.split(separator: "\"\(key)\":\"", maxSplits: 1)
        return parts.count == 2 ? parts[1].split(separator: "\"", maxSplits: 1).first.map(String.init) : nil
    }
}
