/// A strict look at the text of an `http` or `https` URL (RFC 3986), before anything is sent to it.
enum URLText {
    struct Flaw: Error, Equatable {
        /// What it must be, or have: `'url' must …`.
        let demand: String
        let cure: String
    }

    /// Throws what is wrong with a URL; the flaw repeats nothing of it, for it may hold a secret.
    static func check(_ text: String, schemes: [String] = ["http", "https"]) throws(Flaw) {
        guard text.utf8.count <= 2048 else {
            throw Flaw(demand: "have at most 2,048 characters", cure: "shorten it")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#""<>\^`{|}"#.utf8.contains($0) }) else {
            throw Flaw(
                demand: #"hold none of space, " < > \ ^ ` { | } and no letter beyond ASCII"#,
                cure: "percent-encode them: a space is %20; a host with other letters is written xn--…")
        }
        let lowercase = text.lowercased()
        let beginnings = schemes.map { $0 + "://" }
        guard let scheme = beginnings.first(where: lowercase.hasPrefix) else {
            let meant = harmless(text).map { "write \(schemes[0])://\($0)" }
            throw Flaw(
                demand: "begin with \(beginnings.alternatives)", cure: meant ?? "write http://host:port/path")
        }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        let hostAndPort = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority
        try check(hostAndPort)
    }

    /// The host, port and path of a URL that begins with no right scheme, where nothing in it can be a secret: words in
    /// small letters, as `ops.example.com/alerts` and `htps:ops/alerts`. Nil for any other text.
    static func harmless(_ text: String) -> String? {
        var rest = text[...]
        if let colon = rest.firstIndex(of: ":"), rest[colon...].dropFirst().first?.isNumber != true {
            guard (3...6).contains(rest[..<colon].count) else { return nil }
            rest = rest[colon...].dropFirst().drop { $0 == "/" }
        }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard let host = parts.first, host.contains(".") || parts.count > 1 || host.contains(":"),
            parts.dropFirst().allSatisfy({ part in
                part.count <= 16 && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
            }), (try? check(host)) != nil, text.utf8.count <= 100
        else { return nil }
        return String(rest)
    }

    private static let noHost = Flaw(
        demand: "name a host after ://",
        cure: "hosts are names (fleet.example.com), IPv4 (10.0.0.1) or IPv6 ([fd00::1]) addresses")

    private static func check(_ hostAndPort: Substring) throws(Flaw) {
        var host = hostAndPort
        var port: Substring?
        let isBracketed = host.hasPrefix("[")
        if isBracketed {
            guard let close = host.firstIndex(of: "]") else { throw noHost }
            port = host[close...].dropFirst()
            host = host[..<close].dropFirst()
        } else if let colon = host.firstIndex(of: ":") {
            port = host[colon...]
            host = host[..<colon]
        }
        if let port, !port.isEmpty {
            let digits = port.dropFirst()
            let isNumber = digits.utf8.allSatisfy { $0.isASCIIDigit }
            guard port.first == ":", isNumber, let number = UInt16(digits), number > 0 else {
                throw Flaw(demand: "have a port from 1 to 65535", cure: "write http://host:9200/path")
            }
        }
        let isHost = isBracketed ? IPAddress(String(host))?.bytes.count == 16 : isHostName(String(host))
        guard isHost else { throw noHost }
    }

    /// Whether a text is the name of a host, or an IPv4 address.
    static func isHostName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy { $0.isNamePart }
        }
        // What ends in a number is an address to every client, and must then be one.
        let isNumeric = labels.last?.utf8.allSatisfy { $0.isASCIIDigit } ?? false
        return areLabels && (!isNumeric || IPAddress(text) != nil)
    }
}

extension Setting {
    /// The URL of an HTTP server; `placeholder`, if it is allowed in it, is taken for the name of a host.
    public func url(placeholder: String? = nil) -> String? {
        guard let text = asSecret.text("a URL") else { return nil }
        do {
            try URLText.check(placeholder.map { text.replacing($0, with: "host") } ?? text)
            return text
        } catch {
            fail("\(label) must \(error.demand)", cure: error.cure)
            return nil
        }
    }

    /// Whether a text made of this value is the URL of an HTTP server.
    public func isURL(_ text: String) -> Bool {
        (try? URLText.check(text)) != nil
    }

    /// The name of a host, or an IP address.
    public func hostName() -> String? {
        guard let text = scalar("a host name") else { return nil }
        guard URLText.isHostName(text) || IPAddress(text) != nil else {
            return failing(
                "a host name",
                cure: "write it without scheme and port: alerts.example.com")
        }
        return text.lowercased()
    }

    /// The fields of a request, in order; `reserved` are lower-case names that are not the user's to set.
    public func headers(reserved: [String] = []) -> [(name: String, value: Secret)] {
        let ours = ["connection", "content-length", "host", "transfer-encoding"] + reserved
        var known: Set<String> = []
        var headers: [(name: String, value: Secret)] = []
        for (key, value) in asSecret.entries() ?? [] {
            let name = key.node.text ?? ""
            let lowercase = name.lowercased()
            if value.isNull {
                // Without a value the name may be the secret, forgotten to be given one.
                key.fail("a header has no value", cure: "write {Name: value}")
            } else if !name.isToken {
                key.fail(
                    "this is not the name of a header", cure: "letters, digits and '-': X-Api-Key")
            } else if ours.contains(lowercase) {
                key.fail("the header \(name.quoted) is set by the gateway", cure: "remove it")
            } else if !known.insert(lowercase).inserted {
                key.fail(
                    "the header \(name.quoted) is given twice", cure: "keep one; their case does not matter")
            } else if let text = value.text() {
                guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                    value.fail(
                        "\(name.quoted) holds a letter beyond ASCII", cure: "headers carry ASCII alone")
                    continue
                }
                headers.append((name, Secret(text)))
            }
        }
        return headers
    }
}

extension String {
    /// Whether it may be the name of a header (RFC 9110 §5.6.2).
    var isToken: Bool { !isEmpty && utf8.allSatisfy(\.isTokenCharacter) }
}

extension UInt8 {
    fileprivate var isTokenCharacter: Bool {
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
}
