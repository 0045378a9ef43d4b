/// The numbers of a page: decimal, with the words for what is not finite.
enum PageNumber {
    /// The number that `text` is; nil when it is none.
    static func value(of text: ArraySlice<UInt8>) -> Double? {
        var at = text.startIndex
        let end = text.endIndex
        let isNegative = at < end && text[at] == UInt8(ascii: "-")
        if isNegative || at < end && text[at] == UInt8(ascii: "+") { at += 1 }
        var (digits, point, count, significant) = (UInt64(0), Int?.none, 0, 0)
        while at < end {
            let digit = text[at] &- UInt8(ascii: "0")
            if digit < 10 {
                count += 1
                if significant > 0 || digit > 0 { significant += 1 }
                digits = digits &* 10 &+ UInt64(digit)
            } else if text[at] == UInt8(ascii: "."), point == nil {
                point = count
            } else {
                break
            }
            at += 1
        }
        guard count > 0 else { return word(text[at..<end], isNegative: isNegative, hasPoint: point != nil) }
        guard let exponent = exponent(text[at..<end]) else { return nil }
        // Up to 2⁵³ and 10²² both are exact, and so their product or quotient is rounded once, as it should be.
        let scale = exponent - (count - (point ?? count))
        if significant <= 15, scale.magnitude <= 22 {
            let power = powers[Int(scale.magnitude)]
            let size = scale < 0 ? Double(digits) / power : Double(digits) * power
            return isNegative ? -size : size
        }
        return Double(String(decoding: text, as: UTF8.self))
    }

    private static let powers = (0...22).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }

    /// The exponent that `text` is, 0 when it is empty; nil when it is anything else.
    private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
        guard let first = text.first else { return 0 }
        guard first | 0x20 == UInt8(ascii: "e") else { return nil }
        var digits = text.dropFirst()
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
        // Beyond this many digits only its sign matters.
        let size = digits.prefix(6).reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
        let bounded = digits.count > 6 ? 999_999 : size
        return isNegative ? -bounded : bounded
    }

    private static func word(_ text: ArraySlice<UInt8>, isNegative: Bool, hasPoint: Bool) -> Double? {
        guard !hasPoint, text.count <= 8 else { return nil }
        switch String(decoding: text.map { $0 | 0x20 }, as: UTF8.self) {
        case "nan": return .nan
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        default: return nil
        }
    }
}

extension UInt8 {
    /// A space or a tab, which stand between the parts of a line.
    var isPageSpace: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    var isPageDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// Whether the name of a metric may begin with it.
    var beginsPageName: Bool {
        (self | 0x20) &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "_") || self == UInt8(ascii: ":")
    }

    /// Whether it may stand in the name of a metric.
    var isPageName: Bool { beginsPageName || isPageDigit }
}
