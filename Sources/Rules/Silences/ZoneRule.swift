/// What holds in a zone after the last transition that its file lists: the footer of a TZif file, in the form of
/// POSIX's TZ (`CET-1CEST,M3.5.0,M10.5.0/3`).
struct ZoneRule: Hashable, Sendable {
    private struct Change: Hashable {
        /// The day of the year that it falls on, given as Mm.w.d.
        let month: Int64
        let week: Int64
        let weekday: Int64
        /// Seconds after the day's midnight, by the clocks before the change.
        let second: Int64
    }

    private struct Summer: Hashable {
        let offset: Int
        let start: Change
        let end: Change
    }

    private let standard: Int
    private let summer: Summer?

    /// Nil for a text that is empty or counts the days of the year, which no zone in use does.
    init?(_ text: String) {
        var rest = Substring(text)
        guard Self.name(&rest), let west = Self.time(&rest) else { return nil }
        standard = Int(-west)
        guard !rest.isEmpty else {
            summer = nil
            return
        }
        guard Self.name(&rest) else { return nil }
        let offset = rest.hasPrefix(",") ? standard + 3600 : Self.time(&rest).map { Int(-$0) }
        guard let offset, let start = Self.change(&rest), let end = Self.change(&rest), rest.isEmpty else {
            return nil
        }
        summer = Summer(offset: offset, start: start, end: end)
    }

    /// The seconds east of UTC at a second since 1970.
    func offset(at second: Int64) -> Int {
        guard let summer else { return standard }
        let year = Timestamp(milliseconds: second * 1000).advanced(by: .seconds(standard)).civil.year
        let start = Self.moment(of: summer.start, in: year) - Int64(standard)
        let end = Self.moment(of: summer.end, in: year) - Int64(summer.offset)
        // South of the equator the summer lies around the turn of the year.
        let isSummer = start < end ? start <= second && second < end : second < end || start <= second
        return isSummer ? summer.offset : standard
    }

    private static func moment(of change: Change, in year: Int64) -> Int64 {
        let first = daysSinceEpoch(year: year, month: change.month, day: 1)
        // 1970-01-01 was a Thursday.
        let weekday = (first + 4).flooredDivision(by: 7).remainder
        var day = first + (change.weekday - weekday + 7) % 7 + (change.week - 1) * 7
        let next = change.month == 12 ? (year + 1, Int64(1)) : (year, change.month + 1)
        // The fifth week stands for the last.
        while day >= daysSinceEpoch(year: next.0, month: next.1, day: 1) { day -= 7 }
        return day * 86_400 + change.second
    }

    private static func name(_ rest: inout Substring) -> Bool {
        if rest.hasPrefix("<") {
            guard let close = rest.firstIndex(of: ">") else { return false }
            rest = rest[close...].dropFirst()
            return true
        }
        let name = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(name.count)
        return name.count >= 3
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private static func time(_ rest: inout Substring) -> Int64? {
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        var seconds: Int64 = 0
        for unit: Int64 in [3600, 60, 1] {
            if unit < 3600 {
                guard rest.hasPrefix(":") else { break }
                rest = rest.dropFirst()
            }
            guard let number = number(&rest), number <= 167 else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,Mm.w.d[/time]`.
    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.hasPrefix(",M") else { return nil }
        rest = rest.dropFirst(2)
        guard let month = number(&rest), rest.popFirst() == ".", let week = number(&rest),
            rest.popFirst() == ".", let weekday = number(&rest), (1...12).contains(month),
            (1...5).contains(week), (0...6).contains(weekday)
        else { return nil }
        guard rest.hasPrefix("/") else {
            return Change(month: month, week: week, weekday: weekday, second: 7200)
        }
        rest = rest.dropFirst()
        return time(&rest).map { Change(month: month, week: week, weekday: weekday, second: $0) }
    }

    private static func number(_ rest: inout Substring) -> Int64? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return Int64(digits)
    }
}
