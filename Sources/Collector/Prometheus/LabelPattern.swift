/// What the value of a label is compared with: a text, or patterns in which `*` stands for any characters and
/// `?` for one, with `|` between alternatives.
///
/// Never a regular expression: matching takes at most pattern × value steps, whatever a file or a page says.
public struct LabelPattern: Hashable, Sendable {
    public let text: String
    public let isExact: Bool
    private let alternatives: [[UInt8]]

    public init(exactly text: String) {
        self.text = text
        isExact = true
        alternatives = [Array(text.utf8)]
    }

    public init(pattern text: String) {
        self.text = text
        isExact = false
        alternatives = text.split(separator: "|", omittingEmptySubsequences: false).map { Array($0.utf8) }
    }

    func matches(_ value: ArraySlice<UInt8>) -> Bool {
        isExact
            ? alternatives[0].elementsEqual(value)
            : alternatives.contains { Self.matches($0, value) }
    }

    private static func matches(_ pattern: [UInt8], _ value: ArraySlice<UInt8>) -> Bool {
        let (star, any) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
        var (p, v) = (0, value.startIndex)
        // Where to go on when what follows the last star did not fit: one more character for the star.
        var retry: (pattern: Int, value: Int)?
        while v < value.endIndex {
            if p < pattern.count, pattern[p] == star {
                p += 1
                retry = (p, v)
            } else if p < pattern.count, pattern[p] == any {
                p += 1
                v = value.characterEnd(from: v)
            } else if p < pattern.count, pattern[p] == value[v] {
                (p, v) = (p + 1, v + 1)
            } else if let last = retry {
                let next = value.characterEnd(from: last.value)
                retry = (last.pattern, next)
                (p, v) = (last.pattern, next)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == star }
    }
}

extension LabelPattern {
    /// The pattern that says the same as a regular expression; nil where none does, or it is not plain.
    static func text(ofRegularExpression text: String) -> String? {
        var rest = text[...]
        if rest.hasPrefix("^") { rest.removeFirst() }
        if rest.hasSuffix("$") { rest.removeLast() }
        if rest.hasPrefix("("), rest.hasSuffix(")") { rest = rest.dropFirst().dropLast() }
        var pattern = ""
        while let character = rest.popFirst() {
            switch character {
            case "." where rest.first == "*":
                pattern += "*"
                rest.removeFirst()
            case "." where rest.first == "+":
                pattern += "?*"
                rest.removeFirst()
            case ".": pattern += "?"
            case "\\":
                guard let escaped = rest.drop(while: { $0 == "\\" }).first, ".-/_".contains(escaped) else {
                    return nil
                }
                rest = rest.drop { $0 == "\\" }.dropFirst()
                pattern.append(escaped)
            case "*", "+", "?", "[", "]", "(", ")", "{", "}", "^", "$": return nil
            default: pattern.append(character)
            }
        }
        return pattern.isEmpty ? nil : pattern
    }
}

extension ArraySlice<UInt8> {
    /// Where the UTF-8 character that begins at `index` ends: the bytes 10xxxxxx continue it.
    fileprivate func characterEnd(from index: Int) -> Int {
        var end = index + 1
        while end < endIndex, self[end] & 0xc0 == 0x80 { end += 1 }
        return end
    }
}
