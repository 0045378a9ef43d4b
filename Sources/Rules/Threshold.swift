/// The bound a rule sets on its aggregate, and the bound behind which an open incident resolves.
public struct Threshold: Hashable, Sendable {
    public enum Side: String, CaseIterable, Sendable {
        case above, below
    }

    public let side: Side
    public let limit: Double
    public let clear: Double

    /// A threshold whose incidents resolve at `clear`, which is the limit itself unless said otherwise.
    ///
    /// Nil when a bound is not finite, or `clear` lies on the breaching side of `limit`: an incident would
    /// then resolve while its rule is still breached, and open again at the next sample.
    public init?(_ side: Side, _ limit: Double, clear: Double? = nil) {
        let clear = clear ?? limit
        guard limit.isFinite, clear.isFinite else { return nil }
        guard side == .above ? clear <= limit : clear >= limit else { return nil }
        self.side = side
        self.limit = limit
        self.clear = clear
    }

    /// Of a value that is 1 while something is wrong, and 0 once it is not.
    static let aboveZero = Threshold()

    private init() {
        (side, limit, clear) = (.above, 0, 0)
    }

    /// What `aggregate` means for a series whose incident is, or is not, `open`.
    ///
    /// A breach begins strictly beyond the limit and ends back at or within `clear`: between the two, what
    /// is open stays open and nothing new opens.
    public func verdict(on aggregate: Double, whileOpen open: Bool) -> Verdict {
        let bound = open ? clear : limit
        let isBeyond = side == .above ? aggregate > bound : aggregate < bound
        return isBeyond ? .breach : .ok
    }

    /// The one of two values that lies further beyond the limit.
    func worse(_ one: Double, _ other: Double) -> Double {
        side == .above ? max(one, other) : min(one, other)
    }
}
