import Glibc

/// The hosts that a server answers for.
///
/// A page in a browser can point a name of its own at a loopback address (DNS rebinding) and then read what
/// the server says, but it cannot keep its own name out of the `Host` field.
struct ServerHosts: Sendable {
    private var names: Set<String> = ["localhost", "127.0.0.1", "[::1]"]
    /// A server that listens on all addresses cannot know which of them, or which in front of them, is its own;
    /// rebinding needs a name, so that any address may pass.
    private let allowsAddresses: Bool

    /// Loopback, the listen `address` and `extra` names, which may carry a port that is then ignored.
    init(address: String, extra: [String]) {
        let own = Self.canonical(address.contains(":") ? "[\(address)]" : address)
        allowsAddresses = own == "0.0.0.0" || own == "[::]"
        for name in extra {
            // An IPv6 address is accepted with and without its brackets, as `address` is.
            if let name = Self.canonical(Self.isIPv6(name) ? "[\(name)]" : name) { names.insert(name) }
        }
        if let own { names.insert(own) }
    }

    func allows(_ host: String) -> Bool {
        if names.contains(host) { return true }
        guard let name = Self.canonical(host) else { return false }
        return names.contains(name) || allowsAddresses && (name.hasPrefix("[") || Self.isIPv4(name))
    }

    /// The name in `host`, without port and in the one form in which names are compared; nil if it is none.
    private static func canonical(_ host: String) -> String? {
        let name: Substring
        let rest: Substring
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            name = host[host.index(after: host.startIndex)..<end]
            rest = host[host.index(after: end)...]
        } else {
            let end = host.firstIndex(of: ":") ?? host.endIndex
            name = host[..<end]
            rest = host[end...]
        }
        guard !name.isEmpty, rest.isEmpty || rest.first == ":",
            rest.dropFirst().utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        if host.hasPrefix("[") { return canonicalIPv6(String(name)).map { "[\($0)]" } }
        return (name.hasSuffix(".") ? name.dropLast() : name).lowercased()
    }

    private static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, text, &address) == 1
    }

    private static func isIPv6(_ text: String) -> Bool { canonicalIPv6(text) != nil }

    private static func canonicalIPv6(_ text: String) -> String? {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        return ServerAddress.text(of: address)
    }
}
