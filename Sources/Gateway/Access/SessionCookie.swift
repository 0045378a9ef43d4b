import HTTP
import Notifiers
import Rules

/// What a browser bears once somebody has logged in: a token's name, signed with a key that only the database has.
///
/// It says which token it was made for, by a part of its digest, so that it ends with the token; nothing is kept of
/// it until somebody logs out.
struct SessionCookie: Hashable, Sendable {
    let token: String
    /// The mark of the token that it was made for.
    let mark: String
    let expires: Timestamp

    static let name = "gateway_session"
    /// How long it lasts.
    static let lifetime = Duration.seconds(7 * 86_400)

    init(for token: AccessToken, at time: Timestamp) {
        self.token = token.name
        mark = token.mark
        expires = time.advanced(by: Self.lifetime)
    }

    /// Nil unless `text` was signed with `key`; whether it has expired is for the caller to say.
    init?(_ text: String, signedWith key: Secret) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        // A name may hold dots.
        guard parts.count >= 4, text.utf8.count <= 300, let expires = Int64(parts[0]) else { return nil }
        let payload = parts.dropLast().joined(separator: ".")
        guard Crypto.isSame(parts[parts.count - 1], Self.signature(of: payload, key)) else { return nil }
        mark = parts[1]
        token = parts[2..<(parts.count - 1)].joined(separator: ".")
        self.expires = Timestamp(milliseconds: expires)
    }

    func text(signedWith key: Secret) -> String {
        let payload = "\(expires.milliseconds).\(mark).\(token)"
        return "\(payload).\(Self.signature(of: payload, key))"
    }

    /// A prefix sets what is signed here apart from the links of messages, which the same key signs.
    private static func signature(of payload: String, _ key: Secret) -> String {
        Crypto.signature(of: "session.\(payload)", key: key)
    }

    /// The value of the cookie that a request bears.
    static func text(of request: HTTPServer.Request) -> String? {
        guard let field = request.fields["cookie"] else { return nil }
        for pair in field.split(separator: ";") {
            let trimmed = pair.drop { $0 == " " }
            if trimmed.hasPrefix(name + "=") { return String(trimmed.dropFirst(name.utf8.count + 1)) }
        }
        return nil
    }

    /// The field that has a browser keep `value`, for no script to see and for no other site to send; with nil, forget
    /// it. `isSecure` keeps it off connections without TLS.
    static func setting(_ value: String?, isSecure: Bool) -> String {
        let age = value == nil ? 0 : lifetime.components.seconds
        return "\(name)=\(value ?? ""); HttpOnly; SameSite=Strict; Path=/; Max-Age=\(age)"
            + (isSecure ? "; Secure" : "")
    }
}
