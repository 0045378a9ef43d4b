/// Why a server could not be started.
public enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case notAnAddress(String)
    case addressInUse(address: String, port: UInt16)
    case addressNotAvailable(address: String)
    case notPermitted(port: UInt16)
    /// The system refused for another reason, in its own words.
    case failed(String)

    public var description: String {
        switch self {
        case .notAnAddress(let text):
            "'\(text)' is not an IP address to listen on; use one such as 127.0.0.1, 0.0.0.0, ::1 or ::"
        case .addressInUse(let address, let port):
            "port \(port) of \(address) is taken by another process; stop it, or choose another port (0 takes any free one)"
        case .addressNotAvailable(let address):
            "this machine has no address \(address); use one that `ip address` shows, or 0.0.0.0 for all of them"
        case .notPermitted(let port):
            "not permitted to listen on port \(port); choose one from 1024 up, or grant CAP_NET_BIND_SERVICE"
        case .failed(let reason):
            "cannot listen: \(reason)"
        }
    }
}
