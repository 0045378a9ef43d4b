/// A mapping of a settings file, taken apart key by key; what is wrong with it is added to the faults.
public struct Section {
    private let pairs: [YAMLNode.Pair]
    /// Where it begins; nil for the file as a whole.
    private let mark: Mark?
    /// What messages call it, with its article: `a rule`.
    let title: String
    private let reading: Reading
    private let shape: Shape?
    private var known: [String] = []
    /// Keys that are no keys of it, and have been reported.
    private var told: Set<String> = []
    /// Pairs of a file whose keys are misspelt, by the key that was meant. Looked for once: a hostile file has many keys.
    private lazy var misspelt = Dictionary(
        pairs.filter(\.mayBeNamed).compactMap { pair in
            Self.fileKey(meantBy: pair.key.text).map { ($0, pair) }
        }, uniquingKeysWith: { first, _ in first })

    init(_ pairs: [YAMLNode.Pair], at mark: Mark?, title: String, reading: Reading, shape: Shape? = nil) {
        self.shape = shape
        self.pairs = pairs
        self.mark = mark
        self.title = title
        self.reading = reading
    }

    /// The settings of a file that begins with `first`; nil, with faults, when it is not a mapping in YAML.
    ///
    /// Messages show lines of a file as they are only where it `holdsSecrets` not. `shape` learns what may stand in it.
    public static func root(
        of bytes: [UInt8], environment: Environment, reporting faults: Faults, first: String = "sources",
        holdsSecrets: Bool = true, shape: Shape? = nil
    ) -> Section? {
        let cure = "begin with '\(first):'"
        guard let root = tree(of: bytes, cure: cure, reporting: faults) else { return nil }
        if !holdsSecrets {
            faults.source?.redaction = .parsed(hidden: [])
            faults.source?.unread = []
        }
        guard case .mapping(let pairs) = root.content else {
            if case .refused = root.content { return nil }
            faults.add(
                at: root.start, "the file must be a mapping, not \(root.kind)",
                cure: "\(cure), at the start of a line")
            return nil
        }
        let reading = Reading(faults: faults, environment: environment)
        shape?.learnSection()
        return Section(pairs, at: nil, title: "the file", reading: reading, shape: shape)
    }

    /// The value that a file is as a whole, such as a list; variables are not replaced in it.
    public static func value(of bytes: [UInt8], cure: String, reporting faults: Faults) -> Setting? {
        guard let root = tree(of: bytes, cure: cure, reporting: faults) else { return nil }
        let reading = Reading(faults: faults, environment: Environment(variables: [:]))
        return Setting(root, label: "the file", isSecret: false, reading: reading)
    }

    private static func tree(of bytes: [UInt8], cure: String, reporting faults: Faults) -> YAMLNode? {
        guard let text = Encoding.text(of: bytes, reporting: faults) else { return nil }
        let source = SourceText(text)
        faults.source = source
        guard let root = YAMLDocument.root(of: source, reporting: faults) else {
            let isEmpty = text.unicodeScalars.allSatisfy(\.properties.isWhitespace) || faults.isEmpty
            if isEmpty { faults.add(at: nil, "the file holds no settings", cure: cure) }
            return nil
        }
        faults.source?.redaction = Redaction.parsed(root, of: source)
        return root
    }

    /// Whether `key` is given.
    func has(_ key: String) -> Bool { pairs.contains { $0.key.text == key } }

    /// The setting of `key`; nil when it is not given.
    public mutating func take(_ key: String) -> Setting? {
        if !known.contains(key) { known.append(key) }
        let shape = shape?.key(key)
        guard let pair = pairs.first(where: { $0.key.text == key }) ?? takeMisspelt(key) else { return nil }
        return Setting(pair.value, label: key.quoted, isSecret: false, reading: reading, shape: shape)
    }

    /// The setting of `key`; nil, with a fault, when it is not given.
    public mutating func require(_ key: String, cure: String) -> Setting? {
        let setting = take(key)
        shape?.require(key)
        if setting == nil { fail("\(title) needs \(key.quoted)", cure: cure) }
        return setting
    }

