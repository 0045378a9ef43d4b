/// The bounds a rule sets on its aggregate, and those behind which an open incident resolves.
public struct Threshold: Hashable, Sendable {
    public enum Side: String, CaseIterable, Sendable {
        case above, below
        /// Above the one bound or below the other.
        case outside
        /// At or above: what a trend must not get to.
        case reach
        /// At or below.
        case fallTo = "fall_to"

        var words: String { self == .fallTo ? "fall to" : rawValue }

        /// Whether more is worse.
        var isUpward: Bool { self == .above || self == .reach }
    }

    public let side: Side
    /// The bound; of two, the upper.
    public let limit: Double
    public let clear: Double
    /// The lower bound of `outside`, and where it clears; of the other sides the same as the one bound.
    public let lower: Double
    public let lowerClear: Double

    /// A threshold whose incidents resolve at `clear`, which is the limit itself unless said otherwise.
    ///
    /// Nil when a bound is not finite, or `clear` lies on the breaching side of `limit`: an incident would
    /// then resolve while its rule is still breached, and open again at the next sample.
    public init?(_ side: Side, _ limit: Double, clear: Double? = nil) {
        let clear = clear ?? limit
        guard limit.isFinite, clear.isFinite, side != .outside else { return nil }
        guard side.isUpward ? clear <= limit : clear >= limit else { return nil }
        self.side = side
        (self.limit, lower) = (limit, limit)
        (self.clear, lowerClear) = (clear, clear)
    }

    /// A threshold with a bound on each side, `lower` less than `upper`; incidents resolve between the bounds of
    /// `clear`, which lie between them. Nil when they do not, or one is not finite.
    public init?(outside lower: Double, _ upper: Double, clear: (Double, Double)? = nil) {
        let clear = clear ?? (lower, upper)
        guard lower < upper, lower <= clear.0, clear.0 <= clear.1, clear.1 <= upper else { return nil }
        guard lower.isFinite, upper.isFinite else { return nil }
        side = .outside
        (self.lower, limit) = (lower, upper)
        (lowerClear, self.clear) = clear
    }

    /// Of a value that is 1 while something is wrong, and 0 once it is not.
    static let aboveZero = Threshold()

    private init() {
        side = .above
        (limit, clear, lower, lowerClear) = (0, 0, 0, 0)
    }

    /// What `aggregate` means for a series whose incident is, or is not, `open`.
    ///
    /// A breach begins strictly beyond the limit (a trend's, at it) and ends back at or within `clear` (a trend's,
    /// within): between the two, what is open stays open and nothing new opens.
    public func verdict(on aggregate: Double, whileOpen open: Bool) -> Verdict {
        let bound = open ? clear : limit
        let isBeyond =
            switch side {
            case .above: aggregate > bound
            case .below: aggregate < bound
            case .outside: aggregate > bound || aggregate < (open ? lowerClear : lower)
            case .reach: aggregate >= bound
            case .fallTo: aggregate <= bound
            }
        return isBeyond ? .breach : .ok
    }

    /// The one of two values that lies further beyond the limit.
    func worse(_ one: Double, _ other: Double) -> Double {
        switch side {
        case .above, .reach: max(one, other)
        case .below, .fallTo: min(one, other)
        case .outside: excess(other) > excess(one) ? other : one
        }
    }

    /// How far a value lies beyond the nearer of two bounds; negative between them.
    private func excess(_ value: Double) -> Double { max(value - limit, lower - value) }

    /// The bounds in words: `above 85`, `outside 10 to 90`.
    public var phrase: String { "\(side.words) \(bounds)" }

    /// The bound, or both: `85`, `10 to 90`.
    public var bounds: String { side == .outside ? "\(lower.plain) to \(limit.plain)" : limit.plain }

    /// Where an incident ends, in words: `at or below 80`, `within 15 to 85`.
    var clearPhrase: String {
        switch side {
        case .above: "at or below \(clear.plain)"
        case .below: "at or above \(clear.plain)"
        case .outside: "within \(lowerClear.plain) to \(clear.plain)"
        case .reach: "below \(clear.plain)"
        case .fallTo: "above \(clear.plain)"
        }
    }

    /// Of the bounds, the one nearer to a value.
    func nearer(to value: Double) -> Double {
        (value - limit).magnitude <= (value - lower).magnitude ? limit : lower
    }
}
