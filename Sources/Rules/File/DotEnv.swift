/// The `.env` file beside a settings file: lines of `NAME=value`.
///
/// All that it holds may be secret: no message shows a value, nor a line that it could not read.
enum DotEnv {
    private enum LineError: Error {
        case noName, openQuote, textAfterQuote

        var message: String {
            switch self {
            case .noName: "expected NAME=value"
            case .openQuote: "the quote is not closed on its line"
            case .textAfterQuote: "text follows the closing quote"
            }
        }

        var cure: String {
            switch self {
            case .noName: "names have letters, digits and '_', the first no digit; comments begin with '#'"
            case .openQuote: "close it, or write \\n for a line end within double quotes"
            case .textAfterQuote: "put the whole value in quotes"
            }
        }
    }

    static func variables(in bytes: [UInt8], file: String, reporting faults: Faults) -> [String: String] {
        // The faults of its encoding bear its own name.
        let own = Faults(in: file)
        guard let text = Encoding.text(of: bytes, reporting: own) else {
            for fault in own.all { faults.add(fault) }
            return [:]
        }
        var variables: [String: String] = [:]
        for (index, scalars) in SourceText(text).lines.enumerated() {
            let line = String(String.UnicodeScalarView(scalars))
            do {
                guard let (name, value) = try variable(in: line[...].trimmed) else { continue }
                variables[name] = value
            } catch {
                let indent = line.prefix { $0 == " " || $0 == "\t" }.count
                faults.add(
                    Fault(
                        file: file, mark: Mark(line: index + 1, column: indent + 1), message: error.message,
                        cure: error.cure))
            }
        }
        return variables
    }

    private static func variable(
        in line: Substring
    ) throws(LineError) -> (name: String, value: String)? {
        guard let first = line.first, first != "#" else { return nil }
        let line = line.hasPrefix("export ") ? line.dropFirst(7).trimmed : line
        guard let equals = line.firstIndex(of: "=") else { throw .noName }
        let name = String(line[..<equals].trimmed)
        guard Setting.isIdentifier(name) else { throw .noName }
        return (name, try value(of: line[equals...].dropFirst().trimmed))
    }

    private static func value(of text: Substring) throws(LineError) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            let comment = text.indices.first { index in
                text[index] == "#"
                    && (index == text.startIndex || text[text.index(before: index)].isWhitespace)
            }
            return String(text[..<(comment ?? text.endIndex)].trimmed)
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                let after = rest.trimmed
                guard after.isEmpty || after.hasPrefix("#") else { throw .textAfterQuote }
                return value
            }
            guard character == "\\", quote == "\"", let escaped = rest.popFirst() else {
                value.append(character)
                continue
            }
            switch escaped {
            case "n": value.append("\n")
            case "\"", "\\", "$": value.append(escaped)
            default: value += ["\\", escaped]
            }
        }
        throw .openQuote
    }
}

extension Substring {
    /// The text without spaces and tabs at its ends.
    fileprivate var trimmed: Substring {
        let head = drop { $0 == " " || $0 == "\t" }
        guard let last = head.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return head[...last]
    }
}
