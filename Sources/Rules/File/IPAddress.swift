/// An IPv4 address in dotted decimals, or an IPv6 address (RFC 4291 §2.2).
public struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes, in network order.
    public let bytes: [UInt8]

    /// Nil unless `text` is an address, without brackets, zone or leading zeros in an IPv4 number.
    public init?(_ text: String) {
        guard let bytes = Self.v4(text[...]) ?? Self.v6(text) else { return nil }
        self.bytes = bytes
    }

    /// Whether only this machine reaches it.
    public var isLoopback: Bool {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        if bytes.count == 16, bytes.starts(with: mapped) { return bytes[12] == 127 }
        return bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    private static func v4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part -> UInt8? in
            let isDecimal = part.utf8.allSatisfy { $0.isASCIIDigit } && (part.count == 1 || part.first != "0")
            return isDecimal ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func v6(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45 else { return nil }
        let halves = text.ranges(of: "::")
        guard halves.count <= 1, !text.contains(":::") else { return nil }
        guard let gap = halves.first else {
            let bytes = groups(text[...])
            return bytes?.count == 16 ? bytes : nil
        }
        guard let head = groups(text[..<gap.lowerBound], mayEndInV4: false),
            let tail = groups(text[gap.upperBound...]),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// The bytes of groups of hexadecimal digits, the last of which may be an IPv4 address.
    private static func groups(_ text: Substring, mayEndInV4: Bool = true) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInV4, index == parts.count - 1, part.contains("."), let v4 = v4(part) {
                bytes += v4
            } else {
                let isHex = part.utf8.allSatisfy {
                    $0.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20)
                }
                guard (1...4).contains(part.utf8.count), isHex, let group = UInt16(part, radix: 16) else {
                    return nil
                }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}
