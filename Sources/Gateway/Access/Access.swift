import HTTP
import Notifiers
import Rules
import Synchronization

/// To whom the API is open, and how requests are told apart.
final class Access: Sendable {
    private let tokens: Mutex<[AccessToken]>
    private let key = Mutex<Secret?>(nil)
    private let isTLS: Bool
    private let trustedProxies: Set<IPAddress>
    /// Where people reach the gateway, if that is known.
    let publicURL: String?
    let tries: FailedTries
    /// What is shown to clients, once the server runs and where they come by TLS.
    private let identity = Mutex<ServerIdentity?>(nil)

    /// `uptime` is time that nobody sets.
    init(_ settings: ServerSettings, uptime: @escaping @Sendable () -> Duration) {
        tokens = Mutex(settings.allTokens)
        isTLS = settings.tls != nil
        trustedProxies = Set(settings.trustedProxies)
        publicURL = settings.publicURL
        tries = FailedTries(uptime: uptime)
    }

    /// Goes over to other tokens at once; sessions of those that are gone end with them.
    ///
    /// The last one is not given up: the API would then be open at an address where that is not allowed.
    func adopt(_ settings: ServerSettings) {
        let next = settings.allTokens
        if !next.isEmpty { tokens.withLock { $0 = next } }
    }

    /// What the server is to show to its clients; nil for plain HTTP.
    func makeIdentity(_ settings: ServerSettings) throws(ServerError) -> ServerIdentity? {
        guard let tls = settings.tls else { return nil }
        let made = try ServerIdentity(TLSOptions.Identity(tls))
        identity.withLock { $0 = made }
        return made
    }

    /// Shows the certificate of `settings` from the next connection on; gives whether it is another than before.
    func renewIdentity(_ settings: ServerSettings) throws(ServerError) -> Bool {
        guard let tls = settings.tls, let identity = identity.withLock({ $0 }) else { return false }
        return try identity.renew(TLSOptions.Identity(tls))
    }

    /// Whether nobody is asked for a token.
    var isOpen: Bool { tokens.withLock(\.isEmpty) }

    /// The token that `text` is.
    func token(_ text: String) -> AccessToken? {
        let digest = Crypto.sha256(Array(text.utf8))
        return tokens.withLock { tokens in
            Crypto.index(of: digest, among: tokens.map(\.digest)).map { tokens[$0] }
        }
    }

    /// The session that `text` is, and the token that it stands for; nil once there is no such token.
    func session(_ text: String, signedWith key: Secret) -> (SessionCookie, AccessToken)? {
        let tokens = tokens.withLock { $0 }
        guard let session = SessionCookie(text, signedWith: key, for: tokens) else { return nil }
        return tokens.first { $0.name == session.token }.map { (session, $0) }
    }

    /// The key that signs sessions, read once it is there.
    func key(_ read: () throws(Problem) -> String?) throws(Problem) -> Secret? {
        if let known = key.withLock({ $0 }) { return known }
        guard let text = try read() else { return nil }
        key.withLock { $0 = Secret(text) }
        return Secret(text)
    }

    /// Where a request comes from: its peer, or whom a trusted proxy names as its own.
    func address(of request: HTTPServer.Request) -> String {
        guard isFromProxy(request),
            let field = request.fields.list.last(where: { $0.name.lowercased() == "x-forwarded-for" })
        else { return request.peer }
        // Each proxy adds at the end whom it was asked by; what stands before the first untrusted one is anybody's word.
        let chain = field.value.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.prefix { $0 != " " })
        }
        let client = chain.last { IPAddress($0).map { !trustedProxies.contains($0) } ?? true }
        return client.flatMap { IPAddress($0) == nil ? nil : $0 } ?? request.peer
    }

    /// Whether the browser came by TLS, as far as that is known.
    func isSecure(_ request: HTTPServer.Request) -> Bool {
        isTLS || isFromProxy(request) && request.fields["x-forwarded-proto"]?.lowercased() == "https"
    }

    private func isFromProxy(_ request: HTTPServer.Request) -> Bool {
        !trustedProxies.isEmpty && IPAddress(request.peer).map(trustedProxies.contains) == true
    }
}

extension ServerSettings {
    /// The named ones, and the one without a name.
    var allTokens: [AccessToken] { (token.map { [.unnamed($0)] } ?? []) + tokens }

    /// Whether a running gateway does not take up what changes in `next`.
    func needsRestart(for next: ServerSettings) -> Bool {
        var taken = next
        if tls != nil, next.tls != nil { taken.tls = tls }
        if !next.allTokens.isEmpty || allTokens.isEmpty { (taken.token, taken.tokens) = (token, tokens) }
        return self != taken
    }
}

extension TLSOptions.Identity {
    fileprivate init(_ identity: RequestOptions.Identity) {
        self.init(certificate: identity.certificate, key: identity.key.revealed)
    }
}
