/// The last N samples of one series without a gap.
public struct Window: Sendable {
    /// What became of a sample that was offered.
    public enum Outcome: Sendable {
        case taken
        /// The gap before the sample was longer than allowed: the window holds this sample alone.
        case restarted
        /// Not newer than the last sample: ignored, to be counted.
        case stale
    }

    /// The samples held, oldest first.
    public private(set) var samples: [Sample] = []
    /// How many samples make the window full; at least 1.
    public let size: Int
    /// The longest time between two samples, in milliseconds, that the window bridges.
    public let maxGap: Int64

    public init?(size: Int, maxGap: Int64) {
        guard size > 0, maxGap > 0 else { return nil }
        self.size = size
        self.maxGap = maxGap
        samples.reserveCapacity(size)
    }

    public var isFull: Bool { samples.count == size }

    public mutating func take(_ sample: Sample) -> Outcome {
        guard let last = samples.last else {
            samples.append(sample)
            return .taken
        }
        guard sample.at > last.at else { return .stale }
        let (gap, overflow) = sample.at.milliseconds.subtractingReportingOverflow(last.at.milliseconds)
        if overflow || gap > maxGap {
            samples = [sample]
            return .restarted
        }
        if isFull { samples.removeFirst() }
        samples.append(sample)
        return .taken
    }

    /// What `threshold` says of the window's `aggregate`; `warming` until the window is full.
    public func verdict(of aggregate: Aggregate, by threshold: Threshold, whileOpen open: Bool) -> Verdict {
        guard isFull, let value = aggregate(samples.lazy.map(\.value)) else { return .warming }
        return threshold.verdict(on: value, whileOpen: open)
    }
}
