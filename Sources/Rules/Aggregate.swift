/// What a rule makes of the samples of a window: one number, compared unrounded.
public enum Aggregate: String, CaseIterable, Hashable, Sendable {
    case mean, min, max, median, p90, p95, p99, last, sum
    /// How much a counter grew per second, from the first sample of the window to the last.
    case rate
    /// Where the line through the window leads within the rule's span.
    case forecast
    /// Of no samples: for how many polls there was none.
    case missing

    /// Those that a rule may choose.
    public static let allCases: [Aggregate] = [
        .mean, .min, .max, .median, .p90, .p95, .p99, .last, .sum, .rate, .forecast,
    ]

    /// The fewest samples that it can be computed from.
    var fewestSamples: Int { self == .rate || self == .forecast ? 2 : 1 }

    /// Whether it is no value that a sample could have had, so that the worst sample says nothing of it.
    var isOfAnotherUnit: Bool { self == .rate || self == .sum }

    /// How it is computed in one pass that keeps one number; nil for what needs the samples themselves.
    var fold: Fold? {
        switch self {
        case .mean: .mean
        case .min: .min
        case .max: .max
        case .last: .last
        case .sum: .sum
        case .median, .p90, .p95, .p99, .rate, .forecast, .missing: nil
        }
    }

    /// An aggregate of one pass.
    enum Fold {
        case mean, min, max, last, sum

        /// What the aggregate is after `value` when it was `partial` before; values come oldest first.
        ///
        /// The mean is summed afresh each time, never kept as a running sum: a window that is restored after a
        /// restart then gives the very same bits as one that was never interrupted.
        func fold(_ partial: Double, _ value: Double) -> Double {
            switch self {
            case .mean, .sum: partial + value
            case .min: value < partial ? value : partial
            case .max: value > partial ? value : partial
            case .last: value
            }
        }

        /// What `fold` begins with.
        var identity: Double {
            switch self {
            case .mean, .sum, .last: 0
            case .min: .infinity
            case .max: -.infinity
            }
        }

        /// The aggregate of `count` folded values.
        func finish(_ partial: Double, count: Int) -> Double {
            self == .mean ? partial / Double(count) : partial
        }
    }
}
