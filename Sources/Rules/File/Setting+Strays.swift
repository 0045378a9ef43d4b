extension [Setting] {
    /// Items of a list of rules, those that are the rest of the one before them, behind a '-' too many, told and
    /// joined to it.
    func joiningStrays() -> [Setting] {
        reduce(into: []) { items, item in
            guard let last = items.last, let joined = last.joining(item) else { return items.append(item) }
            item.fail(
                "this item has no name: it seems to go on with the one above",
                cure: "remove the '- ' of line \(item.line)")
            items[items.count - 1] = joined
        }
    }
}

extension Setting {
    /// This item with the keys of the next; nil unless each lacks what the other has.
    fileprivate func joining(_ next: Setting) -> Setting? {
        guard case .mapping(let own) = node.content, case .mapping(let more) = next.node.content else {
            return nil
        }
        let keys = Set(own.map(\.key.text))
        guard keys.contains("name"), !keys.contains("metric"), !keys.contains("missing"),
            more.allSatisfy({ !keys.contains($0.key.text) && $0.key.text != "name" })
        else { return nil }
        let joined = YAMLNode(start: node.start, end: next.node.end, content: .mapping(own + more))
        return Setting(joined, label: label, isSecret: isSecret, reading: reading, shape: shape)
    }
}
