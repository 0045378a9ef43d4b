/// A value of a file and where it stands.
struct YAMLNode {
    let start: Mark
    let end: Mark
    let content: Content

    indirect enum Content {
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([Pair])
        /// What has been reported as wrong already, and is not to be reported again.
        case refused(Content)
    }

    struct Pair {
        let key: Key
        let value: YAMLNode
    }

    struct Key {
        let text: String
        let mark: Mark
    }

    var isOneLine: Bool { start.line == end.line }

    /// The text of a scalar.
    var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether nothing stands there, which YAML reads as null.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// One YAML document, read from a file into a tree, with the parts of YAML left out that only do harm here.
struct YAMLDocument: ~Copyable {
    /// The deepest nesting that is read: libyaml takes quadratic time on it.
    static let depthLimit = 32

    private let events: YAMLEvents
    private let source: SourceText
    private let faults: Faults
    /// The keys of the mappings that are being read, the outermost first.
    private(set) var openKeys: [String] = []
    /// Where the lists and mappings that are being read begin, the outermost first.
    private var openings: [Mark] = []
    /// The last text in quotes that goes on over several lines.
    private var longQuote: (start: Mark, end: Mark)?

    init(_ text: String, of source: SourceText, reporting faults: Faults) {
        events = YAMLEvents(text)
        self.source = source
        self.faults = faults
    }

    /// Why a file was not read to its end.
    enum Stop: Error {
        case syntax(YAMLSyntaxError)
        case depth(Mark)
    }

