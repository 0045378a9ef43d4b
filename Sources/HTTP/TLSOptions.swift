/// Whom a TLS connection trusts, and who it says it is. The peer is always verified.
public struct TLSOptions: Hashable, Sendable {
    /// Certificates in PEM of the only authorities that are trusted; nil stands for those of the system.
    public var authorities: String?
    public var identity: Identity?

    /// What is shown to a peer that asks who is there.
    public struct Identity: Hashable, Sendable {
        /// The certificate in PEM, followed by those that vouch for it.
        public let certificate: String
        /// Its private key in PEM.
        public let key: String
        /// What the key is encrypted with, if it is.
        public let keyPassword: String?

        public init(certificate: String, key: String, keyPassword: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.keyPassword = keyPassword
        }
    }

    public init(authorities: String? = nil, identity: Identity? = nil) {
        self.authorities = authorities
        self.identity = identity
    }
}
