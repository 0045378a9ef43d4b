import Rules

/// What the counters of one target read when they were last seen: the state between two polls that `rate` needs.
public struct CounterMemory: Sendable {
    private struct Reading {
        let value: Double
        let at: Timestamp
    }

    /// The most counters that are remembered of a target.
    static let limit = 1_000_000

    private var readings: [SeriesKey: Reading] = [:]

    public init() {}

    var count: Int { readings.count }

    /// How much a counter grew per second since it was last seen, no longer than `maxGap` ago; nil when it was
    /// not. What it reads now is remembered.
    ///
    /// A counter that fell began anew from zero in between.
    mutating func rate(of key: SeriesKey, reading value: Double, at time: Timestamp, maxGap: Duration)
        -> Double?
    {
        let last = readings[key]
        if let last, last.at == time { return nil }
        if last != nil || readings.count < Self.limit {
            readings[key] = Reading(value: value, at: time)
        }
        guard let last, last.at < time else { return nil }
        let passed = last.at.duration(to: time)
        guard passed <= maxGap else { return nil }
        let growth = value >= last.value ? value - last.value : value
        return growth / (Double(passed.wholeMilliseconds) / 1000)
    }

    /// Forgets the counters that would give no rate any more; only when they are many, as looking takes time.
    ///
    /// `seen` is how many counters the page had.
    mutating func forget(unseenSince time: Timestamp, seen: Int) {
        guard readings.count > seen * 2 + 64 else { return }
        readings = readings.filter { $0.value.at >= time }
    }
}
