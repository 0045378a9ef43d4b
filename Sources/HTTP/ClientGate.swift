internal import CCurl
import Glibc

/// Holds one transfer to its policy: libcurl asks it for each address, and it remembers how they fared.
@safe final class AddressGate {
    private let policy: AddressPolicy
    /// The first address that was refused, and what it is.
    private var refused: (address: NetworkAddress, objection: String)?
    /// Whether there was another one to try: then its failure is what counts.
    private var hasAllowed = false

    init(_ policy: AddressPolicy) {
        self.policy = policy
    }

    /// Has libcurl ask before it opens a socket, and before it sends over a connection that was there already: that
    /// one may have been opened for a request with another policy. The handle keeps the gate's address.
    func install(on handle: EasyHandle) {
        guard policy != .any else { return }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe handle.set(CURLOPT_OPENSOCKETDATA, context)
        unsafe handle.setOpenSocket(onOpenSocket)
        unsafe handle.set(CURLOPT_PREREQDATA, context)
        unsafe handle.setPrerequisite(onConnected)
    }

    func allows(_ address: NetworkAddress?) -> Bool {
        guard let address else { return false }
        guard let objection = policy.objection(to: address) else {
            hasAllowed = true
            return true
        }
        if refused == nil { refused = (address, objection) }
        return false
    }

    /// Why no connection was made, when the policy is the reason.
    func failure(at peer: Peer) -> HTTPFailure? {
        guard let refused, !hasAllowed else { return nil }
        let isLiteral = NetworkAddress(peer.host) != nil
        let what = isLiteral ? "\(peer) is" : "\(peer) is at \(refused.address),"
        return HTTPFailure(
            .forbiddenAddress,
            "\(what) \(refused.objection), which 'allow_private: false' forbids; set it to true if it is meant"
        )
    }
}

private func onOpenSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context = unsafe context, let address = unsafe address else { return CURL_SOCKET_BAD }
    let gate = unsafe Unmanaged<AddressGate>.fromOpaque(context).takeUnretainedValue()
    guard unsafe gate.allows(NetworkAddress(address)) else { return CURL_SOCKET_BAD }
    let kind = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return unsafe socket(address.pointee.family, kind, address.pointee.protocol)
}

private func onConnected(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?,
    _ ownAddress: UnsafeMutablePointer<CChar>?, _ port: Int32, _ ownPort: Int32
) -> Int32 {
    guard let context = unsafe context, let address = unsafe address else { return CURL_PREREQFUNC_ABORT }
    let gate = unsafe Unmanaged<AddressGate>.fromOpaque(context).takeUnretainedValue()
    let isAllowed = unsafe gate.allows(NetworkAddress(String(cString: address)))
    return isAllowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

extension NetworkAddress {
    /// The address that libcurl is about to connect to; nil when it is of neither kind.
    fileprivate init?(_ address: UnsafePointer<curl_sockaddr>) {
        // The struct ends with the shortest of all kinds of address; libcurl keeps room for the longest behind it.
        let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
        let start = unsafe UnsafeRawPointer(address) + offset
        switch unsafe (address.pointee.family, Int(address.pointee.addrlen)) {
        case (AF_INET, MemoryLayout<sockaddr_in>.size...):
            let address = unsafe start.loadUnaligned(as: sockaddr_in.self).sin_addr
            self.init(bytes: unsafe withUnsafeBytes(of: address) { unsafe Array($0) })
        case (AF_INET6, MemoryLayout<sockaddr_in6>.size...):
            let address = unsafe start.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            self.init(bytes: unsafe withUnsafeBytes(of: address) { unsafe Array($0) })
        default: return nil
        }
    }
}
