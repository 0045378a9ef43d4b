import Rules

/// What an incident is found by: a letter for the kind, and the text.
enum Term {
    static func rule(_ name: String) -> String { "r" + name }
    static func machine(_ name: String) -> String { "m" + name }
    static func metric(_ name: String) -> String { "k" + name }
    static func source(_ name: String) -> String { "o" + name }
    static func severity(_ severity: Severity) -> String { "s" + severity.rawValue }
    static func label(_ name: String, _ value: String) -> String { "l\(name)=\(value)" }
    static func word(_ word: String) -> String { "w" + word }

    /// So many are looked up one by one.
    static let mostLookups = 64

    /// What comes after all that begins with `start`.
    static func end(of start: String) -> String { start + "\u{10ffff}" }

    /// All of them that stand in an incident itself.
    static func all(of incident: Incident) -> Set<String> {
        var terms: Set = [
            rule(incident.rule), machine(incident.machine), metric(incident.metric), source(incident.source),
            severity(incident.severity),
        ]
        for (name, value) in incident.labels { terms.insert(label(name, value)) }
        for text in texts(of: incident) { for found in words(of: text) { terms.insert(word(found)) } }
        return terms
    }

    /// Where words are looked for.
    static func texts(of incident: Incident) -> [String] {
        [incident.message, incident.machine, incident.rule, incident.metric]
            + incident.labels.map { "\($0.key) \($0.value)" }
    }

    /// The longest word in Unicode scalars; of a longer one its beginning stands for it.
    private static let longest = 64

    /// The words of a text in small letters: what stands between spaces without the punctuation around it, and the
    /// parts of that which hold a letter: `cpu-high` is found by `cpu-h` and by `high`, `10.0.0.7` by `10.0.`.
    static func words(of text: String) -> [String] {
        var found: [String] = []
        for piece in text.lowercased().unicodeScalars.split(whereSeparator: isSpace) {
            guard let whole = trimmed(piece) else { continue }
            found.append(cut(whole))
            let parts = whole.split { !isPart($0) }
            guard parts.count > 1 else { continue }
            for part in parts where part.contains(where: \.properties.isAlphabetic) {
                found.append(cut(part))
            }
        }
        return found
    }

    /// What the words must begin with that are asked for. One of punctuation alone stays as it is, and is no word's.
    static func beginnings(in question: String) -> [String] {
        question.lowercased().unicodeScalars.split(whereSeparator: isSpace).map { piece in
            cut(trimmed(piece) ?? piece)
        }
    }

    private static func trimmed(
        _ piece: Substring.UnicodeScalarView
    ) -> Substring.UnicodeScalarView? {
        guard let first = piece.firstIndex(where: isPart), let last = piece.lastIndex(where: isPart) else {
            return nil
        }
        return piece[first...last]
    }

    private static func cut(_ word: Substring.UnicodeScalarView) -> String {
        var cut = String.UnicodeScalarView()
        cut.append(contentsOf: word.prefix(longest))
        return String(cut)
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.value < 0x20
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            let value = scalar.value | 0x20
            return (0x30...0x39).contains(scalar.value) || (0x61...0x7a).contains(value)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || scalar.properties.isEmojiPresentation
    }
}
