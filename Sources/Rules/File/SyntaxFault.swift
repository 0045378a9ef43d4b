extension YAMLSyntaxError {
    /// The error in words that say what to do.
    func fault(in source: SourceText, file: String) -> Fault {
        let (mark, message, cure) = explanation(in: source)
        var note: String?
        if let (doing, since) = context, since.line != mark.line, since < mark {
            switch doing {
            case "while parsing a flow sequence": note = "'[' opens at line \(since.line)"
            case "while parsing a flow mapping": note = "'{' opens at line \(since.line)"
            default: break
            }
        }
        return Fault(file: file, mark: mark, message: message, cure: cure, note: note)
    }

    private typealias Explanation = (mark: Mark, message: String, cure: String)

    private func explanation(in source: SourceText) -> Explanation {
        if source[mark] == "\t" || problem.hasPrefix("found a tab character") {
            return (mark, "a tab stands where YAML wants spaces", "use spaces to indent and to align")
        }
        if let variable = bareVariable(in: source) {
            return (variable.mark, "within {…} and […], ${NAME} needs quotes", variable.cure)
        }
        for line in [mark.line, context?.since.line].compactMap(\.self) {
            if let (found, column) = Lookalike.first(in: source[line]) {
                return (Mark(line: line, column: column), found.message, found.cure)
            }
            if source.hasBraces(at: line), !isWithinText(in: source) { return source.bracesFault(at: line) }
        }
        switch problem {
        case "could not find expected ':'": return missingColon(in: source)
        case "mapping values are not allowed in this context": return strayColon(in: source)
        case "did not find expected key", "did not find expected '-' indicator",
            "did not find expected <document start>":
            if let bracket = source[mark], bracket == "]" || bracket == "}" {
                return (mark, "this '\(bracket)' closes nothing", "remove it, or put the value in quotes")
            }
            return wrongIndentation(in: source)
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            let bracket = problem.hasSuffix("]'") ? "]" : "}"
            if let since = context?.since, since.line < mark.line {
                let opening = bracket == "]" ? "[" : "{"
                return (
                    since, "this '\(opening)' is never closed",
                    "close it with '\(bracket)' on line \(since.line)"
                )
            }
            return (
                mark, "expected ',' or '\(bracket)' here",
                "separate items by commas, and close the '\(bracket)'"
            )
        default: return commonExplanation(in: source)
        }
    }

    /// Whether the colon that is one too many stands before a placeholder: `message: full: {{value}}`.
    private func isWithinText(in source: SourceText) -> Bool {
        problem == "mapping values are not allowed in this context"
            && source[mark.line].dropFirst(mark.column - 1).starts(with: ": {{".unicodeScalars)
    }

    private func commonExplanation(in source: SourceText) -> Explanation {
        let since = context?.since ?? mark
        let isAlias = context?.doing == "while scanning an alias"
        switch problem {
        case "found unexpected end of stream", "found unexpected document indicator":
            return (since, "the quote that opens here is never closed", "close it on the same line")
        case "did not find expected alphabetic or numeric character" where isAlias:
            return (since, "a text that begins with '*' needs quotes", "write \"*\" for any name")
        case "did not find expected alphabetic or numeric character":
            return (since, "a text that begins with '&' needs quotes", "put it in quotes")
        case "found character that cannot start any token":
            let found = source[mark].map { String($0).quoted } ?? "this"
            return (mark, "a text cannot begin with \(found)", "put it in quotes")
        case "block sequence entries are not allowed in this context":
            return (
                mark, "a list cannot begin here", "begin it on a line of its own, with '- ' before each item"
            )
        case "found unknown escape character", "did not find expected hexdecimal number",
            "found invalid Unicode character escape code":
            return (mark, "no escape begins like this", "write \\\\ for a backslash, or use 'single quotes'")
        case "did not find expected comment or line break"
        where context?.doing == "while scanning a block scalar":
            let text = source[since.line].dropFirst(since.column).drop { "=<> ".unicodeScalars.contains($0) }
            let number = String(String.UnicodeScalarView(text))
            return (
                since, "a text that begins with '>' or '|' needs quotes",
                Double(number) == nil
                    ? "put it in quotes" : "write \(number); the key says which side of it is meant"
            )
        case "found undefined tag handle", "did not find expected tag URI", "did not find expected '!'":
            return (
                since, "tags (!name) are not supported", "remove it; a text that begins with '!' needs quotes"
            )
        case "did not find expected node content":
            return (mark, "expected a value here", "remove the comma before it, or put the value in quotes")
        default:
            let doing = context.map { " \($0.doing)" } ?? ""
            return (mark, "\(problem)\(doing)", "put a text that holds special characters in quotes")
        }
    }

    /// `{token: ${TOKEN}}`: within braces, YAML takes the brace of a variable for its own.
    func bareVariable(in source: SourceText) -> BareVariable? {
        [mark, context?.since].lazy.compactMap { $0 }.compactMap { BareVariable(braceAt: $0, in: source) }
            .first
    }

    private func missingColon(in source: SourceText) -> Explanation {
        let mark = context?.since ?? mark
        if let slip = slip(in: source[mark.line], at: mark.line) { return slip }
        let text = source[mark.line].dropFirst(mark.column - 1)
        let colon = text.firstIndex(of: ":")
        let cure =
            colon.map { $0 + 1 < text.endIndex && text[$0 + 1] != " " } == true
            ? "put a space after the colon" : "write 'key: value'"
        return (mark, "expected 'key: value' here", cure)
    }

    private func strayColon(in source: SourceText) -> Explanation {
        let line = source[mark.line]
        let before = line.prefix(max(0, mark.column - 1))
        if before.contains(":") {
            return (mark, "a value cannot hold ': '", "put the value in quotes")
        }
        let above = source[mark.line - 1]
        if let slip = slip(in: above, at: mark.line - 1) { return slip }
        let cure = "indent it like the keys it belongs with, and see that line \(mark.line - 1) is complete"
        return (mark, "a key cannot stand here", cure)
    }

    /// What is wrong with a line after which a key cannot stand: `-name: a`, `- name a`.
    private func slip(in line: [Unicode.Scalar], at number: Int) -> Explanation? {
        let indent = line.prefix { $0 == " " }.count
        var rest = line.dropFirst(indent)
        if rest.first == "-", let next = rest.dropFirst().first, next.isLetter {
            return (
                Mark(line: number, column: indent + 1), "expected a space after '-'",
                "write '- ' before the key"
            )
        }
        if rest.starts(with: ["-", " "]) { rest = rest.dropFirst(2).drop { $0 == " " } }
        let key = String(String.UnicodeScalarView(rest.prefix(while: \.isNamePart)))
        let place = Mark(line: number, column: rest.startIndex + 1)
        let after = rest.dropFirst(key.utf8.count)
        if after.first == ":", let next = after.dropFirst().first, next != " ", next != "/" {
            return (place, "expected 'key: value' here", "put a space after the colon")
        }
        let value = String(String.UnicodeScalarView(after.drop { $0 == " " }))
        if value.isEmpty, Section.fileKeys.contains(key), indent == 0 {
            return (place, "expected ':' after \(key.quoted)", "write \(key):")
        }
        guard Redaction.isKnown(key), !value.isEmpty, !value.contains(":"), after.first == " " else {
            return nil
        }
        let isName = value.unicodeScalars.allSatisfy(\.isNamePart)
        return (
            place, "expected ':' after \(key.quoted)",
            "write \(key): \(isName && !Redaction.looksSecret(value) ? value : "…")"
        )
    }

    /// A key of the file that is indented.
    private func misplacedKey(in source: SourceText, at number: Int) -> Explanation? {
        let line = source[number]
        let indent = line.prefix { $0 == " " }.count
        let key = String(String.UnicodeScalarView(line.dropFirst(indent).prefix { $0 != ":" }))
        guard indent > 0, Section.fileKeys.contains(key) else { return nil }
        return (
            Mark(line: number, column: indent + 1), "\(key.quoted) is a key of the file",
            "begin it at column 1"
        )
    }

    /// A key of the file that is indented, or an item that is not as far in as those before it.
    private func wrongColumn(in source: SourceText) -> Explanation? {
        let line = source[mark.line]
        let indent = line.prefix { $0 == " " }.count
        let place = Mark(line: mark.line, column: indent + 1)
        let rest = line.dropFirst(indent)
        if let key = misplacedKey(in: source, at: mark.line) { return key }
        guard rest.starts(with: ["-", " "]) else { return nil }
        func depth(_ number: Int) -> Int { source[number].prefix { $0 == " " }.count }
        let above = (1..<mark.line).reversed()
        guard
            let first = above.first(where: { source[$0].dropFirst(depth($0)).starts(with: ["-", " "]) }),
            depth(first) != indent
        else { return nil }
        let wanted = depth(first)
        let owner = (1..<first).reversed().lazy.filter { depth($0) <= wanted }.map { source[$0] }
            .first { $0.last == ":" }
            .map { String(String.UnicodeScalarView($0.drop { $0 == " " }.prefix(while: \.isNamePart))) }
        let whose = owner.map { $0.isEmpty ? "the list" : $0.quoted } ?? "the list"
        return (
            place,
            "the items of \(whose) begin after \(wanted.counted("space")), as line \(first) does",
            "indent this one by \(wanted) too"
        )
    }

    private func wrongIndentation(in source: SourceText) -> Explanation {
        if let column = wrongColumn(in: source) { return column }
        let message = "this line does not fit the indentation of those before it"
        guard let begin = context?.since else {
            if let first = (1..<mark.line).first(where: { source[$0].first { $0 != " " } ?? "#" != "#" }),
                let column = misplacedKey(in: source, at: first)
            {
                return column
            }
            return (
                mark, "the settings end before this line",
                "begin each key of the file at column 1, without braces around them"
            )
        }
        let depth = begin.column - 1
        let cure =
            problem == "did not find expected '-' indicator"
            ? "\(depth) spaces and '- ' begin an item of the list; \(depth + 2) spaces go on with the one above"
            : "indent it like the keys it belongs with, those from line \(begin.line) by \(depth) spaces"
        return (mark, message, cure)
    }
}

extension SourceText {
    /// Whether a value of a line begins like a placeholder, without quotes.
    func hasBraces(at line: Int) -> Bool { braces(at: line) != nil }

    private func braces(at line: Int) -> Int? {
        let scalars = self[line]
        return scalars.indices.first { scalars[$0...].starts(with: ": {{".unicodeScalars) }.map { $0 + 2 }
    }

    /// The fault of a text that begins with a placeholder.
    func bracesFault(at line: Int) -> (mark: Mark, message: String, cure: String) {
        let start = braces(at: line) ?? 0
        let text = String(String.UnicodeScalarView(self[line][start...]))
        let isShown = text.utf8.count <= 100 && !Redaction.looksSecret(text) && !text.contains("\"")
        return (
            Mark(line: line, column: start + 1), "a text that begins with '{' needs quotes",
            isShown ? "write \"\(text)\"" : "put it in quotes"
        )
    }
}
