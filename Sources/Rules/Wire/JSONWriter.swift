/// Writes JSON (RFC 8259) into bytes, compactly and in the order of the calls.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() {
        // Room for most bodies, so that they are not moved as they grow.
        bytes.reserveCapacity(960)
    }

    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        enclosed("{", "}", members)
    }

    public mutating func array(_ elements: (inout JSONWriter) -> Void) {
        enclosed("[", "]", elements)
    }

    private mutating func enclosed(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ content: (inout JSONWriter) -> Void
    ) {
        value(atMost: 1) { $0.append(ascii: open) }
        needsComma = false
        content(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    /// A value of at most `size` bytes, after a comma where one is due; room is made once for all of it.
    @inline(__always)
    private mutating func value(atMost size: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
        bytes.append(addingCapacity: size + 1) { output in
            if needsComma { output.append(ascii: ",") }
            write(&output)
        }
        needsComma = true
    }

    /// The name of the member whose value is written next.
    public mutating func key(_ name: StaticString) {
        name.withUTF8Buffer { buffer in
            let name = unsafe buffer.span
            value(atMost: name.count + 3) { output in
                output.append(ascii: "\"")
                output.append(bytes: name)
                output.append(ascii: "\"")
                output.append(ascii: ":")
            }
        }
        needsComma = false
    }

    public mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ text: String) {
        let text = text.utf8Span.span
        let isPlain = !text.needEscape
        // Each byte that is escaped takes six at most: \u001f.
        value(atMost: text.count * (isPlain ? 1 : 6) + 2) { output in
            output.append(ascii: "\"")
            if isPlain {
                output.append(bytes: text)
            } else {
                for index in text.indices { output.append(escaping: text[index]) }
            }
            output.append(ascii: "\"")
        }
    }

    /// The shortest text that reads back as the same number; `null` for what JSON cannot write.
    public mutating func number(_ number: Double) {
        guard number.isFinite else { return null() }
        value(atMost: OutputSpan.longestNumber) { $0.append(plain: number) }
    }

    public mutating func number(_ number: some BinaryInteger) {
        guard let number = Int64(exactly: number) else { return raw(String(number)) }
        value(atMost: OutputSpan.longestNumber) { $0.append(decimal: number) }
    }

    /// A moment as text.
    public mutating func time(_ time: Timestamp) {
        value(atMost: OutputSpan.longestNumber) { output in
            output.append(ascii: "\"")
            output.append(time)
            output.append(ascii: "\"")
        }
    }

    public mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    public mutating func null() { raw("null") }

    /// JSON that was written before.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: json)
        needsComma = true
    }

    public mutating func raw(_ json: String) { raw(json.utf8) }
}

extension Span<UInt8> {
    /// Whether any of the bytes is written as another in JSON. Without a branch, so that many are looked at at once.
    fileprivate var needEscape: Bool {
        unsafe withUnsafeBufferPointer { bytes in
            unsafe bytes.reduce(UInt8(0)) { $0 | ($1.needsEscape ? 1 : 0) } != 0
        }
    }
}

extension UInt8 {
    fileprivate var needsEscape: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\")
    }
}

extension OutputSpan<UInt8> {
    @inline(__always)
    fileprivate mutating func append(bytes: Span<UInt8>) {
        precondition(bytes.count <= freeCapacity)
        unsafe withUnsafeMutableBufferPointer { buffer, filled in
            unsafe bytes.withUnsafeBytes { bytes in
                let free = unsafe UnsafeMutableRawBufferPointer(buffer)[filled...]
                unsafe UnsafeMutableRawBufferPointer(rebasing: free).copyMemory(from: bytes)
            }
            filled += bytes.count
        }
    }

    @inline(__always)
    fileprivate mutating func append(escaping byte: UInt8) {
        if byte.needsEscape { escape(byte) } else { append(byte) }
    }

    private mutating func escape(_ byte: UInt8) {
        append(ascii: "\\")
        switch byte {
        case UInt8(ascii: "\n"): append(ascii: "n")
        case 0x20...: append(byte)
        default:
            for character in "u00".utf8 { append(character) }
            for digit in [byte >> 4, byte & 15] {
                append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}

extension JSONWriter {
    public mutating func member(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        number(value)
    }

    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// A number as people see it: rounded.
    public mutating func member(_ name: StaticString, _ value: Double) {
        key(name)
        number(value.roundedForDisplay)
    }

    public mutating func member(_ name: StaticString, _ time: Timestamp?) {
        key(name)
        if let time { self.time(time) } else { null() }
    }

    /// Names and values, sorted by name so that the same labels always read the same.
    public mutating func member(_ name: StaticString, _ labels: [String: String]) {
        key(name)
        object { json in
            for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
                json.key(name)
                json.string(value)
            }
        }
    }
}
