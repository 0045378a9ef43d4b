extension String {
    /// The text without what a terminal would take for a command, and without what it would not show.
    var forTerminal: String {
        var shown = ""
        var marks = 0
        for scalar in unicodeScalars {
            let category = scalar.properties.generalCategory
            let isMark = category == .nonspacingMark || category == .enclosingMark
            marks = isMark ? marks + 1 : 0
            switch category {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: shown += "\u{FFFD}"
            case _ where isMark && marks > Self.mostMarks: break
            case _ where !isMark && scalar.properties.isDefaultIgnorableCodePoint: shown += "\u{FFFD}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// As many marks on one letter as any language needs; more would reach into other lines.
    private static let mostMarks = 4

    /// The columns that it takes on a terminal.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text with spaces up to a number of columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - displayWidth))
    }

    /// The text, cut with … where it takes more than `width` columns.
    func clipped(toColumns width: Int) -> String {
        guard displayWidth > width else { return self }
        var (text, used) = ("", 0)
        for character in self {
            guard used + character.displayWidth < width else { break }
            text.append(character)
            used += character.displayWidth
        }
        return text + "…"
    }
}

extension Character {
    /// 2 for what East Asian text and emoji take, 0 for marks that stand alone, else 1.
    fileprivate var displayWidth: Int {
        let widest = unicodeScalars.map(\.displayWidth).max() ?? 0
        // U+FE0F asks for the form of a picture, which takes two columns.
        return widest == 1 && unicodeScalars.contains("\u{FE0F}") ? 2 : widest
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        guard value >= 0x300 else { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return properties.isEmojiPresentation || Self.isWide(value) ? 2 : 1
        }
    }

    /// East_Asian_Width W or F (Unicode 15, EastAsianWidth.txt), by block; emoji are looked up apart.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
            0xFFE0...0xFFE6, 0x16FE0...0x18D08, 0x1AFF0...0x1B2FB, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
