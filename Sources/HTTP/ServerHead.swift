/// A request's fields as they are read, and the rules that they must keep before a handler sees them.
///
/// libmicrohttpd lets all of this through; each is a way to make two readers of one request disagree.
struct ServerHead {
    private(set) var fields = HTTPFields()
    private(set) var fault: ServerRefusal?

    /// What the fields say about the body.
    enum Length: Hashable {
        case none
        case known(Int)
        case chunked
    }

    mutating func fail(_ refusal: ServerRefusal) { fault = fault ?? refusal }

    /// Takes one field, its value without blanks around it.
    mutating func add(name: some Collection<UInt8>, value: some BidirectionalCollection<UInt8>) {
        guard !name.isEmpty, name.allSatisfy(Self.isToken) else { return fail(.fieldName) }
        let trimmed = value.dropFirst(0).trimmingBlanks()
        guard trimmed.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { return fail(.fieldValue) }
        fields.add(String(decoding: name, as: UTF8.self), String(decoding: trimmed, as: UTF8.self))
    }

    /// Checks what the fields say together, and returns what they say about the body.
    func check(
        isHTTP10: Bool, authority: String?, hosts: ServerHosts, bodyLimit: Int
    ) throws(ServerRefusal) -> Length {
        if let fault { throw fault }
        var host: String?
        var contentLength: String?
        var coding: String?
        for field in fields.list {
            switch field.name.utf8.count {
            case 4 where field.name.lowercased() == "host":
                guard host == nil else { throw .host }
                host = field.value
            case 14 where field.name.lowercased() == "content-length":
                guard contentLength ?? field.value == field.value else { throw .contentLength }
                contentLength = field.value
            case 17 where field.name.lowercased() == "transfer-encoding":
                guard coding == nil else { throw .transferCoding }
                coding = field.value
            default: break
            }
        }
        guard host != nil || isHTTP10 else { throw .host }
        for name in [host, authority] {
            if let name, !hosts.allows(name) { throw .misdirected }
        }
        return try Self.length(contentLength, coding, isHTTP10: isHTTP10, limit: bodyLimit)
    }

    private static func length(
        _ contentLength: String?, _ coding: String?, isHTTP10: Bool, limit: Int
    ) throws(ServerRefusal) -> Length {
        if let coding {
            guard contentLength == nil else { throw .bothLengths }
            guard coding.lowercased() == "chunked", !isHTTP10 else { throw .transferCoding }
            return .chunked
        }
        guard let contentLength else { return .none }
        guard !contentLength.isEmpty,
            contentLength.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { throw .contentLength }
        guard let count = Int(contentLength), count <= limit else { throw .bodyTooLong(limit: limit) }
        return count == 0 ? .none : .known(count)
    }

    /// Whether `byte` may stand in a token (RFC 9110 §5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "!"),
            UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension BidirectionalCollection<UInt8> where SubSequence == Self {
    fileprivate func trimmingBlanks() -> Self {
        var rest = self
        while rest.first == 0x20 || rest.first == 0x09 { rest.removeFirst() }
        while rest.last == 0x20 || rest.last == 0x09 { rest.removeLast() }
        return rest
    }
}
