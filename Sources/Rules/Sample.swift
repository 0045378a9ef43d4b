/// One value of one metric of one machine at one time.
public struct Sample: Hashable, Sendable {
    public let at: Timestamp
    public let value: Double

    public init(at: Timestamp, value: Double) {
        self.at = at
        self.value = value
    }
}
