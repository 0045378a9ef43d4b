internal import CMicroHTTPD
import Glibc

/// A listening socket; whoever takes its descriptor closes it.
struct ServerListener: ~Copyable {
    private var descriptor: Int32
    let port: UInt16
    let isIPv6: Bool

    /// Listens on an IP literal; port 0 takes any free one.
    init(address: String, port: UInt16) throws(ServerError) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        isIPv6 = unsafe inet_pton(AF_INET6, address, &v6.sin6_addr) == 1
        guard unsafe isIPv6 || inet_pton(AF_INET, address, &v4.sin_addr) == 1 else {
            throw .notAnAddress(address)
        }
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port.bigEndian
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        let descriptor = cmicrohttpd_stream_socket(isIPv6 ? AF_INET6 : AF_INET)
        guard descriptor >= 0 else { throw Self.error(errno, address, port) }
        // A restart must not wait for the old connections' TIME_WAIT.
        Self.enable(SO_REUSEADDR, on: descriptor)
        let bound = isIPv6 ? Self.bind(descriptor, to: &v6) : Self.bind(descriptor, to: &v4)
        guard bound == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let code = errno
            close(descriptor)
            throw Self.error(code, address, port)
        }
        self.descriptor = descriptor
        self.port = Self.port(of: descriptor)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Gives the descriptor away.
    consuming func take() -> Int32 {
        let taken = descriptor
        descriptor = -1
        return taken
    }

    private static func bind<Address>(_ descriptor: Int32, to address: inout Address) -> Int32 {
        let size = socklen_t(MemoryLayout<Address>.size)
        return unsafe withUnsafePointer(to: &address) {
            unsafe UnsafeRawPointer($0).withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(descriptor, $0, size)
            }
        }
    }

    private static func enable(_ option: Int32, on descriptor: Int32) {
        var on: Int32 = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        // The port stands at the same place in an IPv4 and an IPv6 address.
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe UnsafeMutableRawPointer($0).withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin6_port)
    }

    private static func error(_ code: Int32, _ address: String, _ port: UInt16) -> ServerError {
        switch code {
        case EADDRINUSE: .addressInUse(address: address, port: port)
        case EADDRNOTAVAIL: .addressNotAvailable(address: address)
        case EACCES, EPERM: .notPermitted(port: port)
        default: .failed(unsafe String(cString: strerror(code)))
        }
    }
}
