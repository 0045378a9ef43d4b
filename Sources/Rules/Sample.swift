/// One value of one metric of one machine at one time.
public struct Sample: Hashable, Sendable {
    public let at: Timestamp
    public let value: Double

    public init(at: Timestamp, value: Double) {
        self.at = at
        self.value = value
    }
}

/// The values of one metric for neighbouring machines at one time; NaN where there is none.
public struct StoredSamples: Sendable {
    public let metric: String
    public let firstSlot: Int
    public let at: Timestamp
    /// By slot, the first being `firstSlot`.
    public let values: [Double]

    public init(metric: String, firstSlot: Int, at: Timestamp, values: [Double]) {
        self.metric = metric
        self.firstSlot = firstSlot
        self.at = at
        self.values = values
    }
}
