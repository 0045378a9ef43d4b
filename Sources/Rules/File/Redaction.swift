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
        "above", "aggregate", "allow_private", "below", "ca", "cert", "clear", "concurrency", "fall_to",
        "for", "format",
        "hosts",
        "interval", "keep_incidents", "keep_open",
        "keep_samples", "listen", "machine", "machines", "max_gap", "max_machines", "message", "method",
        "metric",
        "name", "outside",
        "path", "push", "reach", "records", "repeat", "rules", "severity", "sources", "targets_file",
        "timeout", "window",
        "within",
        "changes", "flapping", "group", "in", "inhibits", "missing", "steady",
        "role", "trusted_proxies",
        "disabled_after", "every", "failing_after", "fallback", "fallback_after", "over", "runbook",
        "weekly", "zone", "start", "end", "reason",
    ]
    /// Keys whose mapping is shown as a whole.
    private static let free: Set<String> = ["add_labels", "labels", "metrics"]
    /// Keys whose mappings are judged key by key.
    private static let containers: Set<String> = [
        "auth", "basic", "defaults", "flapping", "forecast", "json", "maintenance", "only", "outbound",
        "prometheus",
        "rules", "server", "sources", "storage",
        "targets", "tls", "tokens", "webhooks",
    ]
    static let words = ["secret", "token", "password", "passwd", "authorization", "bearer", "cookie"]

    /// How secrets begin that tell what they are.
    private static let keyPrefixes = ["whsec_", "whsk_"]

    static func isKnown(_ key: String) -> Bool {
        plain.contains(key) || free.contains(key) || containers.contains(key)
    }

    /// Whether a value that is shown elsewhere seems to have a secret in it, such as that of a key beside it.
    static func looksSecret(_ text: String) -> Bool {
        let lowercase = text.lowercased()
        return keyPrefixes.contains(where: text.contains)
            || text.contains(" ") && words.contains(where: lowercase.contains)
    }

    /// The parts of a parsed file that are not shown.
    static func parsed(_ root: YAMLNode, of source: SourceText) -> Redaction {
        var hidden: [Span] = []
        hide(in: root.withRightKeys, of: source, &hidden)
        return .parsed(hidden: hidden)
    }

    private static func hide(in node: YAMLNode, of source: SourceText, _ hidden: inout [Span]) {
        switch node.content {
        case .scalar where node.isNull: break
        case .scalar: hidden.append(Span(start: node.start, end: node.end))
        case .refused(let content):
            hide(in: YAMLNode(start: node.start, end: node.end, content: content), of: source, &hidden)
        case .list(let items): for item in items { hide(in: item, of: source, &hidden) }
        case .mapping(let pairs):
            for pair in pairs where pair.mayBeNamed {
                hide(in: pair.value, of: pair.key.text, source, &hidden)
            }
            for pair in pairs where !pair.mayBeNamed {
                hidden.append(Span(start: pair.key.mark, end: pair.value.end))
            }
        }
    }

    private static func hide(
        in value: YAMLNode, of key: String, _ source: SourceText, _ hidden: inout [Span]
    ) {
        switch value.content {
        case .refused(let content):
            hide(in: YAMLNode(start: value.start, end: value.end, content: content), of: key, source, &hidden)
        case _ where free.contains(key): break
        case .scalar(let text, _) where plain.contains(key) && !looksSecret(text) && value.isOneLine: break
        case .list(let items) where key == "targets": hideURLs(in: items, of: source, &hidden)
        case .list(let items) where plain.contains(key) && items.allSatisfy { $0.text != nil }: break
        case .scalar where key == "url" || key == "proxy":
            let line = source[value.start.line]
            let shown = authorityEnd(in: line, from: value.start.column - 1) ?? value.start.column - 1
            let rest = line.dropFirst(shown).prefix(max(0, value.end.column - 1 - shown))
            if value.isOneLine, value.text.flatMap(URLText.harmless) != nil { break }
            if value.isOneLine, rest.allSatisfy({ "/'\"".unicodeScalars.contains($0) }) { break }
            hidden.append(Span(start: Mark(line: value.start.line, column: shown + 1), end: value.end))
        case .mapping where containers.contains(key), .list where containers.contains(key):
            hide(in: value, of: source, &hidden)
        case .mapping(let pairs)
        where key == "headers" && pairs.allSatisfy({ $0.key.text.isToken && !$0.value.isNull }):
            for pair in pairs { hidden.append(Span(start: pair.value.start, end: pair.value.end)) }
        default: hidden.append(Span(start: value.start, end: value.end))
        }
    }

    /// Hides the targets that are URLs and not a host with its port.
    private static func hideURLs(in targets: [YAMLNode], of source: SourceText, _ hidden: inout [Span]) {
        for target in targets {
            if case .mapping(let pairs) = target.content {
                for pair in pairs { hide(in: pair.value, of: pair.key.text, source, &hidden) }
            } else if !(target.text?.unicodeScalars.allSatisfy {
                $0.isNamePart || ":[]".unicodeScalars.contains($0)
            } ?? false) {
                hidden.append(Span(start: target.start, end: target.end))
            }
        }
    }

    /// Where the host and port of the URL that begins at or after `start` end; nil without a URL.
    ///
    /// A path or query may be a secret (chat services put it there), and so may all that precedes an `@`.
    static func authorityEnd(in line: [Unicode.Scalar], from start: Int) -> Int? {
        guard start >= 0, start < line.count else { return nil }
        guard
            let colon = line.indices.dropFirst(start).first(where: {
                line[$0...].starts(with: "://".unicodeScalars)
            })
        else { return nil }
        let rest = line[(colon + 3)...]
        let authority = rest.prefix { !"/?#\\ \t\"'".unicodeScalars.contains($0) }
        // What follows a colon must be a port: when an '@' is missing it is a password.
        let host = authority.firstIndex(of: "]").map { authority[$0...] } ?? authority
        let port = host.firstIndex(of: ":").map { host[$0...].dropFirst() } ?? []
        let isHarmless = !rest.contains("@") && port.count <= 5 && port.allSatisfy(\.isDigit)
        return isHarmless ? authority.endIndex : rest.startIndex
    }

    /// A line without what is hidden, and where the mark falls in it.
    func shown(_ line: [Unicode.Scalar], at mark: Mark) -> (line: [Unicode.Scalar], caret: Int) {
        var mask = mask(of: line, number: mark.line)
        for position in line.indices where line[position...].starts(with: "${".unicodeScalars) {
            // The name of a variable is no secret; its default may be.
            let name = line[(position + 2)...].prefix { $0 == "_" || $0.isLetter || $0.isDigit }
            let rest = line[name.endIndex...]
            guard rest.first == "}" || rest.starts(with: ":-".unicodeScalars) else { continue }
            let end = name.endIndex + (rest.first == "}" ? 1 : 0)
            for index in position..<end { mask[index] = false }
            for quote in [position - 1, end] where line.indices.contains(quote) {
                if line[quote] == "\"" || line[quote] == "'" { mask[quote] = false }
            }
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
                let indentation = line.prefix { $0 == " " }.count
                let start = span.start.line == number ? span.start.column - 1 : indentation
                let end = span.end.line == number ? min(span.end.column - 1, line.count) : line.count
                if start < end { hide(start..<end) }
            }
            if let comment = Self.commentStart(in: line) { hide(comment..<line.count) }
        case .unparsed(let openKeys):
            hide(Self.doubtful(in: line, openKeys: openKeys))
        }
        if let end = Self.authorityEnd(in: line, from: 0) {
            let path = line.indices[end...].prefix { !" \t,}\"'".unicodeScalars.contains(line[$0]) }
            if path.count > 1 { hide(path) }
        }
        for prefix in Self.keyPrefixes {
            for index in line.indices where line[index...].starts(with: prefix.unicodeScalars) {
                hide(index..<line.count)
            }
        }
        return mask
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
}

extension YAMLNode.Pair {
    /// Whether messages may name the key: one without a value, or with a space in it, may be a secret whose
    /// colon was forgotten.
    var mayBeNamed: Bool {
        let isUsual = Redaction.isKnown(key.text) || ["headers", "secret", "token", "url"].contains(key.text)
        return isUsual || !value.isNull && key.text.unicodeScalars.allSatisfy(\.isNamePart)
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
    /// Whether it may stand in the name of a rule, source, webhook or metric.
    var isNamePart: Bool { isLetter || isDigit || self == "." || self == "_" || self == "-" }
}

extension YAMLNode {
    /// The root of a file with its misspelt keys as they were meant, as which they are read.
    fileprivate var withRightKeys: YAMLNode {
        guard case .mapping(let pairs) = content else { return self }
        let meant = pairs.map { pair in
            let key = Section.fileKey(meantBy: pair.key.text) ?? pair.key.text
            return Pair(key: Key(text: key, mark: pair.key.mark), value: pair.value)
        }
        return YAMLNode(start: start, end: end, content: .mapping(meant))
    }
}
