extension Setting {
    /// A whole number within a range.
    public func integer(in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound.grouped) to \(range.upperBound.grouped)"
        guard let text = scalar(expected, as: .integer(range)) else { return nil }
        guard let number = Self.integer(text), range.contains(number) else {
            return failing(expected)
        }
        return number
    }

    /// A finite number.
    public func number() -> Double? {
        guard let text = scalar("a number", as: .number) else { return nil }
        let isNumeric = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        if isNumeric, let number = Double(text) {
            return number.isFinite ? number : failing("a number below 1.8e308")
        }
        let isPerCent = text.hasSuffix("%") && Double(text.dropLast()) != nil
        return failing(
            "a number",
            cure: isPerCent ? "leave the per-cent sign out" : "write it as 85, -3 or 0.5")
    }

    /// A duration such as `500ms`, `10s`, `15m`, `2h` or `1d`, within a range.
    public func duration(in range: ClosedRange<Duration>) -> Duration? {
        let limits = "from \(range.lowerBound.compact) to \(range.upperBound.compact)"
        guard let text = scalar("a duration", as: .duration(range)) else { return nil }
        guard let duration = Duration(compact: text) else {
            return failing(
                "a duration \(limits)", cure: Self.durationCure(for: text))
        }
        guard range.contains(duration) else {
            return failing("a duration \(limits)")
        }
        return duration
    }

    static func durationCure(for text: String) -> String {
        let units = "ms, s, m, h or d"
        if !text.isEmpty, text.utf8.allSatisfy({ $0.isASCIIDigit }) {
            return "add the unit: \(units)"
        }
        return "write a whole number and one unit, \(units), without a space: 90s, 15m"
    }

    /// The number that a text is in whole; nil when it has a fraction or is out of the type's range.
    static func integer(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return digits.utf8.allSatisfy { $0.isASCIIDigit } ? Int(text) : nil
    }
}

extension Duration {
    /// The duration that `compact` writes; nil when the text is not of that form or too large.
    public init?(compact text: String) {
        let digits = text.utf8.prefix { $0.isASCIIDigit }
        let units: [String: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let number = Int64(Substring(digits)), let unit = units[String(text.dropFirst(digits.count))]
        else {
            return nil
        }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self = .milliseconds(milliseconds)
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

extension Int {
    /// The number with a comma before each three digits.
    var grouped: String {
        guard magnitude >= 1000 else { return String(self) }
        let last = String(Int(magnitude % 1000))
        let zeros = String(repeating: "0", count: 3 - last.count)
        return (self / 1000).grouped + "," + zeros + last
    }
}
