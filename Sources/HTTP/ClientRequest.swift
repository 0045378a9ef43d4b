/// What of a request is checked before anything is sent, and how it is put to libcurl.
extension HTTPRequest {
    /// Names of fields that the client derives from the request itself: a second opinion on where a body ends
    /// is how requests are smuggled.
    private static let ownFields: Set<String> = ["content-length", "transfer-encoding", "expect"]

    /// Why the request cannot be sent as it stands.
    var fault: HTTPFailure? {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        // Byte by byte: an accent that follows would make one character with the slash.
        guard ["http", "https"].contains(scheme),
            url.utf8.dropFirst(scheme.utf8.count).starts(with: "://".utf8)
        else {
            return HTTPFailure(.invalidURL, "the URL does not begin with http:// or https://")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            return HTTPFailure(.invalidURL, "the URL holds a space or a control character")
        }
        if let proxy, !Self.isProxy(proxy) {
            return HTTPFailure(.proxy, "the proxy's URL does not begin with http://, https:// or socks5://")
        }
        guard Self.isToken(method) else {
            return HTTPFailure(.protocolViolation, "the request's method is not a token")
        }
        for field in fields.list {
            guard Self.isToken(field.name) else {
                return HTTPFailure(.protocolViolation, "the name of a request's header field is not a token")
            }
            guard Self.isFieldValue(field.value) else {
                return HTTPFailure(
                    .protocolViolation, "the header field \(field.name) holds a control character")
            }
            guard !Self.ownFields.contains(field.name.lowercased()) else {
                return HTTPFailure(
                    .protocolViolation, "the header field \(field.name) is the client's to set")
            }
        }
        return nil
    }

    private static func isProxy(_ url: String) -> Bool {
        guard let parsed = ParsedURL(url), let scheme = parsed.scheme else { return false }
        return ["http", "https", "socks5", "socks5h"].contains(scheme) && parsed.host?.isEmpty == false
    }

    /// The fields in the form that libcurl takes them in.
    var headerLines: [String] {
        // A field without a value takes a header away that libcurl would add: waiting for "100 Continue" costs a
        // second where a peer does not know it, and the default type of a body would be a form's.
        var lines = ["Expect:"]
        if fields["Content-Type"] == nil { lines.append("Content-Type:") }
        for field in fields.list {
            let isEmpty = field.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            lines.append(isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        return lines
    }

    /// Whether `text` may stand as a field's value: no control character but the tab (RFC 9110 §5.5).
    static func isFieldValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }

    /// Whether `text` may stand as a method or a field's name (RFC 9110 §5.6.2).
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// The name and the trimmed value of a header line; nil for a line that is no field.
    static func splitField(_ line: String) -> (name: String, value: String)? {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = String(line[..<colon])
        guard isToken(name) else { return nil }
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let value = line.utf8[line.utf8.index(after: colon)...].drop(while: isSpace)
        let end = value.lastIndex { !isSpace($0) }.map { value.index(after: $0) } ?? value.startIndex
        return (name, String(line[value.startIndex..<end]))
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, from 1 to 24 days: the range that libcurl's timers take.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }

    /// `15s`, `250ms`: a timeout as people write it.
    var short: String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
