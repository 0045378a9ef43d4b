/// Which parts of a file are shown in messages: the values of keys that are known to hold no secret.
///
/// A list of what may be shown, not of what may not: the value of a misspelt `tokn` stays hidden.
enum Redaction {
    /// Before there is a tree: judged line by line, given the keys that were open where reading ended.
    case unparsed(openKeys: [String])
    case parsed(hidden: [Span])

    struct Span {
        let start: Mark
        let end: Mark
    }

    /// Keys whose value, or list of values, is shown.
    private static let plain: Set<String> = [
        "above", "aggregate", "below", "clear", "concurrency", "format", "hosts", "interval",
        "keep_incidents",
        "keep_samples", "listen", "machine", "machines", "max_gap", "max_machines", "metric", "name", "path",
        "records", "rules", "severity", "timeout", "window",
    ]
    /// Keys whose mapping is shown as a whole.
    private static let free: Set<String> = ["labels", "metrics"]
    /// Keys whose mappings are judged key by key.
    private static let containers: Set<String> = [
        "json", "only", "rules", "server", "sources", "storage", "webhooks",
    ]
    private static let words = ["secret", "token", "password", "passwd", "authorization", "bearer", "cookie"]

    private static func isKnown(_ key: String) -> Bool {
        plain.contains(key) || free.contains(key) || containers.contains(key)
    }

    /// The parts of a parsed file that are not shown.
    static func parsed(_ root: YAMLNode, of source: SourceText) -> Redaction {
        var hidden: [Span] = []
        hide(in: root, of: source, &hidden)
        return .parsed(hidden: hidden)
    }

    private static func hide(in node: YAMLNode, of source: SourceText, _ hidden: inout [Span]) {
        switch node.content {
        case .scalar, .broken: hidden.append(Span(start: node.start, end: node.end))
        case .list(let items): for item in items { hide(in: item, of: source, &hidden) }
        case .mapping(let pairs):
            for pair in pairs { hide(in: pair.value, of: pair.key.text, source, &hidden) }
        }
    }

    private static func hide(
        in value: YAMLNode, of key: String, _ source: SourceText, _ hidden: inout [Span]
    ) {
        switch value.content {
        case _ where free.contains(key): break
        case .scalar where plain.contains(key): break
        case .list(let items) where plain.contains(key) && items.allSatisfy { $0.text != nil }: break
        case .scalar where key == "url":
            let line = source[value.start.line]
            let shown = authorityEnd(in: line, from: value.start.column - 1) ?? value.start.column - 1
            hidden.append(Span(start: Mark(line: value.start.line, column: shown + 1), end: value.end))
        case .mapping where containers.contains(key), .list where containers.contains(key):
            hide(in: value, of: source, &hidden)
        default: hidden.append(Span(start: value.start, end: value.end))
        }
    }

    /// Where the host and port of the URL that begins at or after `start` end; nil without a URL.
    ///
    /// A path or query may be a secret (chat services put it there), and so may all that precedes an `@`.
    private static func authorityEnd(in line: [Unicode.Scalar], from start: Int) -> Int? {
        guard start >= 0, start < line.count else { return nil }
        guard
            let colon = line.indices.dropFirst(start).first(where: {
                line[$0...].starts(with: "://".unicodeScalars)
            })
        else { return nil }
        let rest = line[(colon + 3)...]
        let host = rest.prefix { !"/?#\\ \t\"'".unicodeScalars.contains($0) }
        return rest.contains("@") ? rest.startIndex : host.endIndex
    }

    /// A line without what is hidden, and where the mark falls in it.
    func shown(_ line: [Unicode.Scalar], at mark: Mark) -> (line: [Unicode.Scalar], caret: Int) {
        var mask = mask(of: line, number: mark.line)
        for position in line.indices where line[position...].starts(with: "${".unicodeScalars) {
            // The name of a variable is no secret; its default may be.
            let name = line[(position + 2)...].prefix {
                $0 == "_" || $0.properties.isAlphabetic || $0.isDigit
            }
            let close = line[name.endIndex...].prefix(1).elementsEqual(["}"]) ? 1 : 0
            for index in position..<(name.endIndex + close) { mask[index] = false }
        }
        var result: [Unicode.Scalar] = []
        var caret: Int?
        for index in line.indices {
            let isFirstHidden = mask[index] && (index == 0 || !mask[index - 1])
            if index == mark.column - 1 {
                caret = mask[index] && !isFirstHidden ? result.count - 1 : result.count
            }
            if !mask[index] { result.append(line[index]) } else if isFirstHidden { result.append("…") }
        }
        while result.last?.properties.isWhitespace == true { result.removeLast() }
        return (result, caret ?? min(result.count, mark.column - 1))
    }

