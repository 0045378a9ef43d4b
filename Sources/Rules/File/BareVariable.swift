/// `{token: ${TOKEN}}`: within braces, YAML takes the brace of a variable for its own.
struct BareVariable {
    /// Where its '$' stands.
    let mark: Mark
    private let line: [Unicode.Scalar]

    /// The one whose brace is at or before `mark`; nil when there is none.
    init?(braceAt mark: Mark, in source: SourceText) {
        line = source[mark.line]
        let before = line.prefix(mark.column)
        guard before.suffix(2).elementsEqual(["$", "{"]) else { return nil }
        self.mark = Mark(line: mark.line, column: mark.column - 1)
    }

    private var dollar: Int { mark.column - 1 }

    /// What is to be written: the whole value in quotes, and its key.
    var cure: String {
        let open = line[..<dollar].lastIndex { "{[,".unicodeScalars.contains($0) } ?? -1
        var key = ""
        var start = open + 1
        if let colon = line[start..<dollar].firstIndex(of: ":"), colon + 1 < dollar, line[colon + 1] == " " {
            key = text(start..<colon) + ": "
            start = colon + 1
        }
        let close = line[dollar...].firstIndex(of: "}").map { $0 + 1 } ?? line.count
        let end = line[close...].firstIndex { ",]}".unicodeScalars.contains($0) } ?? line.count
        let words = text(start..<dollar).split(separator: " ").map { word in
            // What is no usual word may be a secret.
            ["bearer", "basic", "token", "key"].contains(word.lowercased()) ? String(word) : "…"
        }
        let rest = text(close..<end)
        let value = (words + [text(dollar..<close) + (rest.isEmpty ? "" : "…")]).joined(separator: " ")
        let isNamed = Section.isNameOfKey(key)
        return "put the whole value in quotes: \(isNamed ? "{\(key)\"\(value)\"}" : "\"\(value)\"")"
    }

    private func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: line[range].drop { $0 == " " }.filter { $0 != "\"" && $0 != "'" })
        while view.last == " " { view.removeLast() }
        return String(view)
    }

    private static let (open, close): (Unicode.Scalar, Unicode.Scalar) = ("\u{E000}", "\u{E001}")

    /// The text with the braces of the variable as signs that mean nothing to YAML; nil when it is not closed.
    func mended(_ text: String) -> String? {
        var lines = SourceText(text).lines
        guard let end = line[dollar...].firstIndex(of: "}"), lines.indices.contains(mark.line - 1),
            lines[mark.line - 1].count == line.count, lines[mark.line - 1][dollar + 1] == "{"
        else { return nil }
        lines[mark.line - 1][dollar + 1] = Self.open
        lines[mark.line - 1][end] = Self.close
        // Quotes around a part of the value would end it.
        return lines.map { String(String.UnicodeScalarView($0)) }.joined(separator: "\n")
    }

    /// A value as it stood in the file.
    static func unmended(_ text: String) -> String {
        guard text.unicodeScalars.contains(open) else { return text }
        return text.replacing(String(open), with: "{").replacing(String(close), with: "}")
    }
}

extension Section {
    /// Whether `key: ` may be shown.
    fileprivate static func isNameOfKey(_ text: String) -> Bool {
        text.hasSuffix(": ") && text.dropLast(2).unicodeScalars.allSatisfy(\.isNamePart)
            && text.utf8.count < 40
    }
}
