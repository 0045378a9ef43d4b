extension YAMLDocument {
    /// How many syntax faults are told in one run; each takes another reading of the file.
    private static let faultLimit = 30

    /// The root of a file's tree; nil, with faults, when there is none.
    ///
    /// What has a syntax fault is told and left out of the tree, as far as it is certain what that is.
    static func root(of source: SourceText, reporting faults: Faults) -> YAMLNode? {
        var text = source.text
        let before = faults.count
        var told: [Fault] = []
        defer { for fault in told { faults.add(fault) } }
        while true {
            var document = YAMLDocument(text, of: source, reporting: faults)
            do {
                return try document.root()
            } catch {
                let fault = error.fault(in: source, file: faults.file)
                let line = fault.mark?.line ?? 1
                let isNew = faults.source?.unread(line) == nil
                if isNew, told.count < faultLimit, case .syntax(let error) = error {
                    if let next = error.bareVariable(in: source)?.mended(text) {
                        text = next
                    } else if let part = UnreadPart(around: line, of: source, openKeys: document.openKeys) {
                        text = part.cut(from: text)
                        faults.source?.unread.append(part)
                    } else {
                        return stop(document.openKeys)
                    }
                    faults.cut(to: before)
                    told.append(fault)
                    continue
                }
                return stop(document.openKeys)

                func stop(_ openKeys: [String]) -> YAMLNode? {
                    faults.source?.redaction = .unparsed(openKeys: openKeys)
                    // Behind another it may be its consequence.
                    if told.isEmpty, !faults.hasFault(at: fault.mark ?? .start) { told.append(fault) }
                    return nil
                }
            }
        }
    }
}

extension YAMLDocument.Stop {
    fileprivate func fault(in source: SourceText, file: String) -> Fault {
        switch self {
        case .syntax(let error): error.fault(in: source, file: file)
        case .depth(let mark):
            Fault(
                file: file, mark: mark,
                message: "lists and mappings are nested more than \(YAMLDocument.depthLimit) deep",
                cure: "no setting needs more than 5; look for a bracket too many")
        }
    }
}
