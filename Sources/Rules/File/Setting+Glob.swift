extension Setting {
    /// A pattern of names.
    public func glob() -> Glob? {
        guard let text = text("a pattern") else { return nil }
        if let cure = Glob.cure(ofRegularExpression: text) {
            warn(
                "\(shown ?? label) is matched as it stands: patterns have * for any characters and ? for one",
                cure: cure)
        }
        return Glob(text)
    }
}

extension Glob {
    /// What to write for a text that looks like a regular expression; nil when it looks like a pattern.
    static func cure(ofRegularExpression text: String) -> String? {
        // `[fd00::1]:9100` is the name of a machine.
        guard !(text.hasPrefix("[") && text.contains("::")) else { return nil }
        var rest = text[...]
        var isRegular = false
        for (opening, closing) in [("~", ""), ("/", "/"), ("^", ""), ("", "$")]
        where rest.hasPrefix(opening) && rest.hasSuffix(closing) && rest.count > opening.count + closing.count
        {
            rest = rest.dropFirst(opening.count).dropLast(closing.count)
            isRegular = true
        }
        isRegular =
            isRegular || rest.contains { "[]()\\+|".contains($0) }
            || rest.contains(".*")
                && !rest.contains { $0.isNumber }
        guard isRegular else { return nil }
        var pattern = ""
        while let character = rest.popFirst() {
            switch character {
            case "[":
                guard let close = rest.firstIndex(of: "]") else { return "write * or ? in place of '['" }
                rest = rest[close...].dropFirst()
                let isMany = rest.first.map { "*+".contains($0) } ?? false
                if isMany { rest.removeFirst() }
                pattern += isMany ? "*" : "?"
            case "." where rest.first == "*" || rest.first == "+":
                rest.removeFirst()
                pattern += "*"
            case "\\":
                if let escaped = rest.popFirst() { pattern.append(escaped) }
            case "(", ")", "|", "+", "]": return "write each alternative as an item of a list: [web-*, db-*]"
            default: pattern.append(character)
            }
        }
        return "write \(pattern.quoted)"
    }
}
