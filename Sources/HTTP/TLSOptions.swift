internal import CCurl

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

extension EasyHandle {
    /// libcurl takes the bytes and not the names of files: a connection is then shared only by requests that have
    /// the same certificates, and a file that is being replaced is never read halfway.
    func set(_ tls: TLSOptions) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities = tls.authorities {
            set(CURLOPT_CAINFO_BLOB, blob: Array(authorities.utf8))
            // The folder of the system's authorities would be trusted beside them.
            unsafe set(CURLOPT_CAPATH, nil)
        }
        if let identity = tls.identity {
            set(CURLOPT_SSLCERT_BLOB, blob: Array(identity.certificate.utf8))
            set(CURLOPT_SSLKEY_BLOB, blob: Array(identity.key.utf8))
            // Without a password OpenSSL would ask for one at the terminal.
            set(CURLOPT_KEYPASSWD, identity.keyPassword ?? "")
        }
    }
}
