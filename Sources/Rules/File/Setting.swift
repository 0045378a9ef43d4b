/// One value of a settings file; each way to read it gives nil and reports a fault when the value is not right.
public struct Setting {
    let node: YAMLNode
    /// What messages call it: its key in quotes.
    let label: String
    /// Whether no message may show it.
    let isSecret: Bool
    let reading: Reading
    /// What learns what may stand here; nil unless somebody asks.
    let shape: Shape?

    init(_ node: YAMLNode, label: String, isSecret: Bool, reading: Reading, shape: Shape? = nil) {
        self.shape = shape
        self.node = node
        self.label = label
        self.isSecret = isSecret
        self.reading = reading
    }

    var asSecret: Setting { Setting(node, label: label, isSecret: true, reading: reading, shape: shape) }

    /// Whether nothing stands behind the key.
    public var isNull: Bool { node.isNull }

    /// Whether nothing stands behind the key, or a list without items.
    public var isEmpty: Bool {
        if case .list(let items) = node.content { items.isEmpty } else { isNull }
    }

    /// Whether it has keys of its own.
    public var isMapping: Bool {
        if case .mapping = node.content { true } else { false }
    }

    /// Whether it has items.
    public var isList: Bool {
        if case .list = node.content { true } else { false }
    }

    var mark: Mark { node.start }

    /// The line on which it begins, from 1.
    public var line: Int { node.start.line }

    /// Reports a fault of this value.
    public func fail(_ message: String, cure: String? = nil, note: String? = nil) {
        reading.faults.add(at: node.start, message, cure: cure, note: note)
    }

    /// Reports what is worth a look, although the file can be used as it is.
    public func warn(_ message: String, cure: String? = nil, note: String? = nil) {
        reading.faults.add(.warning, at: node.start, message, cure: cure, note: note)
    }

    /// Reports that the value is not what it must be: `'interval' must be a duration, not 'abc'`.
    public func failing<Value>(_ expected: String, cure: String? = nil) -> Value? {
        fail("\(label) must be \(expected)\(shown.map { ", not \($0)" } ?? "")", cure: cure)
        return nil
    }

    /// The value as messages show it: what a variable holds is for nobody to read; nil for a secret.
    var shown: String? {
        guard case .scalar(let text, _) = node.content, !node.isNull else { return node.kind }
        guard !isSecret else { return nil }
        // Often the next key, its colon forgotten, and with it a secret.
        guard node.isOneLine else { return "a text of \(node.end.line - node.start.line + 1) lines" }
        guard let (value, variable) = try? reading.environment.expand(text) else { return nil }
        return variable.map { "the value of ${\($0)}" } ?? value.quoted
    }

    /// The text of a scalar, its variables replaced.
    func scalar(_ expected: String, cure: String? = nil, as kind: Shape.Scalar? = nil) -> String? {
        shape?.learn(kind ?? .text(expected))
        switch node.content {
        case .refused: return nil
        case .list, .mapping: return failing(expected, cure: cure)
        case .scalar where node.isNull:
            fail("\(label) has no value", cure: cure ?? "give it a value")
            return nil
        case .scalar(let text, _):
            if let name = text.bareVariable {
                fail(
                    "a variable stands between braces",
                    cure: "write ${\(name)}, or $$\(name) for the text itself")
                return nil
            }
            do {
                return try reading.environment.expand(text).text
            } catch {
                fail(error.message, cure: isSecret ? error.cureOfSecret : error.cure)
                return nil
            }
        }
    }
}

extension Setting {
    /// A text of at least one character, none of them a control character.
    public func text(_ expected: String = "a text") -> String? {
        guard let text = textOrEmpty(expected) else { return nil }
        guard !text.isEmpty else {
            fail("\(label) is empty", cure: "give it a value")
            return nil
        }
        return text
    }

    func textOrEmpty(_ expected: String = "a text") -> String? {
        guard let text = scalar(expected) else { return nil }
        guard text.unicodeScalars.allSatisfy(\.isPrintable) else {
            fail(
                "\(label) holds a line end, a tab or a control character",
                cure: "write it on one line, without them")
            return nil
        }
        return text
    }

    /// A name of 1 to 100 letters, digits, `.`, `_` and `-`.
    public func name() -> String? {
        let cure = "a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'"
        guard let text = scalar("a name", cure: cure) else { return nil }
        guard text.unicodeScalars.allSatisfy(\.isNamePart), (1...100).contains(text.utf8.count) else {
            let joined = text.split(separator: " ").joined(separator: "-")
            let isName = joined != text && joined.unicodeScalars.allSatisfy(\.isNamePart)
            return failing("a name", cure: isName && joined.utf8.count <= 60 ? "write \(joined)" : cure)
        }
        return text
    }

