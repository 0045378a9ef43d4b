/// What a rule says of something that `defaults` may say for all rules.
enum Said<Value> {
    case nothing
    /// That it is not so for this rule, whatever `defaults` say: `off`.
    case off
    case value(Value)

    /// Reads a setting; `isWords` where the value is a text of the user's, so that no word but `off` has a meaning.
    init(_ setting: Setting?, isWords: Bool = true, _ read: (Setting) -> Value?) {
        guard let setting else {
            self = .nothing
            return
        }
        switch setting.word(learning: Self.word) {
        case Self.word?: self = .off
        case let word? where !isWords && Self.synonyms.contains(word.lowercased()):
            setting.fail(
                "\(setting.label) is switched off by the word 'off', not \(setting.shown ?? "this")",
                cure: "write off")
            self = .nothing
        default: self = read(setting).map(Said.value) ?? .nothing
        }
    }

    var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }

    /// This, and where it says nothing, what `defaults` say; `join` makes one of both.
    func over(_ defaults: Said, join: (Value, Value) -> Value = { own, _ in own }) -> Said {
        switch (self, defaults) {
        case (.nothing, _): defaults
        case (.value(let own), .value(let other)): .value(join(own, other))
        case (.off, _), (.value, _): self
        }
    }

    private static var word: String { "off" }
    private static var synonyms: [String] { ["off", "no", "none", "never", "false"] }
}

extension Setting {
    /// The value as a word that stands without quotes; nil where it is anything else. `known` is one that may stand here.
    fileprivate func word(learning known: String) -> String? {
        shape?.learn(.choice([known]))
        guard case .scalar(let text, isPlain: true) = node.content else { return nil }
        return try? reading.environment.expand(text).text
    }
}
