/// Which addresses a request may be sent to.
///
/// It is asked for the address that a connection is really made to, after all names are resolved and on each
/// redirect, so that no spelling of a URL and no answer of a name server gets around it. Through a proxy only the
/// proxy knows that address: then the policy sees no more than an address that stands in the URL itself.
public enum AddressPolicy: Hashable, Sendable {
    case any
    /// Addresses of the public internet alone.
    case publicOnly

    /// What an address is that the policy forbids, with its article: `a loopback address`; nil when it is allowed.
    func objection(to address: NetworkAddress) -> String? {
        switch self {
        case .any: nil
        case .publicOnly: address.special
        }
    }
}

extension NetworkAddress {
    /// What keeps it from being a host of the public internet, by the registries of special-purpose addresses
    /// (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry).
    var special: String? {
        if bytes.count == 4 { return Self.special(in: Self.v4Blocks, bytes) }
        for (prefix, start) in Self.embeddings where bytes.starts(with: prefix) {
            return Self.special(in: Self.v4Blocks, Array(bytes[start..<(start + 4)]))
        }
        if let special = Self.special(in: Self.v6Blocks, bytes) { return special }
        // All that is global unicast lies in 2000::/3.
        return bytes[0] >> 5 == 1 ? nil : "a reserved address"
    }

    private typealias Block = (prefix: [UInt8], bits: Int, name: String)

    private static func special(in blocks: [Block], _ bytes: [UInt8]) -> String? {
        blocks.first { block in
            block.prefix.indices.allSatisfy { index in
                let bits = min(8, max(0, block.bits - 8 * index))
                return (bytes[index] ^ block.prefix[index]) >> UInt8(8 - bits) == 0
            }
        }?.name
    }

    private static let v4Blocks: [Block] = [
        ([0], 8, "an unspecified address"),
        ([10], 8, "a private address"),
        ([100, 64], 10, "a private address of a carrier"),
        ([127], 8, "a loopback address"),
        // Azure's, for all that it looks like a public one.
        ([168, 63, 129, 16], 32, "a metadata address"),
        ([169, 254], 16, "a link-local address"),
        ([172, 16], 12, "a private address"),
        ([192, 0, 0], 24, "a reserved address"),
        ([192, 0, 2], 24, "an address for documentation"),
        ([192, 88, 99], 24, "a reserved address"),
        ([192, 168], 16, "a private address"),
        ([198, 18], 15, "an address for benchmarks"),
        ([198, 51, 100], 24, "an address for documentation"),
        ([203, 0, 113], 24, "an address for documentation"),
        ([224], 4, "a multicast address"),
        ([255, 255, 255, 255], 32, "the broadcast address"),
        ([240], 4, "a reserved address"),
    ]

    private static let v6Blocks: [Block] = [
        ([UInt8](repeating: 0, count: 16), 128, "an unspecified address"),
        ([UInt8](repeating: 0, count: 15) + [1], 128, "a loopback address"),
        ([0xFE, 0x80], 10, "a link-local address"),
        ([0xFC], 7, "a private address"),
        ([0xFF], 8, "a multicast address"),
        ([0x20, 0x01, 0x0D, 0xB8], 32, "an address for documentation"),
        ([0x3F, 0xFF, 0x00], 20, "an address for documentation"),
        // Protocol assignments, Teredo (2001::/32) and benchmarks (2001:2::/48) among them.
        ([0x20, 0x01, 0x00], 23, "a reserved address"),
    ]

    /// Prefixes after which an IPv4 address stands, and where: what matters is whom that one reaches.
    private static let embeddings: [(prefix: [UInt8], start: Int)] = [
        // Mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052 §2.1) and 6to4 (RFC 3056 §2).
        ([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF], 12),
        ([0x00, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8), 12),
        ([0x20, 0x02], 2),
    ]
}
