/// Why nothing could be read from a response.
public enum DecodeError: Error, Hashable, Sendable {
    case empty
    case html
    /// The document ends in the middle of a value, after so many bytes.
    case truncated(bytes: Int)
    case notJSON(near: Place)
    case invalidUTF8(at: Place)
    case tooDeep(at: Place)
    case tooLarge
    /// A fault of ours: the values are not one for each machine and metric.
    case inconsistent
    /// A step of the pointer to the records that does not exist; the steps before it do.
    case pointerNotFound(pointer: String, step: String)
    case pointerTwice(pointer: String)
    /// What the pointer leads to is neither an array nor an object.
    case notRecords(pointer: String)
    /// What the pointer leads to is an object with none of these fields.
    case notARecord(pointer: String, fields: [String])
    /// A page in the Prometheus text format where JSON is expected.
    case prometheusText
    case emptyPage
    case htmlPage
    /// A page in the OpenMetrics format without its `# EOF`.
    case unfinishedPage

    /// A place in a text, for people: lines and columns count from 1, columns in characters.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public let line: Int
        public let column: Int

        public var description: String { "line \(line), column \(column)" }
    }
}

extension DecodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the body is empty; expected a JSON array of records"
        case .html:
            "the body looks like HTML, not JSON; does the URL lead to a web page, or a login that needs a header?"
        case .truncated(let bytes):
            "the JSON ends in the middle, after \(bytes) bytes; nothing of it was taken"
        case .notJSON(let place): "the body is not JSON: it goes wrong near \(place)"
        case .invalidUTF8(let place): "the body is not UTF-8: it goes wrong at \(place); JSON must be UTF-8"
        case .tooDeep(let place): "the JSON is nested more than 100 deep at \(place)"
        case .tooLarge: "the body is too large to decode"
        case .inconsistent: "the decoder lost count of the values; this is a fault of the gateway"
        case .pointerNotFound(let pointer, let step):
            "the JSON has no \(pointer): there is no \"\(step)\"; `records` must point to the array of records"
        case .pointerTwice(let pointer): "the JSON has \(pointer) twice; expected it once"
        case .notRecords(let pointer):
            "\(Self.name(pointer)) is neither an array of records nor one record; `records` must point to them"
        case .notARecord(let pointer, let fields):
            "\(Self.name(pointer)) is an object with none of \(fields.joined(separator: ", "));"
                + " if one of its members holds the records, `records` must point to it"
        case .prometheusText:
            "the body is Prometheus text, not JSON; `format: node_exporter`, or `format: prometheus` with"
                + " `prometheus: {metrics: …}`, reads it"
        case .emptyPage: "the body is empty; expected a page in the Prometheus text format"
        case .htmlPage:
            "the body looks like HTML, not Prometheus text; does the URL lead to a web page, or a login that needs"
                + " a header?"
        case .unfinishedPage: "the page ends without # EOF, so it may have been cut; nothing of it was taken"
        }
    }

    private static func name(_ pointer: String) -> String { pointer.isEmpty ? "the JSON" : pointer }
}

extension DecodeError.Place {
    init(byte offset: Int, in text: ArraySlice<UInt8>) {
        let before = text.prefix(max(0, offset))
        let newline = UInt8(ascii: "\n")
        let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? before.startIndex
        line = 1 + before.count { $0 == newline }
        // The bytes 10xxxxxx continue a character.
        column = 1 + before[lineStart...].count { $0 & 0xc0 != 0x80 }
    }

    /// The first byte of `text` that is not UTF-8.
    init(ofInvalidUTF8In text: ArraySlice<UInt8>) {
        var parser = Unicode.UTF8.ForwardParser()
        var bytes = text.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &bytes) { offset += scalar.count }
        self.init(byte: offset, in: text)
    }
}
