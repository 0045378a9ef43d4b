/// How the requests to one endpoint are made, whatever they say.
public struct RequestOptions: Hashable, Sendable {
    /// The value of the field `Authorization`.
    public var authorization: Secret?
    /// Certificates, in PEM, of the only authorities that are trusted; nil stands for those of the system.
    public var authorities: String?
    public var identity: Identity?
    /// The URL of the proxy; it may hold a password.
    public var proxy: Secret?
    /// Whether they may go to addresses that are not of the public internet.
    public var allowsPrivate: Bool

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
        authorization: Secret? = nil, authorities: String? = nil, identity: Identity? = nil,
        proxy: Secret? = nil, allowsPrivate: Bool = true
    ) {
        self.authorization = authorization
        self.authorities = authorities
        self.identity = identity
        self.proxy = proxy
        self.allowsPrivate = allowsPrivate
    }
}
