/// A request's target (RFC 9112 §3.2), taken apart and decoded.
struct ServerTarget {
    let path: String
    let segments: [String]
    let query: [(name: String, value: String)]
    /// The host that an absolute target names; it counts instead of the `Host` field.
    let authority: String?

    init(_ target: [UInt8]) throws(ServerRefusal) {
        guard target.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { throw .target }
        var rest = target[...]
        authority = try Self.takeAuthority(from: &rest)
        let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let rawPath = rest[..<mark]
        guard rawPath.first == UInt8(ascii: "/") || rawPath.elementsEqual([UInt8(ascii: "*")]),
            let path = String(validating: rawPath, as: UTF8.self)
        else { throw .target }
        self.path = path
        segments = try Self.segments(of: rawPath)
        query = try Self.parameters(of: rest[mark...].dropFirst())
    }

    private static func takeAuthority(from rest: inout ArraySlice<UInt8>) throws(ServerRefusal) -> String? {
        guard rest.first != UInt8(ascii: "/"), rest.count > 7 else { return nil }
        let scheme = String(decoding: rest.prefix(7), as: UTF8.self)
        guard scheme.lowercased() == "http://" else { return nil }
        let end = rest.dropFirst(7).firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = rest[..<(end ?? rest.endIndex)].dropFirst(7)
        rest = rest[(end ?? rest.endIndex)...]
        if rest.first != UInt8(ascii: "/") { rest = [UInt8(ascii: "/")] + rest }
        guard let name = String(validating: authority, as: UTF8.self) else { throw .target }
        return name
    }

    private static func segments(of path: ArraySlice<UInt8>) throws(ServerRefusal) -> [String] {
        var segments: [String] = []
        for raw in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = decode(raw), segment != ".", segment != "..",
                segment.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else { throw .target }
            segments.append(segment)
        }
        if segments.last?.isEmpty == true { segments.removeLast() }
        return segments
    }

    private static func parameters(
        of query: ArraySlice<UInt8>
    ) throws(ServerRefusal) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = decode(pair[..<equals], plusIsSpace: true),
                let value = decode(pair[equals...].dropFirst(), plusIsSpace: true)
            else { throw .target }
            parameters.append((name, value))
        }
        return parameters
    }

    /// The text that `bytes` encode; nil for a broken escape, a NUL or what is not UTF-8.
    static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
        let special = { (byte: UInt8) in
            byte == UInt8(ascii: "%") || plusIsSpace && byte == UInt8(ascii: "+")
        }
        guard bytes.contains(where: special) else { return String(validating: bytes, as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(special(byte) ? UInt8(ascii: " ") : byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal),
                let low = rest.popFirst().flatMap(hexadecimal),
                high | low != 0
            else { return nil }
            decoded.append(high << 4 | low)
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
