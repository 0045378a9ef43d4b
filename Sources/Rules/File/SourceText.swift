/// A place in a file; both numbers count from 1, the column in characters.
public struct Mark: Hashable, Comparable, Sendable {
    public let line: Int
    public let column: Int

    static let start = Mark(line: 1, column: 1)

    public static func < (one: Mark, other: Mark) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }
}

/// The text of a file and which parts of it no message may show.
struct SourceText {
    let text: String
    /// Scalars rather than characters: they are what libyaml counts columns in.
    let lines: [[Unicode.Scalar]]
    var redaction = Redaction.unparsed(openKeys: [])
    /// What syntax faults keep from being read.
    var unread: [UnreadPart] = []

    /// The text of a file that has passed `Encoding.check`, whose only line breaks are LF, CR and CR LF.
    init(_ text: String) {
        self.text = text
        var lines: [[Unicode.Scalar]] = [[]]
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r": lines.append([])
            case "\u{FEFF}" where previous == nil: break
            default: lines[lines.count - 1].append(scalar)
            }
            previous = scalar
        }
        self.lines = lines
    }

    subscript(line: Int) -> [Unicode.Scalar] {
        lines.indices.contains(line - 1) ? lines[line - 1] : []
    }

    /// The scalar at a mark; nil at the end of a line and beyond.
    subscript(mark: Mark) -> Unicode.Scalar? {
        let line = self[mark.line]
        return line.indices.contains(mark.column - 1) ? line[mark.column - 1] : nil
    }

    /// The part with a line that was not read; nil when the line was.
    func unread(_ line: Int) -> UnreadPart? { unread.first { $0.lines.contains(line) } }

    /// The line of a mark as it may be shown; nil when there is nothing to show, or far too much.
    func excerpt(at mark: Mark) -> Excerpt? {
        guard lines.indices.contains(mark.line - 1), lines[mark.line - 1].count <= 2000 else { return nil }
        let redaction = unread(mark.line).map { Redaction.unparsed(openKeys: $0.openKeys) } ?? redaction
        let (line, caret) = redaction.shown(lines[mark.line - 1], at: mark)
        return line.isEmpty ? nil : Excerpt(line, caret: caret)
    }
}

/// A line of a file as it is shown, and what stands below it to point at a place.
struct Excerpt: Hashable, Sendable {
    let line: String
    let pointer: String

    private static let width = 100

    init(_ scalars: [Unicode.Scalar], caret: Int) {
        let caret = min(max(caret, 0), scalars.count)
        var start = 0
        var end = scalars.count
        if scalars.count > Self.width {
            start = max(0, min(caret - Self.width / 2, scalars.count - Self.width))
            end = start + Self.width
        }
        let (head, tail) = (start > 0 ? "…" : "", end < scalars.count ? "…" : "")
        line = head + Self.text(scalars[start..<end]) + tail
        let before = Self.text(scalars[start..<caret]).map(Self.blank).joined()
        pointer = (head.isEmpty ? "" : " ") + before + "^"
    }

    /// As much blank space as a terminal takes for a character.
    ///
    /// A tab stays a tab: how wide it is only the terminal knows.
    private static func blank(for character: Character) -> String {
        guard let scalar = character.unicodeScalars.first, character != "\t" else { return "\t" }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF00...0xFF60: return "  "
        default: return scalar.properties.isEmojiPresentation ? "  " : " "
        }
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }
}
