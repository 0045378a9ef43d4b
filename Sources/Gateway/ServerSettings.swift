import Rules

/// Where the API and the dashboard are served, and to whom.
struct ServerSettings: Hashable, Sendable {
    /// An IPv4 or IPv6 address, without brackets.
    var address = "127.0.0.1"
    /// 0 stands for any free port.
    var port: UInt16 = 8080
    /// What requests must bear; always there when the address is reached from other machines.
    var token: Secret?
    /// Further ones, each with a name and a role.
    var tokens: [AccessToken] = []
    /// What is shown to clients, where they come by TLS.
    var tls: RequestOptions.Identity?
    /// The proxies in front of it, who are believed in whom they say a request comes from.
    var trustedProxies: [IPAddress] = []
    /// Further names by which requests may call the server, in lower case.
    var hosts: [String] = []
    /// Where people reach the gateway, for the links in messages.
    var publicURL: String?

    init() {}

    /// Reads `server:`.
    init(of file: inout Section) {
        guard var section = file.take("server")?.section("'server'") else { return }
        let listen = section.take("listen")
        let given = section.secrets("token")
        let named = section.take("tokens")
        tls = section.take("tls")?.checkedIdentity()
        hosts = section.take("hosts")?.oneOrMore().compactMap { $0.hostName() } ?? []
        publicURL = section.take("public_url")?.publicURL()
        if let host = publicURL.flatMap({ Self.host(of: $0) }), !hosts.contains(host) { hosts.append(host) }
        trustedProxies = section.take("trusted_proxies")?.oneOrMore().compactMap { $0.address() } ?? []
        section.finish()
        tokens = named?.accessTokens() ?? []
        token = given.first.flatMap { Self.checked($0.0, from: $0.1) }
        guard let listen, let (address, port) = listen.listenAddress() else { return }
        (self.address, self.port) = (address, port)
        if IPAddress(address)?.isLoopback != true, given.isEmpty, named?.isEmpty ?? true,
            !section.hasFault(in: "token"), !section.hasFault(in: "token_file")
        {
            listen.fail(
                "without a token the gateway listens on loopback addresses only, not on \(address)",
                cure: "add token: \"${GATEWAY_TOKEN}\" to 'server', or listen on 127.0.0.1:\(port)")
        }
    }

    /// The name by which requests that follow a link call the server.
    private static func host(of url: String) -> String? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        let authority = url[start...].prefix { $0 != "/" }
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }).lowercased() }
        return authority.prefix { $0 != ":" }.lowercased()
    }

    private static func checked(_ token: Secret, from setting: Setting) -> Secret? {
        guard token.revealed.utf8.count >= 16 else {
            return setting.failing(
                "at least 16 characters long", cure: "make one with: openssl rand -hex 16")
        }
        guard token.revealed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return setting.failing(
                "of ASCII letters, digits and signs, without spaces",
                cure: "make one with: openssl rand -hex 16")
        }
        return token
    }
}

extension Setting {
    fileprivate func publicURL() -> String? {
        guard let url = url() else { return nil }
        guard !url.contains(where: { "?#@".contains($0) }), url.utf8.count <= 200 else {
            return failing(
                "a URL of at most 200 bytes without user, query and fragment",
                cure: "write it as people type it: https://alerts.example.com")
        }
        return url
    }

    /// An IP address and a port: `127.0.0.1:8080`, `[::1]:8080`.
    fileprivate func listenAddress() -> (address: String, port: UInt16)? {
        let expected = "an IP address and a port"
        guard let text = text(expected) else { return nil }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            let isPort = UInt16(text) != nil
            return failing(
                expected,
                cure: isPort ? "write 127.0.0.1:\(text)" : "add the port: 127.0.0.1:8080, [::1]:8080")
        }
        var host = String(text[..<colon])
        let portText = text[colon...].dropFirst()
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText) else {
            return failing("\(expected) from 0 (any free one) to 65535", cure: "write 127.0.0.1:8080")
        }
        if host.isEmpty || host == "*" {
            return failing(
                expected,
                cure: "write 127.0.0.1:\(port) for this machine alone, or 0.0.0.0:\(port) for all networks")
        }
        if host == "localhost" { host = "127.0.0.1" }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let bare = isBracketed ? String(host.dropFirst().dropLast()) : host
        guard let address = IPAddress(bare) else {
            return failing(
                expected,
                cure: "names are not looked up; write 127.0.0.1:\(port), or 0.0.0.0:\(port) for all networks")
        }
        guard isBracketed == (address.bytes.count == 16) else {
            return failing(expected, cure: "put IPv6 addresses, and no others, in brackets: [::1]:8080")
        }
        return (bare, port)
    }
}

extension ServerSettings {
    var scheme: String { tls == nil ? "http" : "https" }

    /// The address and `port` as they stand in a URL.
    func authority(port: UInt16) -> String {
        address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
