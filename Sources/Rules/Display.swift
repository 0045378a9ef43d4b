extension Double {
    /// The number for people: two decimals, or three significant digits when it is smaller than 0.1.
    ///
    /// Rounding is for display only; what is compared is never rounded.
    public var shown: String { rounded(significantBelowTenth: 3, decimals: 2).plain }

    /// The number for people, with as many more decimals as tell it from `other`.
    func shown(apartFrom other: Double) -> String {
        for extra in 0...6 where self != other {
            let text = rounded(significantBelowTenth: 3 + extra, decimals: 2 + extra).plain
            if text != other.plain { return text }
        }
        return self == other ? shown : plain
    }

    /// The shortest text that reads back as the same number, without a trailing `.0`.
    public var plain: String {
        let text = [UInt8](capacity: OutputSpan.longestNumber) { $0.append(plain: self) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The number as the API and the webhooks show it.
    public var roundedForDisplay: Double { rounded(significantBelowTenth: 3, decimals: 2) }

    private func rounded(significantBelowTenth digits: Int, decimals: Int) -> Double {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard magnitude < 1e15, self != 0 else { return self }
        var first = magnitude
        var places = 0
        while first < 0.1, places < 300 {
            first *= 10
            places += 1
        }
        if places > 0 {
            scale = 1
            for _ in 0..<min(places + digits, 300) { scale *= 10 }
        }
        let result = (self * scale).rounded() / scale
        return result.isFinite ? result : self
    }
}

extension Int {
    /// So many of what `noun` calls one: `1 poll`, `3 polls`.
    public func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

extension Duration {
    /// Whole milliseconds, rounded down; clamped to ±100,000 years, so that sums of a few cannot overflow.
    public var wholeMilliseconds: Int64 {
        let limit: Int64 = 3_155_760_000_000_000
        let (seconds, attoseconds) = components
        guard seconds.magnitude < limit / 1000 else { return seconds < 0 ? -limit : limit }
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// The duration for people, in its two largest units: `350ms`, `45s`, `9m 30s`, `3h 5m`, `2d 4h`.
    public var readable: String {
        let milliseconds = wholeMilliseconds
        guard milliseconds >= 1000 else { return "\(max(0, milliseconds))ms" }
        let seconds = (milliseconds + 500) / 1000
        let units = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] as [(String, Int64)]
        let first = units.firstIndex { seconds >= $0.1 } ?? 3
        var (rest, parts) = (seconds, [String]())
        for (unit, size) in units[first...].prefix(2) {
            if rest >= size { parts.append("\(rest / size)\(unit)") }
            rest %= size
        }
        return parts.joined(separator: " ")
    }

    /// The duration in the largest unit that divides it: `500ms`, `10s`, `15m`, `2h`, `1d`.
    public var compact: String {
        let milliseconds = wholeMilliseconds
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
            as [(String, Int64)]
        where milliseconds != 0 && milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }
}
