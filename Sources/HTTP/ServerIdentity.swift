internal import CMicroHTTPD
import Synchronization

/// Who a server says it is to clients that come by TLS; it may become another while the server runs.
public final class ServerIdentity: Sendable {
    private let current: Mutex<ServerCredentials>

    /// Throws where the certificate, the key or both cannot be used.
    public init(_ identity: TLSOptions.Identity) throws(ServerError) {
        current = Mutex(try ServerCredentials(identity))
    }

    /// Shows `identity` from the next connection on; those that are open go on as they are.
    ///
    /// Gives whether it is another than before. Where it cannot be used, it throws, and the one before goes on.
    @discardableResult
    public func renew(_ identity: TLSOptions.Identity) throws(ServerError) -> Bool {
        guard identity != credentials.identity else { return false }
        let next = try ServerCredentials(identity)
        current.withLock { $0 = next }
        return true
    }

    var credentials: ServerCredentials { current.withLock { $0 } }
}

/// A certificate and its key as GnuTLS holds them.
final class ServerCredentials: Sendable {
    let identity: TLSOptions.Identity
    /// The address of a `gnutls_certificate_credentials_t`.
    private let address: UInt

    init(_ identity: TLSOptions.Identity) throws(ServerError) {
        var credentials: gnutls_certificate_credentials_t?
        let code = unsafe cmicrohttpd_read_credentials(identity.certificate, identity.key, &credentials)
        guard code == 0 else {
            throw .failed(
                "the certificate and its key cannot be used: \(unsafe String(cString: gnutls_strerror(code)))"
            )
        }
        self.identity = identity
        address = UInt(bitPattern: credentials)
    }

    deinit { unsafe gnutls_certificate_free_credentials(OpaquePointer(bitPattern: address)) }

    /// Shows them to the client of a connection that was just accepted, in place of those that the daemon began with.
    ///
    /// The session keeps no copy: they must be held until the connection has ended.
    func show(on session: UnsafeMutableRawPointer) {
        unsafe gnutls_credentials_set(
            OpaquePointer(session), GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(bitPattern: address))
    }
}