    /// The root of the tree; nil, with a fault, when there is none.
    mutating func root() throws(Stop) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let (event, start, end) = try next()
            switch event {
            case .streamStart, .documentEnd: continue
            case .streamEnd: return root
            case .documentStart where root != nil:
                faults.add(
                    at: start, "the file holds a second document",
                    cure: "remove the line '---'; all settings stand in one document")
                return nil
            case .documentStart: continue
            default: root = try node(event, start, end, depth: 1)
            }
        }
    }

    private func next() throws(Stop) -> (event: YAMLEvent, start: Mark, end: Mark) {
        do { return try events.next() } catch { throw .syntax(clearer(error)) }
    }

    /// The error where a person would see it: at a quote or bracket that is not closed, and not where that came out.
    private func clearer(_ error: YAMLSyntaxError) -> YAMLSyntaxError {
        if let (start, end) = longQuote, error.mark.line == end.line, source.swallows(start, end) {
            return .openQuote(at: start, noticed: error.mark)
        }
        let isAtEnd = error.mark.line >= source.lines.count && source[error.mark] == nil
        if error.problem == "did not find expected node content", isAtEnd, let opening = openings.last {
            return .openBracket(source[opening] == "{" ? "{" : "[", at: opening, noticed: error.mark)
        }
        return error
    }

    private mutating func node(
        _ event: YAMLEvent, _ start: Mark, _ end: Mark, depth: Int
    ) throws(Stop) -> YAMLNode {
        switch event {
        case .scalar(let scalar, let decoration):
            guard !UnreadPart.isMeant(by: scalar) else {
                return YAMLNode(start: start, end: end, content: .refused(.scalar("", isPlain: true)))
            }
            if start.line < end.line, source[start] == "\"" || source[start] == "'" {
                longQuote = (start, end)
            }
            let text = BareVariable.unmended(scalar)
            let isFine =
                check(decoration, at: start) && (!decoration.isPlain || check(plain: text, at: start))
            let content = YAMLNode.Content.scalar(text, isPlain: decoration.isPlain)
            return YAMLNode(start: start, end: end, content: isFine ? content : .refused(content))
        case .sequenceStart(let decoration):
            let isFine = check(decoration, at: start)
            openings.append(start)
            let (items, end) = try list(from: start, depth: depth)
            openings.removeLast()
            return YAMLNode(start: start, end: end, content: isFine ? .list(items) : .refused(.list(items)))
        case .mappingStart(let decoration):
            // `{{machine}}`: its key is told of.
            let isPlaceholder =
                source[start] == "{" && source[Mark(line: start.line, column: start.column + 1)] == "{"
            let isFine = check(decoration, at: start) && !isPlaceholder
            openings.append(start)
            let (pairs, end) = try mapping(from: start, depth: depth)
            openings.removeLast()
            return YAMLNode(
                start: start, end: end, content: isFine ? .mapping(pairs) : .refused(.mapping(pairs)))
        case .alias:
            faults.add(
                at: start, "aliases (*name) are not supported",
                cure: "write the value out; a text that begins with '*' needs quotes: \"*\"")
            fallthrough
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            return YAMLNode(start: start, end: end, content: .refused(.scalar("", isPlain: true)))
        }
    }

    private mutating func list(
        from start: Mark, depth: Int
    ) throws(Stop) -> (items: [YAMLNode], end: Mark) {
        guard depth <= Self.depthLimit else { throw .depth(start) }
        var items: [YAMLNode] = []
        while true {
            let (event, start, end) = try next()
            if case .sequenceEnd = event { return (items, end) }
            items.append(try node(event, start, end, depth: depth + 1))
        }
    }

    private mutating func mapping(
        from start: Mark, depth: Int
    ) throws(Stop) -> (pairs: [YAMLNode.Pair], end: Mark) {
        guard depth <= Self.depthLimit else { throw .depth(start) }
        var pairs: [YAMLNode.Pair] = []
        var known: [String: Mark] = [:]
        while true {
            let (event, start, end) = try next()
            if case .mappingEnd = event { return (pairs, end) }
            let key = try node(event, start, end, depth: depth + 1)
            openKeys.append(key.text ?? "")
            let (valueEvent, valueStart, valueEnd) = try next()
            let value = try node(valueEvent, valueStart, valueEnd, depth: depth + 1)
            openKeys.removeLast()
            guard let text = key.text else {
                report(badKey: key)
                let both = YAMLNode.Content.list([key, value])
                let refused = YAMLNode(start: start, end: value.end, content: .refused(both))
                pairs.append(.init(key: .init(text: "", mark: start), value: refused))
                continue
            }
            // `{cpu: 90,90,90}`: spaces were meant, and whoever reads the mapping says so.
            let isBareNumber = value.isNull && Double(text) != nil
            if let first = known[text], !isBareNumber {
                faults.add(
                    at: start, "\(text.quoted) is given twice", cure: "keep one of the two",
                    note: "first given at line \(first.line)")
                let refused = YAMLNode(
                    start: value.start, end: value.end, content: .refused(value.content))
                pairs.append(.init(key: .init(text: text, mark: start), value: refused))
            } else {
                known[text] = start
                pairs.append(.init(key: .init(text: text, mark: start), value: value))
            }
        }
    }

    /// Whether a text without quotes has no character that looks like another.
    private func check(plain text: String, at mark: Mark) -> Bool {
        guard let lookalike = Lookalike.first(in: text) else { return true }
        let line = source[mark.line].dropFirst(mark.column - 1)
        let column = line.firstIndex(of: lookalike.scalar).map { $0 + 1 } ?? mark.column
        faults.add(
            at: Mark(line: mark.line, column: column), lookalike.message, cure: lookalike.cure)
        return false
    }

    private func report(badKey key: YAMLNode) {
        if case .refused = key.content { return }
        if source[Mark(line: key.start.line, column: key.start.column - 1)] == "{" {
            let fault = source.bracesFault(at: key.start.line)
            return faults.add(at: fault.mark, fault.message, cure: fault.cure)
        }
        faults.add(
            at: key.start, "a key must be a text, not a list or a mapping",
            cure: "put a text that begins with '[' or '{' in quotes; ${NAME} within {…} needs them too")
    }

    /// Whether a node bears no anchor and no tag but those of JSON's types.
    private func check(_ decoration: YAMLEvent.Decoration, at mark: Mark) -> Bool {
        if decoration.isAnchored {
            faults.add(
                at: mark, "anchors (&name) are not supported",
                cure: "write the value out; a text that begins with '&' needs quotes")
            return false
        }
        guard let tag = decoration.tag, tag != "!" else { return true }
        let core = ["str", "int", "float", "bool", "null", "seq", "map"].map { "tag:yaml.org,2002:" + $0 }
        if core.contains(tag) { return true }
        faults.add(
            at: mark, "tags (!name) are not supported",
            cure: "remove it; a text that begins with '!' needs quotes")
        return false
    }
}
