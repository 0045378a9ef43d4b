import Notifiers
import Rules

extension Setting {
    /// Reads `tls:`, and finds out whether the key is that of the certificate.
    func checkedIdentity() -> RequestOptions.Identity? {
        guard let (identity, cert, key) = serverIdentity() else { return nil }
        switch Crypto.flaw(ofCertificate: identity.certificate, key: identity.key) {
        case nil: return identity
        case .certificateUnreadable:
            cert.fail(
                "the file that 'cert' names holds no certificate that can be read",
                cure: "look at it: openssl x509 -noout -text -in FILE")
        case .keyUnreadable:
            key.fail(
                "the file that 'key' names holds no private key that can be read",
                cure: "look at it: openssl pkey -noout -check -in FILE")
        case .keyOfAnother:
            key.fail(
                "the private key is not that of the certificate",
                cure:
                    "the server's own certificate comes first in the file that 'cert' names, those that vouch for it after it"
            )
        }
        return nil
    }
}
