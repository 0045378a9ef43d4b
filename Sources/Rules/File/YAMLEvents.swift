internal import CYAML

/// One step of libyaml through a file, copied out of its union.
enum YAMLEvent {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias
    case scalar(String, Decoration)
    case sequenceStart(Decoration)
    case sequenceEnd
    case mappingStart(Decoration)
    case mappingEnd

    /// What may stand before a node: `&anchor !tag`.
    struct Decoration {
        let isAnchored: Bool
        let tag: String?
        /// Whether the node is a scalar without quotes.
        let isPlain: Bool
    }
}

/// Where libyaml could not go on, in its own words.
struct YAMLSyntaxError: Error {
    let problem: String
    let mark: Mark
    /// What it was doing, and where that began.
    let context: (doing: String, since: Mark)?

    /// A quote that nothing closes, or what is meant to open the next text.
    static func openQuote(at mark: Mark, noticed: Mark) -> YAMLSyntaxError {
        YAMLSyntaxError(
            problem: "found unexpected end of stream", mark: noticed,
            context: ("while scanning a quoted scalar", mark))
    }

    /// A bracket that nothing closes.
    static func openBracket(_ bracket: Character, at mark: Mark, noticed: Mark) -> YAMLSyntaxError {
        YAMLSyntaxError(
            problem: "did not find expected ',' or '\(bracket == "{" ? "}" : "]")'", mark: noticed,
            context: ("while parsing a flow \(bracket == "{" ? "mapping" : "sequence")", mark))
    }
}

/// The events of a file, in order; the only caller of libyaml.
@safe struct YAMLEvents: ~Copyable {
    // libyaml keeps the address of the parser as well as that of the bytes: both stay where they are until
    // `deinit`.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) {
        let utf8 = Array(text.utf8)
        unsafe bytes = .allocate(capacity: max(utf8.count, 1))
        _ = unsafe bytes.initialize(from: utf8)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        let isReady = unsafe yaml_parser_initialize(parser) == 1
        precondition(isReady, "out of memory")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, utf8.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe bytes.deallocate()
    }

    /// Takes the next event.
    func next() throws(YAMLSyntaxError) -> (event: YAMLEvent, start: Mark, end: Mark) {
        var raw = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
        defer { unsafe yaml_event_delete(&raw) }
        return unsafe (Self.copy(raw), Mark(raw.start_mark), Mark(raw.end_mark))
    }

    private static func copy(_ raw: yaml_event_t) -> YAMLEvent {
        switch unsafe raw.type {
        case .none, .streamEnd: return .streamEnd
        case .streamStart: return .streamStart
        case .documentStart: return .documentStart
        case .documentEnd: return .documentEnd
        case .alias: return .alias
        case .scalar:
            let data = unsafe raw.data.scalar
            let value = unsafe UnsafeBufferPointer(start: data.value, count: data.length)
            let isPlain = unsafe data.style == YAML_PLAIN_SCALAR_STYLE
            return unsafe .scalar(
                String(decoding: value, as: UTF8.self), decoration(data.anchor, data.tag, isPlain: isPlain))
        case .sequenceStart:
            let data = unsafe raw.data.sequence_start
            return unsafe .sequenceStart(decoration(data.anchor, data.tag))
        case .sequenceEnd: return .sequenceEnd
        case .mappingStart:
            let data = unsafe raw.data.mapping_start
            return unsafe .mappingStart(decoration(data.anchor, data.tag))
        case .mappingEnd: return .mappingEnd
        }
    }

    private static func decoration(
        _ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?, isPlain: Bool = false
    ) -> YAMLEvent.Decoration {
        unsafe .init(isAnchored: anchor != nil, tag: tag.map { unsafe String(cString: $0) }, isPlain: isPlain)
    }

    private func syntaxError() -> YAMLSyntaxError {
        let state = unsafe parser.pointee
        let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        let context = unsafe state.context.map { doing in
            unsafe (doing: String(cString: doing), since: Mark(state.context_mark))
        }
        return unsafe YAMLSyntaxError(problem: problem, mark: Mark(state.problem_mark), context: context)
    }
}

extension Mark {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
