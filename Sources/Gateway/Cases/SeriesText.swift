import Rules

/// The values of a series as a file of cases writes them, one for each poll: `50 50 90x3 _ 10..40x4`.
enum SeriesText {
    static let forms =
        "with spaces between them: 90, 90x3 three times, 10..40x4 in four steps, _ for none"
    /// The most polls of a case.
    static let limit = 10_000

    /// The values, nil where there is none; throws the word that is none of the forms.
    static func values(_ text: String) throws(Flaw) -> [Double?] {
        var values: [Double?] = []
        for word in text.split(separator: " ") {
            guard let part = part(word), values.count + part.count <= limit else {
                throw Flaw(word: String(word))
            }
            values += part
        }
        return values
    }

    struct Flaw: Error {
        let word: String
    }

    private static func part(_ word: Substring) -> [Double?]? {
        let (value, times) = repeated(word)
        guard let times else { return nil }
        if value == "_" { return Array(repeating: nil, count: times) }
        if let range = value.firstRange(of: "..") {
            guard let first = number(value[..<range.lowerBound]),
                let last = number(value[range.upperBound...]),
                times > 1
            else { return nil }
            return (0..<times).map { first + (last - first) * Double($0) / Double(times - 1) }
        }
        return number(value).map { Array(repeating: $0, count: times) }
    }

    private static func number(_ text: Substring) -> Double? {
        Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// What stands before `x3`, and how many times it counts; nil for a count that is none.
    static func repeated(_ word: Substring) -> (value: Substring, times: Int?) {
        guard let cross = word.lastIndex(of: "x") else { return (word, 1) }
        let times = Int(word[word.index(after: cross)...]).flatMap { (1...limit).contains($0) ? $0 : nil }
        return (word[..<cross], times)
    }
}
