/// The samples of one window, oldest first: what aggregates that no single pass gives are computed from.
struct WindowSamples {
    var values: [Double] = []
    /// In milliseconds, ascending.
    var times: [Int64] = []

    init() {}

    init(_ samples: [Sample]) {
        values = samples.map(\.value)
        times = samples.map(\.at.milliseconds)
    }

    /// The aggregate; nil when the samples are too few, or too large, to give a number.
    ///
    /// A forecast is the furthest value, to the threshold's side, that the line has from the last sample on and
    /// within `span`. May sort the values.
    mutating func aggregate(_ aggregate: Aggregate, within span: Duration, _ side: Threshold.Side) -> Double?
    {
        guard values.count >= aggregate.fewestSamples else { return nil }
        switch aggregate {
        case .median: return quantile(0.5)
        case .p90: return quantile(0.9)
        case .p95: return quantile(0.95)
        case .p99: return quantile(0.99)
        case .rate: return rate
        case .forecast: return line.flatMap { $0.furthest(within: span, side) }
        // What can be folded needs no copy of the samples, and what is missing has none.
        case .missing, .mean, .min, .max, .last, .sum: return nil
        }
    }

    /// The value below which the share `q` of the samples lies, interpolated between the two nearest: definition 7
    /// of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), which Prometheus computes too.
    private mutating func quantile(_ q: Double) -> Double {
        values.sort()
        let rank = q * Double(values.count - 1)
        let lower = Int(rank)
        let upper = Swift.min(lower + 1, values.count - 1)
        let weight = rank - Double(lower)
        return values[lower] * (1 - weight) + values[upper] * weight
    }

    /// How much a counter grew per second. One that fell began anew from zero in between; nothing is
    /// extrapolated to the edges of the window.
    private var rate: Double? {
        guard let first = times.first, let last = times.last, last > first else { return nil }
        var growth = 0.0
        for (before, after) in zip(values, values.dropFirst()) {
            growth += after >= before ? after - before : after
        }
        let rate = growth / (Double(last - first) / 1000)
        return rate.isFinite ? rate : nil
    }

    /// The line of least squares through the samples; nil when there are fewer than two.
    var line: Line? {
        guard let first = times.first, let last = times.last, last > first else { return nil }
        // Counted from the last sample and about the means: times since 1970 would leave few digits of a slope.
        let seconds = times.map { Double($0 - last) / 1000 }
        let count = Double(values.count)
        let (meanTime, meanValue) = (seconds.reduce(0, +) / count, values.reduce(0, +) / count)
        var (products, squares) = (0.0, 0.0)
        for (time, value) in zip(seconds, values) {
            products += (time - meanTime) * (value - meanValue)
            squares += (time - meanTime) * (time - meanTime)
        }
        let slope = products / squares
        let line = Line(now: meanValue - slope * meanTime, perSecond: slope)
        return line.now.isFinite && line.perSecond.isFinite ? line : nil
    }

    /// A trend, seen from the last sample.
    struct Line {
        let now: Double
        let perSecond: Double

        func furthest(within span: Duration, _ side: Threshold.Side) -> Double? {
            let end = now + perSecond * (Double(span.wholeMilliseconds) / 1000)
            guard end.isFinite else { return nil }
            return side.isUpward ? Swift.max(now, end) : Swift.min(now, end)
        }

        /// After how long it is at `value`; nil when it is there or beyond, or leads away from it.
        func time(to value: Double) -> Duration? {
            let seconds = (value - now) / perSecond
            guard seconds > 0, seconds < 1e10 else { return nil }
            return .milliseconds(Int64(seconds * 1000))
        }
    }
}
