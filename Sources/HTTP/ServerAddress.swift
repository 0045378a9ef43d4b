internal import CMicroHTTPD
import Glibc

/// An IP address as a socket carries it.
struct ServerAddress {
    /// The address alone, in its shortest form.
    let text: String
    let isLoopback: Bool
}

extension ServerAddress {
    /// The address that a client connects from; nil for a family that is not IP.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch unsafe cmicrohttpd_family(address) {
        case AF_INET:
            self = unsafe UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe Self($0.pointee.sin_addr)
            }
        case AF_INET6:
            self = unsafe UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe Self($0.pointee.sin6_addr)
            }
        default: return nil
        }
    }

    private init(_ address: in_addr) {
        text = Self.text(of: address)
        isLoopback = UInt32(bigEndian: address.s_addr) >> 24 == 127
    }

    private init(_ address: in6_addr) {
        let text = Self.text(of: address)
        // A socket for both families shows IPv4 peers as ::ffff:a.b.c.d.
        let mapped = text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : nil
        self.text = mapped ?? text
        isLoopback = mapped?.hasPrefix("127.") ?? (text == "::1")
    }

    static func text(of address: in_addr) -> String {
        text(of: address, AF_INET)
    }

    static func text(of address: in6_addr) -> String {
        text(of: address, AF_INET6)
    }

    private static func text<Address>(of address: Address, _ family: Int32) -> String {
        unsafe withUnsafePointer(to: address) { address in
            unsafe String(unsafeUninitializedCapacity: Int(INET6_ADDRSTRLEN)) { buffer in
                unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                    guard let start = text.baseAddress,
                        unsafe inet_ntop(family, address, start, socklen_t(text.count)) != nil
                    else { return 0 }
                    return unsafe strlen(start)
                }
            }
        }
    }
}
