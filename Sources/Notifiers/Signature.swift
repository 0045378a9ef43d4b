public import Rules

/// The signature of Standard Webhooks 1.0
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
public enum Signature {
    /// The value of `webhook-signature`: one signature for each secret, separated by spaces.
    ///
    /// What is signed is `id.timestamp.body`, the timestamp in whole seconds since 1970.
    static func value(id: String, seconds: Int64, body: [UInt8], secrets: [SigningSecret]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return secrets.map { $0.signature(of: signed) }.joined(separator: " ")
    }

    /// How far a request's timestamp may lie from the receiver's clock, in seconds.
    static let tolerance: Int64 = 300

    /// What a receiver that knows `secret` finds.
    public enum Check: String, Sendable {
        case ok = "signature ok"
        case missing = "signature missing"
        case wrong = "signature WRONG"
        case stale = "signature stale"
    }

    /// Checks a request as any receiver should: the signature in constant time, and its age.
    public static func check(
        id: String?, timestamp: String?, signature: String?, body: [UInt8], secret: SigningSecret,
        at now: Timestamp
    ) -> Check {
        guard let id, let seconds = timestamp.flatMap({ Int64($0) }), let signature else { return .missing }
        let expected = value(id: id, seconds: seconds, body: body, secrets: [secret])
        guard signature.split(separator: " ").contains(where: { Crypto.isSame(String($0), expected) }) else {
            return .wrong
        }
        let (age, overflow) = (now.milliseconds / 1000).subtractingReportingOverflow(seconds)
        return !overflow && age.magnitude <= tolerance.magnitude ? .ok : .stale
    }
}
