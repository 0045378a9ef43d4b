import Rules

/// Takes a template apart, and knows of each placeholder whether it stands within a text of the JSON.
struct TemplateParser {
    private let scalars: [Unicode.Scalar]
    private var next = 0
    private var isWithinText = false
    private var parts: [Template.Part] = []
    /// At which scalar each part begins.
    private var offsets: [Int] = []
    private var literal = String.UnicodeScalarView()

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(Template.Flaw) -> (parts: [Template.Part], offsets: [Int]) {
        while next < scalars.count {
            if isAt("{{") {
                endLiteral()
                offsets.append(next)
                parts.append(.placeholder(try placeholder()))
            } else if isWithinText, isAt("}}") {
                throw Template.Flaw(
                    offset: next, message: "'}}' closes no placeholder",
                    cure: "open it with '{{', or remove it")
            } else {
                step()
            }
        }
        endLiteral()
        return (parts, offsets)
    }

    private func isAt(_ text: String) -> Bool { scalars[next...].starts(with: text.unicodeScalars) }

    /// Takes one scalar of the JSON; after a backslash, what it escapes too.
    private mutating func step() {
        let scalar = scalars[next]
        if scalar == "\"" { isWithinText.toggle() }
        literal.append(scalar)
        next += 1
        if scalar == "\\", isWithinText, next < scalars.count, !isAt("{{") {
            literal.append(scalars[next])
            next += 1
        }
    }

    private mutating func endLiteral() {
        guard !literal.isEmpty else { return }
        offsets.append(next - literal.count)
        parts.append(.literal(String(literal)))
        literal.removeAll()
    }

    private mutating func placeholder() throws(Template.Flaw) -> Template.Placeholder {
        let pieces = try pieces()
        let (name, start) = pieces[0]
        guard TemplateValues.isName(name) else { throw unknown(name, at: start) }
        var filters: [TemplateFilter] = []
        for (text, offset) in pieces.dropFirst() { filters.append(try filter(text, at: offset)) }
        return Template.Placeholder(name: name, filters: filters, isWithinText: isWithinText)
    }

    /// What stands between the braces, cut at each `|` outside of quotes, with the place of each piece.
    private mutating func pieces() throws(Template.Flaw) -> [(text: String, offset: Int)] {
        let open = next
        next += 2
        var pieces: [(text: String, offset: Int)] = []
        var (piece, start, isQuoted) = (String.UnicodeScalarView(), next, false)
        func trimmed() -> (text: String, offset: Int) {
            let lead = piece.prefix { $0 == " " }.count
            let text = String(
                String.UnicodeScalarView(piece.dropFirst(lead).reversed().drop { $0 == " " }.reversed()))
            return (text, start + lead)
        }
        while next < scalars.count, scalars[next] != "\n" {
            if !isQuoted, isAt("}}") {
                next += 2
                return pieces + [trimmed()]
            }
            if scalars[next] == "\"" { isQuoted.toggle() }
            if scalars[next] == "|", !isQuoted {
                pieces.append(trimmed())
                (piece, start) = (String.UnicodeScalarView(), next + 1)
            } else {
                piece.append(scalars[next])
            }
            next += 1
        }
        throw Template.Flaw(
            offset: open, message: "'{{' is never closed", cure: "close it on its line: {{incident.machine}}")
    }

    private func unknown(_ name: String, at offset: Int) -> Template.Flaw {
        Template.Flaw(
            offset: offset,
            message: name.isEmpty ? "the placeholder is empty" : "there is no placeholder \(name.inQuotes)",
            cure: "placeholders: \(TemplateValues.names.joined(separator: ", "))",
            unknown: (name, TemplateValues.names))
    }
}

extension TemplateParser {
    private func filter(_ text: String, at offset: Int) throws(Template.Flaw) -> TemplateFilter {
        let name = String(text.prefix { $0 != ":" })
        let argument = text.utf8.count > name.utf8.count ? String(text.dropFirst(name.count + 1)) : nil
        switch (name, argument) {
        case ("upper", nil): return .upper
        case ("lower", nil): return .lower
        case ("json", nil): return .json
        case ("default", let argument?):
            if let value = fallback(argument) { return .fallback(value) }
        case ("round", let argument?):
            if let places = Int(argument), (0...9).contains(places) { return .round(places) }
        case ("truncate", let argument?):
            if let count = Int(argument), (1...10_000).contains(count) { return .truncate(count) }
        default: break
        }
        guard TemplateFilter.names.contains(name) else {
            throw Template.Flaw(
                offset: offset,
                message: name.isEmpty
                    ? "a filter is missing after '|'" : "there is no filter \(name.inQuotes)",
                cure: "filters: \(TemplateFilter.names.joined(separator: ", "))",
                unknown: (name, TemplateFilter.names))
        }
        throw Template.Flaw(
            offset: offset, message: "the filter '\(name)' is not used like this",
            cure: "write |upper, |lower, |json, |default:\"text\", |round:0 to 9 or |truncate:1 to 10000")
    }

    /// What stands after `default:`: a text in quotes, a number, or a word of JSON.
    private func fallback(_ argument: String) -> TemplateValue? {
        guard let value = try? JSONValue(Array(argument.utf8)) else { return nil }
        switch value {
        case .null: return .null
        case .bool(let flag): return .flag(flag)
        case .number(let number): return .number(number)
        case .string(let text): return .text(text)
        case .array, .object: return nil
        }
    }
}

extension String {
    /// A word of a template as messages show it; one as long as a key is not shown.
    fileprivate var inQuotes: String { unicodeScalars.count <= 60 ? "'\(legible)'" : "of this name" }
}