    /// The secrets given as `key`, or as the file that `key_file` names; empty ones are left out.
    ///
    /// More than one may be given, as a list, when `allowsList`.
    public mutating func secrets(_ key: String, allowsList: Bool = false) -> [(Secret, Setting)] {
        let inline = take(key).map { $0.asSecret }
        inline?.shape?.learnNull()
        let file = take(key + "_file").map { $0.asSecret }
        if inline?.isNull == false, let file {
            file.fail(
                "\(title) has one of \(key.quoted) and \((key + "_file").quoted), not both",
                cure: "remove one")
            return []
        }
        if let file { return file.secretOfFile().map { [($0, file)] } ?? [] }
        guard let inline, !inline.isNull else { return [] }
        return (allowsList ? inline.oneOrMore() : [inline]).compactMap { setting in
            setting.textOrEmpty().flatMap { $0.isEmpty ? nil : (Secret($0), setting) }
        }
    }

    /// Whether something is wrong with the value of `key` itself.
    public func hasFault(in key: String) -> Bool {
        pairs.first { $0.key.text == key }.map { reading.faults.hasFault(at: $0.value.start) } ?? false
    }

    /// Reports a key that is none of its keys, in words of its own; false when it is not given.
    @discardableResult
    mutating func refuse(_ key: String, _ message: String, cure: String) -> Bool {
        guard let pair = pairs.first(where: { $0.key.text == key }) else { return false }
        reading.faults.add(at: pair.key.mark, message, cure: cure)
        told.insert(key)
        return true
    }

    /// The value of a key as it stands in the file; nil when there is none that is one text.
    func text(of key: String) -> String? { pairs.first { $0.key.text == key }?.value.text }

    /// The keys of a file. One of them that is misspelt is read as what it was meant to be, so that what is wrong in it
    /// is told too.
    static let fileKeys = [
        "sources", "defaults", "rules", "webhooks", "outbound", "maintenance", "server", "storage",
        "heartbeat",
        "cases",
    ]

    /// The key of a file that was probably meant by another; nil when it is one itself, or near to none.
    static func fileKey(meantBy key: String) -> String? {
        fileKeys.contains(key) || key.utf8.count < 4 ? nil : key.nearest(among: fileKeys)
    }

    private mutating func takeMisspelt(_ key: String) -> YAMLNode.Pair? {
        guard mark == nil, let pair = misspelt[key] else { return nil }
        if told.insert(pair.key.text).inserted {
            reading.faults.add(
                at: pair.key.mark, "unknown key \(pair.key.text.quoted)", cure: "did you mean \(key.quoted)?")
        }
        return pair
    }

    /// Reports a fault of the section as a whole.
    public func fail(_ message: String, cure: String) {
        reading.faults.add(at: mark, message, cure: cure)
    }

    /// Reports that none of `keys` is given when that is so, unless an unknown key was probably meant for one: that key
    /// is reported anyway. To be asked once all keys are known.
    public func demand(_ keys: [String], when isMissing: Bool, cure: String) {
        guard isMissing, !misspells(keys) else { return }
        fail("\(title) needs \(keys.map(\.quoted).alternatives)", cure: cure)
    }

    /// Whether a key that nobody has asked for was probably meant to be one of `keys`.
    func misspells(_ keys: [String]) -> Bool {
        pairs.contains { pair in
            guard !known.contains(pair.key.text), pair.mayBeNamed else { return false }
            return reading.faults.suggestion(for: pair.key.text, among: known).map(keys.contains) ?? false
        }
    }

    /// Reports the keys that nobody has asked for.
    public func finish() {
        for pair in pairs where !known.contains(pair.key.text) && !told.contains(pair.key.text) {
            if case .refused = pair.value.content { continue }
            let keys = "keys of \(title): \(known.joined(separator: ", "))"
            guard pair.mayBeNamed else {
                reading.faults.add(at: pair.key.mark, "expected 'key: value' here", cure: keys)
                continue
            }
            if mark != nil, Self.fileKeys.contains(pair.key.text) {
                reading.faults.add(
                    at: pair.key.mark, "\(pair.key.text.quoted) is a key of the file, not of \(title)",
                    cure: "begin it at column 1")
                continue
            }
            let guess = reading.faults.suggestion(for: pair.key.text, among: known)
            reading.faults.add(
                at: pair.key.mark, "unknown key \(pair.key.text.quoted)",
                cure: guess.map { "did you mean \($0.quoted)? \(keys)" } ?? keys)
        }
    }
}

/// What everything that is read from a file shares.
final class Reading {
    let faults: Faults
    let environment: Environment

    init(faults: Faults, environment: Environment) {
        self.faults = faults
        self.environment = environment
    }
}

extension YAMLNode {
    /// What it is, in words.
    var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        case .refused: "this"
        }
    }
}
