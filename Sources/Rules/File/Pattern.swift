/// What a value of JSON is expected to be: only what a pattern names is looked at.
public enum Pattern: Hashable, Sendable {
    case null
    /// A text, in which `*` stands for any characters; or a number, which is compared in the decimals that it is
    /// written with; of a list, one element is to be so.
    case scalar(String)
    /// As many elements, each as its pattern says.
    case list([Pattern])
    case mapping([Member])

    public struct Member: Hashable, Sendable {
        public let name: String
        public let value: Pattern

        public init(_ name: String, _ value: Pattern) {
            self.name = name
            self.value = value
        }
    }

    /// A part of a value that is not as expected.
    public struct Mismatch: Hashable, Sendable {
        /// Where, its steps separated by dots; empty for the value as a whole.
        public let path: String
        public let expected: String
        public let got: String
    }

    /// Every part of `value` that is not as expected.
    public func mismatches(_ value: JSONValue?, at path: String = "") -> [Mismatch] {
        switch (self, value) {
        case (.mapping(let members), .object(let object)?):
            return members.flatMap { member in
                let below = path.isEmpty ? member.name : "\(path).\(member.name)"
                return member.value.mismatches(object[member.name], at: below)
            }
        case (.list(let patterns), .array(let elements)?) where patterns.count == elements.count:
            return zip(patterns, elements).enumerated().flatMap { index, pair in
                pair.0.mismatches(pair.1, at: path.isEmpty ? "\(index)" : "\(path).\(index)")
            }
        case (.null, .null?), (.null, nil): return []
        case (.scalar(let text), let value?) where Self.fits(text, value): return []
        default: return [Mismatch(path: path, expected: shown, got: value?.shown ?? "nothing")]
        }
    }

    private static func fits(_ text: String, _ value: JSONValue) -> Bool {
        switch value {
        case .string(let string): return Glob(text).matches(string)
        case .bool(let flag): return text == "\(flag)"
        case .number(let number):
            guard let wanted = Double(text) else { return false }
            let decimals = text.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first
            var unit = 1.0
            for _ in 0..<min(decimals?.count ?? 0, 15) { unit /= 10 }
            // Half a unit of the last place, and what binary fractions are off by.
            return number == wanted || (decimals != nil && (number - wanted).magnitude <= unit * 0.500_001)
        case .array(let elements): return elements.contains { fits(text, $0) }
        case .null, .object: return false
        }
    }

    /// The pattern with its texts changed.
    public func mapTexts(_ change: (String) -> String) -> Pattern {
        switch self {
        case .null: self
        case .scalar(let text): .scalar(change(text))
        case .list(let patterns): .list(patterns.map { $0.mapTexts(change) })
        case .mapping(let members): .mapping(members.map { Member($0.name, $0.value.mapTexts(change)) })
        }
    }

    /// The pattern on one line.
    public var shown: String {
        switch self {
        case .null: "null"
        case .scalar(let text): text
        case .list(let patterns): "[\(patterns.map(\.shown).joined(separator: ", "))]"
        case .mapping(let members):
            "{\(members.map { "\($0.name): \($0.value.shown)" }.joined(separator: ", "))}"
        }
    }
}

extension Setting {
    /// The value as what something else is expected to be; nil, with a fault, when it holds a variable that is
    /// not set.
    public func pattern() -> Pattern? {
        if isNull { return .null }
        switch node.content {
        case .refused: return nil
        case .scalar: return scalar("a value").map { .scalar($0) }
        case .list: return .list((list() ?? []).compactMap { $0.pattern() })
        case .mapping:
            return .mapping(
                (entries() ?? []).compactMap { key, value in
                    value.pattern().map { Pattern.Member(key.node.text ?? "", $0) }
                })
        }
    }
}

extension JSONValue {
    /// The paths of all members within it, their steps separated by dots.
    public var paths: [String] {
        guard case .object(let members) = self else { return [] }
        return members.keys.sorted().flatMap { name in
            [name] + (members[name]?.paths ?? []).map { "\(name).\($0)" }
        }
    }

    /// The value on one line, cut where it is long.
    var shown: String {
        let text =
            switch self {
            case .null: "null"
            case .bool(let flag): "\(flag)"
            case .number(let number): number.plain
            case .string(let string): string
            case .array(let elements): "[\(elements.map(\.shown).joined(separator: ", "))]"
            case .object(let members):
                "{\(members.keys.sorted().map { "\($0): \(members[$0]?.shown ?? "")" }.joined(separator: ", "))}"
            }
        return text.count > 400 ? text.prefix(400) + "…" : text
    }
}
