/// The text of a file, provided that it is text: UTF-8 without control characters.
enum Encoding {
    /// The most bytes a file may have.
    static let limit = 256 * 1024

    /// The text of `bytes`; nil, with a fault at the first bad character, when it is none.
    static func text(of bytes: [UInt8], reporting faults: Faults) -> String? {
        guard bytes.count <= limit else {
            faults.add(
                at: nil, "the file has \(bytes.count) bytes; at most \(limit) (256 kB) are read",
                cure: "rules for many machines need not name them: a rule judges every machine of a source")
            return nil
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            faults.add(at: .start, "the file is UTF-16, not UTF-8", cure: "save it as UTF-8")
            return nil
        }
        guard let (mark, problem) = firstFlaw(in: bytes) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        switch problem {
        case nil: faults.add(at: mark, "this is not UTF-8", cure: "save the file as UTF-8")
        case let scalar?:
            let code = String(scalar.value, radix: 16, uppercase: true)
            let name = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
            faults.add(at: mark, "the control character \(name) is not allowed", cure: "remove it")
        }
        return nil
    }

    /// The place of the first character that may not stand in a file, and the character unless it is none.
    private static func firstFlaw(in bytes: [UInt8]) -> (Mark, Unicode.Scalar?)? {
        var (line, column) = (1, 1)
        var input =
            bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...].makeIterator() : bytes[...].makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var previous: Unicode.Scalar?
        while true {
            switch parser.parseScalar(from: &input) {
            case .emptyInput: return nil
            case .error: return (Mark(line: line, column: column), nil)
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if scalar.isControl { return (Mark(line: line, column: column), scalar) }
                let isBreak = scalar == "\n" || scalar == "\r"
                if isBreak, !(scalar == "\n" && previous == "\r") { line += 1 }
                column = isBreak ? 1 : column + 1
                previous = scalar
            }
        }
    }
}

extension Unicode.Scalar {
    /// Whether it steers a terminal or a reader's eye rather than showing itself; tabs and line ends do not.
    fileprivate var isControl: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D: false
        case 0..<0x20, 0x7F..<0xA0: true
        // Line and paragraph separators, and what turns the direction of writing.
        case 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// Whether a value may hold it.
    var isPrintable: Bool { !isControl && self != "\t" && self != "\n" && self != "\r" }
}
