/// Numbers and times as text in bytes: no string is made on the way.
extension OutputSpan<UInt8> {
    /// The most bytes that any of these appends.
    static var longestNumber: Int { 32 }

    @inline(__always)
    mutating func append(ascii character: Unicode.Scalar) { append(UInt8(ascii: character)) }

    mutating func append(decimal number: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count
        var rest = number
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in first..<digits.count { append(digits[index]) }
    }

    mutating func append(decimal number: Int64) {
        if number < 0 { append(ascii: "-") }
        append(decimal: number.magnitude)
    }

    /// The last two digits of a number from 0 on.
    mutating func append(twoDigits number: Int64) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// The shortest text that reads back as the same number, without a trailing `.0`.
    ///
    /// Most values have two decimals at most. Where such a text has no more than 15 digits, no shorter one reads
    /// back as the same number, since texts of that length all name different ones.
    mutating func append(plain value: Double) {
        let hundredths = (value * 100).rounded()
        guard hundredths.magnitude < 1e15, hundredths / 100 == value, value != 0 || value.sign == .plus else {
            let text = value.description
            for byte in text.hasSuffix(".0") ? text.utf8.dropLast(2) : text.utf8[...] { append(byte) }
            return
        }
        if hundredths < 0 { append(ascii: "-") }
        let (whole, fraction) = UInt64(hundredths.magnitude).quotientAndRemainder(dividingBy: 100)
        append(decimal: whole)
        guard fraction > 0 else { return }
        append(ascii: ".")
        append(twoDigits: Int64(fraction))
        if fraction % 10 == 0 { removeLast(1) }
    }

    /// The moment as RFC 3339 in UTC with milliseconds: `2026-11-23T12:00:00.000Z`.
    mutating func append(_ time: Timestamp) {
        let (year, month, day, ofDay) = time.civil
        append(twoDigits: year / 100)
        append(twoDigits: year)
        append(ascii: "-")
        append(twoDigits: month)
        append(ascii: "-")
        append(twoDigits: day)
        append(ascii: "T")
        append(twoDigits: ofDay / 3_600_000)
        append(ascii: ":")
        append(twoDigits: ofDay / 60_000 % 60)
        append(ascii: ":")
        append(twoDigits: ofDay / 1000 % 60)
        append(ascii: ".")
        append(twoDigits: ofDay % 1000 / 10)
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: ofDay % 10))
        append(ascii: "Z")
    }
}
