/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    /// The moment, or the nearest one that RFC 3339 can write; so no sum of two moments can overflow.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    }

    public func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    public func duration(to later: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - milliseconds)
    }

    public static func < (earlier: Timestamp, later: Timestamp) -> Bool {
        earlier.milliseconds < later.milliseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// The moment as RFC 3339 in UTC with milliseconds: `2026-11-23T12:00:00.000Z`.
    public var description: String {
        let text = [UInt8](capacity: OutputSpan.longestNumber) { $0.append(self) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The date, and the milliseconds since its midnight.
    public var civil: (year: Int64, month: Int64, day: Int64, ofDay: Int64) {
        let (days, ofDay) = milliseconds.flooredQuotientAndRemainder(by: 86_400_000)
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        return (year, month, day, ofDay)
    }
}

extension Timestamp {
    /// The moment an RFC 3339 text names, with any offset and any number of decimals; nil when it names none.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4], in: 1...9999), let month = number(bytes[5..<7], in: 1...12),
            let day = number(bytes[8..<10], in: 1...31), let hour = number(bytes[11..<13], in: 0...23),
            let minute = number(bytes[14..<16], in: 0...59), let second = number(bytes[17..<19], in: 0...60)
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        guard civilDate(daysSinceEpoch: days) == (year, month, day) else { return nil }
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            let padded = Array(digits.prefix(3)) + Array(repeating: UInt8(ascii: "0"), count: 3)
            guard !digits.isEmpty, let value = number(padded[0..<3], in: 0...999) else { return nil }
            fraction = value
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = offsetSeconds(rest) else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(milliseconds: seconds * 1000 + fraction)
    }
}

/// The seconds east of UTC that `Z` or `+02:00` stands for.
private func offsetSeconds(_ text: ArraySlice<UInt8>) -> Int64? {
    let bytes = Array(text)
    if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hours = number(bytes[1..<3], in: 0...23),
        let minutes = number(bytes[4..<6], in: 0...59)
    else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
    case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
    default: return nil
    }
}

private func number(_ digits: ArraySlice<UInt8>, in range: ClosedRange<Int64>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return range.contains(value) ? value : nil
}

/// The inverse of `civilDate`: Hinnant's `days_from_civil`.
func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shifted.flooredQuotientAndRemainder(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The proleptic Gregorian date of a day count, by Howard Hinnant's `civil_from_days`
/// (https://howardhinnant.github.io/date_algorithms.html), whose years begin on 1 March.
private func civilDate(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, ofEra) = (days + 719_468).flooredQuotientAndRemainder(by: 146_097)
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}

extension Int64 {
    fileprivate func flooredQuotientAndRemainder(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
