import HTTP
import Rules

extension HTTPServer.Response {
    static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> HTTPServer.Response {
        var json = JSONWriter()
        write(&json)
        return HTTPServer.Response(
            status: status, fields: ["content-type": "application/json", "cache-control": "no-cache"],
            body: json.bytes)
    }

    static func text(_ text: String) -> HTTPServer.Response {
        HTTPServer.Response(
            status: 200, fields: ["content-type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }

    /// The answer, or 304 without a body where the client says that it has it (RFC 9110 §13.1.2).
    func unlessKnown(_ ifNoneMatch: String?) -> HTTPServer.Response {
        guard let ifNoneMatch, let tag = fields["etag"] else { return self }
        let known = ifNoneMatch.split(separator: ",").map { candidate in
            let trimmed = candidate.drop { $0 == " " }
            return trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed
        }
        guard known.contains(where: { $0 == "*" || $0.prefix { $0 != " " } == tag }) else { return self }
        var fields = fields
        fields["content-type"] = nil
        return HTTPServer.Response(status: 304, fields: fields, body: [])
    }
}

/// A tag that changes when the body does.
enum ETag {
    /// FNV-1a in 64 bits.
    static func of(_ body: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\"\(String(hash, radix: 16))-\(String(body.count, radix: 16))\""
    }
}

extension String {
    /// The text as part of a URL's query: all but the unreserved characters of RFC 3986 escaped.
    var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
