/// What is wrong at one place of a file, and what would be right.
public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case error, warning
    }

    public let kind: Kind
    /// The file, as the user named it.
    public let file: String
    /// Nil when the file as a whole is meant.
    public let mark: Mark?
    public let message: String
    public let cure: String?
    /// Another place that belongs to it: `first defined at line 5`.
    public let note: String?
    let excerpt: Excerpt?

    public init(
        _ kind: Kind = .error, file: String, mark: Mark? = nil, message: String, cure: String? = nil,
        note: String? = nil
    ) {
        self.init(kind, file: file, mark: mark, message: message, cure: cure, note: note, excerpt: nil)
    }

    init(
        _ kind: Kind, file: String, mark: Mark?, message: String, cure: String?, note: String?,
        excerpt: Excerpt?
    ) {
        self.kind = kind
        self.file = file
        self.mark = mark
        self.message = message
        self.cure = cure
        self.note = note
        self.excerpt = excerpt
    }

    /// The fault as a compiler shows it: place, message, line with a caret, note, cure.
    public var description: String {
        let place = mark.map { "\(file):\($0.line):\($0.column)" } ?? file
        var lines = ["\(place): \(kind.rawValue): \(message)"]
        if let excerpt {
            lines += ["    \(excerpt.line)", "    \(excerpt.pointer)"]
        }
        if let note { lines.append("  note: \(note)") }
        if let cure { lines.append("  help: \(cure)") }
        return lines.joined(separator: "\n")
    }
}

/// The faults of one file and of the files it names, collected while they are read.
public final class Faults {
    /// How many are kept; a file with more is not helped by more.
    private static let limit = 100

    public let file: String
    var source: SourceText?
    private var found: [Fault] = []
    /// How many more there are than are kept.
    public private(set) var dropped = 0

    public init(in file: String) {
        self.file = file
    }

    var isEmpty: Bool { found.isEmpty }

    public var hasErrors: Bool { found.contains { $0.kind == .error } }

    var count: Int { found.count }

    /// Forgets those that were found last, until so many are left.
    func cut(to count: Int) { found.removeLast(max(0, found.count - count)) }

    func hasFault(at mark: Mark) -> Bool { found.contains { $0.mark == mark } }

    /// Whether further faults are only counted.
    var isFull: Bool { found.count >= Self.limit }

    public func add(_ fault: Fault) {
        guard !isFull else {
            dropped += 1
            return
        }
        found.append(fault)
    }

    func add(
        _ kind: Fault.Kind = .error, at mark: Mark?, _ message: String, cure: String? = nil,
        note: String? = nil
    ) {
        add(Fault(kind, file: file, mark: mark, message: message, cure: cure, note: note))
    }

    /// All of them with their lines, by place: this file first, what concerns a file as a whole before the rest.
    public var all: [Fault] {
        let sorted = found.enumerated().sorted { one, other in
            let (a, b) = (one.element, other.element)
            if a.file != b.file { return a.file == file || (b.file != file && a.file < b.file) }
            if a.mark == b.mark { return one.offset < other.offset }
            guard let x = a.mark, let y = b.mark else { return a.mark == nil }
            return x < y
        }
        return sorted.map { withExcerpt($0.element) }
    }

    /// The line is taken last of all, when it is known which parts of it are secret.
    private func withExcerpt(_ fault: Fault) -> Fault {
        guard fault.file == file, let mark = fault.mark, let source else { return fault }
        return Fault(
            fault.kind, file: fault.file, mark: mark, message: fault.message, cure: fault.cure,
            note: fault.note, excerpt: source.excerpt(at: mark))
    }
}
