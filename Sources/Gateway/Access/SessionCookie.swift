import HTTP
import Notifiers
import Rules

/// What a browser bears once somebody has logged in: a token's name and an expiry, signed with a key that only the
/// database has.
///
/// The signature is of the token's digest too, so that it ends with the token; nothing is kept of it until somebody logs
/// out.
struct SessionCookie: Hashable, Sendable {
    /// The name of the token that it was made for.
    let token: String
    let expires: Timestamp

    static let name = "gateway_session"
    /// How long it lasts.
    static let lifetime = Duration.seconds(7 * 86_400)

    init(for token: AccessToken, at time: Timestamp) {
        self.token = token.name
        expires = time.advanced(by: Self.lifetime)
    }

    /// Nil unless `text` was signed with `key` for one of `tokens`; whether it has expired is for the caller to say.
    init?(_ text: String, signedWith key: Secret, for tokens: [AccessToken]) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        // A name may hold dots.
        guard parts.count >= 3, text.utf8.count <= 300, let expires = Int64(parts[0]) else { return nil }
        self.token = parts[1..<(parts.count - 1)].joined(separator: ".")
        self.expires = Timestamp(milliseconds: expires)
        guard let token = tokens.first(where: { [name = self.token] in $0.name == name }),
            Crypto.isSame(text, self.text(signedWith: key, for: token))
        else { return nil }
    }

    /// A prefix sets what is signed here apart from the links of messages, which the same key signs.
    func text(signedWith key: Secret, for token: AccessToken) -> String {
        let payload = "\(expires.milliseconds).\(self.token)"
        return payload + "." + Crypto.signature(of: "session.\(token.digest).\(payload)", key: key)
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
