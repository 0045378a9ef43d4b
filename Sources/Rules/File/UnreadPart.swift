/// The part of a file that a syntax fault spoils: an item of a list of the file, or all that a key of the file has.
///
/// What stands before and after it can be read as if it were right; of the part itself nothing else is told.
struct UnreadPart {
    let lines: ClosedRange<Int>
    /// The keys that were open where reading ended.
    let openKeys: [String]
    /// What stands in its place, so that nothing is missed that was given.
    private let placeholder: String

    /// Not the first character of any text: a file with it in such a place is read no further than its first fault.
    private static let sign = "\u{E002}"

    /// The part around `line`; nil when it is not certain where it ends.
    init?(around line: Int, of source: SourceText, openKeys: [String]) {
        guard !source.text.unicodeScalars.contains("\u{E002}"),
            let first = (1...max(1, line)).last(where: { source.beginsKey(at: $0) }),
            let key = source.fileKey(at: first)
        else { return nil }
        let count = source.lines.count
        let last = (first..<count).first { source.beginsKey(at: $0 + 1) } ?? count
        self.openKeys = openKeys
        // A key of the file that is indented takes its lines with it.
        if line > first, let stray = source.fileKey(at: line, isIndented: true), source.isBare(line) {
            guard !(1...count).contains(where: { source.fileKey(at: $0) == stray }) else { return nil }
            lines = line...last
            placeholder = "\(stray): \(Self.sign)"
            return
        }
        let items = (first...last).filter { $0 > first && source.beginsItem(at: $0) }
        let depth = items.first.map { source.indent(of: $0) } ?? 0
        let starts = items.filter { source.indent(of: $0) <= depth }
        guard let start = starts.last(where: { $0 <= line }), source.isBare(first) else {
            lines = first...last
            placeholder = "\(key): \(Self.sign)"
            return
        }
        let next = starts.first { $0 > start }
        lines = start...(next.map { $0 - 1 } ?? last)
        // The first item may be the one that is indented in another way than the rest.
        let width = start == starts.first ? next.map { source.indent(of: $0) } ?? depth : depth
        placeholder = String(repeating: " ", count: width) + "- " + Self.sign
    }

    /// The text with the part taken out, each other character where it was.
    func cut(from text: String) -> String {
        var rows = SourceText(text).lines.map { String(String.UnicodeScalarView($0)) }
        for line in lines where rows.indices.contains(line - 1) { rows[line - 1] = "" }
        rows[lines.lowerBound - 1] = placeholder
        return rows.joined(separator: "\n")
    }

    /// Whether a text stands in the place of a part.
    static func isMeant(by text: String) -> Bool { text == sign }
}

extension SourceText {
    /// How many spaces or tabs a line begins with.
    fileprivate func indent(of line: Int) -> Int { self[line].prefix { $0 == " " || $0 == "\t" }.count }

    /// Whether something begins at column 1 that is neither a comment nor an item.
    fileprivate func beginsKey(at line: Int) -> Bool {
        self[line].first.map { !" \t#-".unicodeScalars.contains($0) } ?? false
    }

    fileprivate func beginsItem(at line: Int) -> Bool {
        let rest = self[line].dropFirst(indent(of: line))
        return rest.first == "-" && (rest.count == 1 || rest.dropFirst().first != "-")
    }

    /// The key of the file that a line begins with, its colon or not; nil when it begins with something else.
    fileprivate func fileKey(at line: Int, isIndented: Bool = false) -> String? {
        let text = self[line].dropFirst(isIndented ? indent(of: line) : 0)
        let word = String(String.UnicodeScalarView(text.prefix(while: \.isNamePart)))
        return Section.fileKeys.contains(word) ? word : nil
    }

    /// Whether a line has nothing but a key and its colon.
    fileprivate func isBare(_ line: Int) -> Bool {
        let rest = self[line].dropFirst(indent(of: line)).drop(while: \.isNamePart)
        guard rest.first == ":" else { return false }
        let value = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
        return value.isEmpty || value.first == "#"
    }
}

extension SourceText {
    /// Whether the text in quotes from `start` to `end` has lines that are meant as settings.
    func swallows(_ start: Mark, _ end: Mark) -> Bool {
        (start.line..<end.line).contains { line in
            let rest = self[line + 1].drop { " \t-{".unicodeScalars.contains($0) }
            let word = rest.prefix(while: \.isNamePart)
            return rest.dropFirst(word.count).first == ":"
                && Redaction.isKnown(String(String.UnicodeScalarView(word)))
        }
    }
}
