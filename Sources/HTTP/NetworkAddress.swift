internal import CCurl
import Glibc

/// The IPv4 or IPv6 address of a host.
struct NetworkAddress: Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    let bytes: [UInt8]

    /// Nil unless `text` is an address as `description` writes it, or one in brackets.
    init?(_ text: String) {
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
        let bare = isBracketed ? String(text.dropFirst().dropLast()) : text
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, bare, &bytes) == 1 {
            self.bytes = Array(bytes[..<4])
        } else if unsafe inet_pton(AF_INET6, bare, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// The address that libcurl is about to connect to; nil when it is of neither kind.
    init?(_ address: UnsafePointer<curl_sockaddr>) {
        // The struct ends with the shortest of all kinds of address; libcurl keeps room for the longest behind it.
        let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
        let start = unsafe UnsafeRawPointer(address) + offset
        switch unsafe (address.pointee.family, Int(address.pointee.addrlen)) {
        case (AF_INET, MemoryLayout<sockaddr_in>.size...):
            let address = unsafe start.loadUnaligned(as: sockaddr_in.self).sin_addr
            bytes = unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        case (AF_INET6, MemoryLayout<sockaddr_in6>.size...):
            let address = unsafe start.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            bytes = unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        default: return nil
        }
    }

    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        unsafe inet_ntop(family, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
