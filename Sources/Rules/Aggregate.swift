/// What a rule makes of the samples of a window: one number, compared unrounded.
public enum Aggregate: String, CaseIterable, Hashable, Sendable {
    case mean, min, max, last
    /// Of no samples: for how many polls there was none.
    case missing

    /// Those that a rule may choose.
    public static let allCases: [Aggregate] = [.mean, .min, .max, .last]

    /// What the aggregate is after `value` when it was `partial` before; values come oldest first.
    ///
    /// The mean is summed afresh each time, never kept as a running sum: a window that is restored after a
    /// restart then gives the very same bits as one that was never interrupted.
    func fold(_ partial: Double, _ value: Double) -> Double {
        switch self {
        case .mean: partial + value
        case .min: value < partial ? value : partial
        case .max: value > partial ? value : partial
        case .last, .missing: value
        }
    }

    /// What `fold` begins with.
    var identity: Double {
        switch self {
        case .mean, .last, .missing: 0
        case .min: .infinity
        case .max: -.infinity
        }
    }

    /// The aggregate of `count` folded values.
    func finish(_ partial: Double, count: Int) -> Double {
        self == .mean ? partial / Double(count) : partial
    }
}
