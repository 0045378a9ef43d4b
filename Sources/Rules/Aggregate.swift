/// What a rule makes of the samples of a window: one number, compared unrounded.
public enum Aggregate: String, CaseIterable, Sendable {
    case mean, min, max, last

    /// The aggregate of `values`, oldest first; nil when there are none.
    ///
    /// The mean is summed afresh from oldest to newest, never kept as a running sum: a window that is
    /// restored after a restart then gives the very same bits as one that was never interrupted.
    public func callAsFunction(_ values: some BidirectionalCollection<Double>) -> Double? {
        guard let last = values.last else { return nil }
        switch self {
        case .mean: return values.reduce(0, +) / Double(values.count)
        case .min: return values.min()
        case .max: return values.max()
        case .last: return last
        }
    }
}
