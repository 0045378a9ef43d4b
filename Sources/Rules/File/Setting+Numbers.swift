extension Setting {
    /// A whole number within a range.
    public func integer(in range: ClosedRange<Int>, cure: String? = nil) -> Int? {
        let expected = "a whole number from \(range.lowerBound.grouped) to \(range.upperBound.grouped)"
        guard let text = scalar(expected, as: .integer(range)) else { return nil }
        guard let number = Self.integer(text), range.contains(number) else {
            return failing(expected, cure: cure)
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
        if let duration = Duration(loosely: text) { return "write \(duration.compact)" }
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

extension Duration {
    /// The duration that a text in another notation means: `1w`, `1.5h`, `1h30m`, `90 s`, `2 hours`; nil when it is none.
    init?(loosely text: String) {
        let units: [String: Double] = [
            "ms": 1, "s": 1000, "sec": 1000, "second": 1000, "m": 60_000, "min": 60_000, "minute": 60_000,
            "h": 3_600_000, "hour": 3_600_000, "d": 86_400_000, "day": 86_400_000, "w": 604_800_000,
            "week": 604_800_000,
        ]
        var (rest, sum) = (text.lowercased().filter { $0 != " " }[...], 0.0)
        guard !rest.isEmpty, text.utf8.count <= 40 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest[digits.endIndex...]
            let word = String(rest.prefix { $0.isLetter })
            rest = rest.dropFirst(word.count)
            let unit =
                units[word] ?? (word.count > 2 && word.hasSuffix("s") ? units[String(word.dropLast())] : nil)
            guard let number = Double(digits), let unit else { return nil }
            sum += number * unit
        }
        guard sum < 1e15, sum >= 1 else { return nil }
        self = .milliseconds(Int64(sum.rounded()))
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
