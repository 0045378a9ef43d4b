/// A word or sign of an expression.
struct ExpressionToken: Equatable {
    enum Kind: Equatable {
        case number(Double)
        case name(String)
        case text(String)
        /// `=`, `!=`, `=*` or `!*`.
        case comparison(String)
        case plus, minus, times, over, open, close, openBrace, closeBrace, comma, end
    }

    let kind: Kind
    let offset: Int
    /// As it stands in the expression.
    let spelling: String

    /// As messages call it.
    var name: String { kind == .end ? "the end" : "'\(excerpt(spelling))'" }

    /// The tokens of a text, the last of which is the end.
    static func tokens(of text: String) throws(ExpressionFault) -> [ExpressionToken] {
        var scanner = ExpressionScanner(text)
        var tokens: [ExpressionToken] = []
        repeat { tokens.append(try scanner.token()) } while tokens.last?.kind != .end
        return tokens
    }
}

private struct ExpressionScanner {
    private let scalars: [Unicode.Scalar]
    private var at = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        at + offset < scalars.count ? scalars[at + offset] : nil
    }

    mutating func token() throws(ExpressionFault) -> ExpressionToken {
        while peek() == " " { at += 1 }
        let start = at
        let kind = try kind()
        return ExpressionToken(kind: kind, offset: start, spelling: String(scalars[start..<at]))
    }

    private mutating func kind() throws(ExpressionFault) -> ExpressionToken.Kind {
        guard let scalar = peek() else { return .end }
        switch scalar {
        case _ where scalar.isDigitOfNumber: return try number()
        case _ where scalar.beginsName:
            let start = at
            while let next = peek(), next.beginsName || next.isDigitOfNumber { at += 1 }
            return .name(String(scalars[start..<at]))
        case "\"", "'": return .text(try text(until: scalar))
        case "=", "!": return try comparison(scalar)
        default: return try sign(scalar)
        }
    }

    private mutating func sign(_ scalar: Unicode.Scalar) throws(ExpressionFault) -> ExpressionToken.Kind {
        let signs: [Unicode.Scalar: ExpressionToken.Kind] = [
            "+": .plus, "-": .minus, "*": .times, "/": .over, "(": .open, ")": .close, "{": .openBrace,
            "}": .closeBrace, ",": .comma,
        ]
        if let kind = signs[scalar] {
            at += 1
            return kind
        }
        switch scalar {
        case "[":
            throw fault(
                "a range has no place here", cure: "rate(metric) is taken from one poll to the next")
        case "<", ">":
            throw fault(
                "there is no operator '\(scalar)'",
                cure: "a threshold belongs into a rule, as its '\(scalar == "<" ? "below" : "above"):'")
        case "%", "^": throw fault("there is no operator '\(scalar)'", cure: "operators are + - * / or")
        default:
            throw fault(
                "'\(excerpt(String(scalar)))' has no place in an expression",
                cure: "write metrics, numbers, + - * /, parentheses and functions: 100 * avg(rate(metric))")
        }
    }

    private mutating func comparison(_ first: Unicode.Scalar) throws(ExpressionFault)
        -> ExpressionToken.Kind
    {
        if peek(1) == "~" {
            let place = at
            let cure = "use patterns: \(first)*\"ext*|xfs\", with * for any characters, ? for one, | for or"
            let pattern = LabelPattern.text(ofRegularExpression: textAhead(2))
            throw ExpressionFault(
                offset: place, message: "regular expressions are not supported",
                cure: pattern.map { "write \(first)*\"\($0)\", a pattern" } ?? cure)
        }
        if first == "!" {
            guard let second = peek(1), second == "=" || second == "*" else {
                throw fault("'!' is no comparison", cure: "comparisons are = != =* !*")
            }
            at += 2
            return .comparison("!\(second)")
        }
        let isPattern = peek(1) == "*"
        at += isPattern ? 2 : 1
        return .comparison(isPattern ? "=*" : "=")
    }

    /// What stands in quotes so many characters ahead; empty when nothing does.
    private func textAhead(_ count: Int) -> String {
        let rest = scalars.dropFirst(at + count).drop { $0 == " " }
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return "" }
        return String(rest.dropFirst().prefix { $0 != quote })
    }

    private mutating func number() throws(ExpressionFault) -> ExpressionToken.Kind {
        let start = at
        while let next = peek() {
            let isExponentSign =
                (next == "+" || next == "-") && (scalars[at - 1] == "e" || scalars[at - 1] == "E")
            guard next.isDigitOfNumber || next.beginsName || next == "." || isExponentSign else { break }
            at += 1
        }
        let spelling = String(scalars[start..<at])
        let isNumeric = spelling.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        guard isNumeric, let number = Double(spelling), number.isFinite else {
            at = start
            throw fault("'\(excerpt(spelling))' is not a number", cure: "write it as 100, 0.5 or 1e9")
        }
        return .number(number)
    }

    private mutating func text(until quote: Unicode.Scalar) throws(ExpressionFault) -> String {
        let start = at
        at += 1
        var text = String.UnicodeScalarView()
        while let next = peek(), next != quote {
            if next == "\\", let escaped = peek(1) {
                text.append(escaped == "n" ? "\n" : escaped)
                at += 2
            } else {
                text.append(next)
                at += 1
            }
        }
        guard peek() == quote else {
            at = start
            throw fault("this quote is never closed", cure: "add \(quote) at the end of the text")
        }
        at += 1
        return String(text)
    }

    private func fault(_ message: String, cure: String) -> ExpressionFault {
        ExpressionFault(offset: at, message: message, cure: cure)
    }
}

extension String {
    fileprivate init(_ scalars: ArraySlice<Unicode.Scalar>) {
        self.init(String.UnicodeScalarView(scalars))
    }
}

extension Unicode.Scalar {
    fileprivate var isDigitOfNumber: Bool { ("0"..."9").contains(self) }

    fileprivate var beginsName: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" || self == ":"
    }
}
