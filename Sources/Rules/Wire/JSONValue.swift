/// A value of JSON (RFC 8259) that somebody else wrote.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Why bytes are not JSON, and at which of them.
    public struct Flaw: Error, Hashable {
        public let offset: Int
        public let expected: String
        /// The name that an object has twice, if that is what is wrong.
        public var duplicate: String?
    }

    /// Reads bytes that hold one value and nothing more. Of members of the same name the last counts, unless they
    /// are refused (RFC 8259 §4 leaves both open).
    public init(_ bytes: [UInt8], refusingDuplicates: Bool = false) throws(Flaw) {
        var reader = JSONReader(bytes, refusingDuplicates: refusingDuplicates)
        self = try reader.document()
    }

    public subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    public var text: String? { if case .string(let text) = self { text } else { nil } }
    public var number: Double? { if case .number(let number) = self { number } else { nil } }
    public var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var next = 0

    /// No answer nests deeper, and recursion ends before the stack does.
    private static let depthLimit = 64

    private let refusesDuplicates: Bool

    init(_ bytes: [UInt8], refusingDuplicates: Bool) {
        self.bytes = bytes
        refusesDuplicates = refusingDuplicates
    }

    private var byte: UInt8? { next < bytes.count ? bytes[next] : nil }

    private func flaw(_ expected: String) -> JSONValue.Flaw {
        JSONValue.Flaw(offset: next, expected: expected)
    }

    mutating func document() throws(JSONValue.Flaw) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard byte == nil else { throw flaw("the end") }
        return value
    }

    private mutating func skipSpace() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { next += 1 }
    }

    private mutating func take(_ wanted: UInt8) -> Bool {
        skipSpace()
        guard byte == wanted else { return false }
        next += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONValue.Flaw) -> JSONValue {
        skipSpace()
        guard depth < Self.depthLimit else { throw flaw("less nesting") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONValue.Flaw) -> JSONValue {
        guard bytes[next...].starts(with: word.utf8) else { throw flaw("a value") }
        next += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONValue.Flaw) -> JSONValue {
        next += 1
        var members: [String: JSONValue] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw flaw("a name in double quotes") }
            let start = next
            let name = try string()
            guard !refusesDuplicates || members[name] == nil else {
                throw JSONValue.Flaw(offset: start, expected: "another name", duplicate: name)
            }
            guard take(UInt8(ascii: ":")) else { throw flaw("':'") }
            members[name] = try value(depth: depth + 1)
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw flaw("',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(JSONValue.Flaw) -> JSONValue {
        next += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw flaw("',' or ']'") }
        }
    }

    private mutating func number() throws(JSONValue.Flaw) -> JSONValue {
        let start = next
        if byte == UInt8(ascii: "-") { next += 1 }
        let first = byte
        let whole = digits()
        var isRight = whole == 1 || (whole > 1 && first != UInt8(ascii: "0"))
        if isRight, byte == UInt8(ascii: ".") {
            next += 1
            isRight = digits() > 0
        }
        if isRight, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            next += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { next += 1 }
            isRight = digits() > 0
        }
        guard isRight, let number = Double(String(decoding: bytes[start..<next], as: UTF8.self)) else {
            next = start
            throw flaw("a value")
        }
        return .number(number)
    }

    private mutating func digits() -> Int {
        let start = next
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { next += 1 }
        return next - start
    }
}

extension JSONReader {
    private mutating func string() throws(JSONValue.Flaw) -> String {
        next += 1
        var text: [UInt8] = []
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw flaw("UTF-8") }
                next += 1
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw flaw("no line end and no control character within a text")
            default:
                text.append(byte)
                next += 1
            }
        }
        throw flaw("'\"' at the end of the text")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONValue.Flaw) {
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F,
            UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
            UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        ]
        guard next + 1 < bytes.count else { throw flaw("an escape") }
        if let byte = escapes[bytes[next + 1]] {
            text.append(byte)
            next += 2
            return
        }
        guard let unit = codeUnit(at: next) else { throw flaw("an escape such as \\n or \\u00e9") }
        next += 6
        var units = [unit]
        if UTF16.isLeadSurrogate(unit), let trail = codeUnit(at: next), UTF16.isTrailSurrogate(trail) {
            units.append(trail)
            next += 6
        }
        text += String(decoding: units, as: UTF16.self).utf8
    }

    /// The number of a `\uXXXX` that stands at `index`.
    private func codeUnit(at index: Int) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { return nil }
        let digits = bytes[(index + 2)..<(index + 6)]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
