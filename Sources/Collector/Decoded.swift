public import Rules

/// What one response said: a row for each machine, a column for each metric.
public struct Decoded: Sendable {
    public let metrics: [String]
    public let machines: NameList
    /// Row by row; NaN where a machine has no value for a metric.
    public let values: [Double]
    /// The first of the records that were refused, at most 20.
    public let refusals: [Refusal]
    /// How many records were refused in all.
    public let refusedCount: Int
}