    private func mask(of line: [Unicode.Scalar], number: Int) -> [Bool] {
        var mask = [Bool](repeating: false, count: line.count)
        func hide(_ range: some Sequence<Int>) { for index in range { mask[index] = true } }
        switch self {
        case .parsed(let hidden):
            for span in hidden where span.start.line <= number && number <= span.end.line {
                let start = span.start.line == number ? span.start.column - 1 : 0
                let end = span.end.line == number ? min(span.end.column - 1, line.count) : line.count
                if start < end { hide(start..<end) }
            }
            if let comment = Self.commentStart(in: line) { hide(comment..<line.count) }
        case .unparsed(let openKeys):
            let hidden = openKeys.contains { !Self.isKnown($0) && !Self.line(line, holds: $0) }
            let start = hidden ? line.prefix { $0 == " " || $0 == "-" }.count : Self.firstDoubt(in: line)
            hide(start..<line.count)
            Self.hideLongRuns(in: line, &mask)
        }
        if let end = Self.authorityEnd(in: line, from: 0) {
            hide(line.indices[end...].prefix { !" \t,\"'".unicodeScalars.contains(line[$0]) })
        }
        for index in line.indices where line[index...].starts(with: "whsec_".unicodeScalars) {
            hide(index..<line.count)
        }
        return mask
    }

    private static func line(_ line: [Unicode.Scalar], holds key: String) -> Bool {
        String(String.UnicodeScalarView(line)).contains(key + ":")
    }

    private static func commentStart(in line: [Unicode.Scalar]) -> Int? {
        var quote: Unicode.Scalar?
        for (index, scalar) in line.enumerated() {
            let isAtWordStart = index == 0 || " \t[{,".unicodeScalars.contains(line[index - 1])
            if let open = quote {
                if scalar == open { quote = nil }
            } else if isAtWordStart, scalar == "#" {
                return index
            } else if isAtWordStart, scalar == "\"" || scalar == "'" {
                quote = scalar
            }
        }
        return nil
    }

    /// Where a line that nobody could read begins to hold what might be a secret.
    private static func firstDoubt(in line: [Unicode.Scalar]) -> Int {
        let lowercase = line.map { $0.properties.lowercaseMapping.unicodeScalars.first ?? $0 }
        for index in line.indices {
            for word in words where lowercase[index...].starts(with: word.unicodeScalars) {
                let end = index + word.unicodeScalars.count
                return line[end...].firstIndex { $0 != ":" && $0 != " " } ?? line.count
            }
            guard line[index] == ":" else { continue }
            let next = index + 1 < line.count ? line[index + 1] : " "
            let word = line[..<index].reversed().prefix { $0.isNamePart }.reversed()
            let key = String(String.UnicodeScalarView(word))
            let isAddress = next.isDigit && (key.last?.isNumber ?? true)
            if key == "url", let end = authorityEnd(in: line, from: index) { return end }
            if !isKnown(key), !isAddress, next != "/" {
                return line[(index + 1)...].firstIndex { $0 != " " } ?? line.count
            }
        }
        return line.count
    }

    /// Hides what is as long as a key or a token, whatever it is called.
    private static func hideLongRuns(in line: [Unicode.Scalar], _ mask: inout [Bool]) {
        var start = 0
        for index in 0...line.count {
            if index < line.count, !" \t,:\"'[]{}".unicodeScalars.contains(line[index]) { continue }
            if index - start >= 16 { for hidden in start..<index { mask[hidden] = true } }
            start = index + 1
        }
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
    /// Whether it may stand in the name of a rule, source, webhook or metric.
    var isNamePart: Bool { isLetter || isDigit || self == "." || self == "_" || self == "-" }
}
