/// How the requests to one endpoint are made, whatever they say.
public struct RequestOptions: Hashable, Sendable {
    public var authorization: Authorization?
    /// Certificates, in PEM, of the only authorities that are trusted; nil stands for those of the system.
    public var authorities: String?
    public var identity: Identity?
    /// The URL of the proxy; it may hold a password.
    public var proxy: Secret?
    /// Whether they may go to addresses that are not of the public internet.
    public var allowsPrivate: Bool

    /// Who is asking.
    public enum Authorization: Hashable, Sendable {
        case bearer(Secret)
        case basic(user: String, password: Secret)

        /// The value of the field `Authorization` (RFC 6750 §2.1, RFC 7617 §2).
        public var field: Secret {
            switch self {
            case .bearer(let token): Secret("Bearer " + token.revealed)
            case .basic(let user, let password):
                Secret("Basic " + Base64.encode(Array("\(user):\(password.revealed)".utf8)))
            }
        }
    }

    /// The client's own certificate and private key, in PEM.
    public struct Identity: Hashable, Sendable {
        public let certificate: String
        public let key: Secret
        public let keyPassword: Secret?

        public init(certificate: String, key: Secret, keyPassword: Secret? = nil) {
            self.certificate = certificate
            self.key = key
            self.keyPassword = keyPassword
        }
    }

    public init(
        authorization: Authorization? = nil, authorities: String? = nil, identity: Identity? = nil,
        proxy: Secret? = nil, allowsPrivate: Bool = true
    ) {
        self.authorization = authorization
        self.authorities = authorities
        self.identity = identity
        self.proxy = proxy
        self.allowsPrivate = allowsPrivate
    }
}

/// A field that the user has sent with each request to an endpoint.
public struct Header: Hashable, Sendable {
    public let name: String
    public let value: Secret

    public init(_ name: String, _ value: Secret) {
        self.name = name
        self.value = value
    }
}