    /// A name that is not yet in `taken`, which it enters.
    public func name(in taken: inout [String: Mark]) -> String? {
        guard let name = name() else { return nil }
        if let first = taken[name] {
            fail(
                "the name \(shown ?? "") is given twice", cure: "give each a name of its own",
                note: "first defined at line \(first.line)")
        } else {
            taken[name] = node.start
        }
        return name
    }

    /// A name of letters, digits and `_` that does not begin with a digit, as labels have.
    static func isIdentifier(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return scalars.allSatisfy { $0.isLetter || $0.isDigit || $0 == "_" }
            && scalars.first?.isDigit == false
            && scalars.count <= 100
    }

    /// One of the cases of an enum.
    public func choice<Choice>(of type: Choice.Type = Choice.self) -> Choice?
    where Choice: CaseIterable & RawRepresentable, Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        let expected = names.alternatives
        guard let text = scalar(expected, as: .choice(names)) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let guess = reading.faults.suggestion(for: text, among: names)
        return failing(expected, cure: guess.map { "did you mean \($0.quoted)?" })
    }

    public func flag() -> Bool? {
        guard let text = scalar("true or false", as: .flag) else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return failing("true or false")
        }
    }
}

extension Setting {
    /// The items of a list; none when nothing is given.
    public func list(cure: String? = nil) -> [Setting]? {
        let shape = shape?.learnItems(orOne: false)
        switch node.content {
        case .refused: return nil
        case .list(let items):
            return items.compactMap { node in
                let item = child(node, label: "an item of \(label)", shape)
                guard node.isNull else { return item }
                item.fail("\(item.label) has no value", cure: cure ?? "give it a value, or remove the '-'")
                return nil
            }
        case .scalar where isNull: return []
        case .scalar, .mapping: return failing("a list", cure: cure)
        }
    }

    /// The items of a list, or the one value in place of it.
    public func oneOrMore() -> [Setting] {
        let shape = shape?.learnItems(orOne: true)
        guard case .list(let items) = node.content else {
            return isNull
                ? [] : [Setting(node, label: label, isSecret: isSecret, reading: reading, shape: shape)]
        }
        return items.map { child($0, label: "an item of \(label)", shape) }
    }

    /// The mapping; nil, without a fault, when nothing is given.
    public func section(_ title: String) -> Section? {
        shape?.learnSection()
        shape?.learnNull()
        switch node.content {
        case .refused: return nil
        case .mapping(let pairs):
            return Section(pairs, at: node.start, title: title, reading: reading, shape: shape)
        case .scalar where isNull: return nil
        case .scalar, .list:
            fail("\(label) must be a mapping, not \(node.kind)", cure: "write it as 'key: value' lines")
            return nil
        }
    }

    /// The entries of a mapping whose keys are the user's to choose, in order; none when nothing is given.
    public func entries() -> [(key: Setting, value: Setting)]? {
        let shape = shape?.learnEntries()
        switch node.content {
        case .refused: return nil
        case .mapping(let pairs):
            return pairs.compactMap { pair in
                if case .refused = pair.value.content { return nil }
                let key = YAMLNode(
                    start: pair.key.mark, end: pair.key.mark, content: .scalar(pair.key.text, isPlain: false))
                return (
                    child(key, label: "a key of \(label)", nil),
                    child(pair.value, label: pair.key.text.quoted, shape)
                )
            }
        case .scalar where isNull: return []
        case .scalar, .list:
            fail("\(label) must be a mapping, not \(node.kind)", cure: "write it as {name: value}")
            return nil
        }
    }

    /// The labels of a mapping: names like identifiers, values without control characters.
    public func labels() -> [String: String] {
        var labels: [String: String] = [:]
        for (key, value) in entries() ?? [] {
            let name = key.node.text ?? ""
            guard Self.isIdentifier(name) else {
                key.fail(
                    "\(name.quoted) is not the name of a label",
                    cure: "names of labels have letters, digits and '_', the first no digit")
                continue
            }
            labels[name] = value.text()
        }
        return labels
    }

    private func child(_ node: YAMLNode, label: String, _ shape: Shape?) -> Setting {
        Setting(node, label: label, isSecret: isSecret, reading: reading, shape: shape)
    }
}
