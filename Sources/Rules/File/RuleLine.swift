extension RulesSection {
    /// On which line of a rules file, from 1, the rule of that name begins; nil when there is none.
    public static func line(of rule: String, in text: String) -> Int? {
        let faults = Faults(in: "")
        guard let root = YAMLDocument.root(of: SourceText(text), reporting: faults),
            case .list(let items)? = root["rules"]?.content
        else { return nil }
        return items.first { $0["name"]?.text == rule }?.start.line
    }
}

extension YAMLNode {
    /// The value of a key of a mapping.
    fileprivate subscript(key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key.text == key }?.value
    }
}
