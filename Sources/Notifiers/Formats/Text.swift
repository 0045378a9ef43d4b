/// In what a service counts the length of a text.
enum TextUnit {
    /// Code units of UTF-16, of which there are never fewer than characters, whatever a service means by them.
    case utf16
    case utf8
    /// Bytes of the text within JSON, as `JSONWriter` writes it.
    case json

    func length(of text: String) -> Int {
        switch self {
        case .utf16: text.utf16.count
        case .utf8: text.utf8.count
        case .json:
            text.utf8.reduce(0) { sum, byte in
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"): sum + 2
                case 0..<0x20: sum + 6
                default: sum + 1
                }
            }
        }
    }
}

extension String {
    /// The text with what must be escaped replaced, cut before a character, with "…", where it is too long.
    ///
    /// `escape` gives the replacement of a scalar, nil where it stands for itself. Scalars, not characters: a
    /// "<" with an accent on top is another character, and still opens a tag.
    func clipped(
        to limit: Int, in unit: TextUnit = .utf16, escaping escape: (Unicode.Scalar) -> String? = { _ in nil }
    ) -> String {
        let mark = "…"
        let room = limit - unit.length(of: mark)
        // How much of the result, in bytes, leaves room for the mark.
        var (result, length, head) = ("", 0, 0)
        for character in self {
            var piece = ""
            for scalar in character.unicodeScalars { piece += escape(scalar) ?? String(scalar) }
            length += unit.length(of: piece)
            guard length <= limit else {
                return room < 0 ? "" : String(decoding: result.utf8.prefix(head), as: UTF8.self) + mark
            }
            result += piece
            if length <= room { head = result.utf8.count }
        }
        return result
    }

    /// The beginning of the text as `legible` shows it, up to a limit in UTF-16.
    func legible(to limit: Int) -> String {
        // Of a long text no more is looked at than can matter: up to four marks on each letter.
        String(unicodeScalars.prefix(limit * 8)).legible.clipped(to: limit)
    }

    /// The text on one line, without what hides, reverses or overflows it.
    ///
    /// Names of machines come from outside: a control character or an override of the writing direction would
    /// let one pass for another, and a hundred accents on a letter cover the lines above it.
    var legible: String {
        var result = String.UnicodeScalarView()
        var marks = 0
        for scalar in unicodeScalars {
            let category = scalar.properties.generalCategory
            marks = [.nonspacingMark, .enclosingMark].contains(category) ? marks + 1 : 0
            guard marks <= 4 else { continue }
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: result.append(" ")
            // Emoji and several scripts need the joiners.
            case 0x200C, 0x200D: result.append(scalar)
            default:
                let isHidden = [.control, .format, .privateUse, .unassigned].contains(category)
                result.append(isHidden ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }
}

/// The escapes of HTML, which Slack and Telegram know these three of.
func escapeHTML(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    default: nil
    }
}
