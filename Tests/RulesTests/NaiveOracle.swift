import Rules

/// The definitions of a rule, each in its plainest words and with no thought of speed.
struct Naive {
    let item: OracleTests.Case

    init(_ item: OracleTests.Case) { self.item = item }

    /// The transitions by step, from the samples since the last gap.
    var transitions: [String] {
        var (told, run, isOpen, time): ([String], [(at: Int64, value: Double)], Bool, Int64) = (
            [], [], false, 0
        )
        var holds: [(at: Int64, turns: Bool)] = []
        for (step, (gap, value)) in item.steps.enumerated() {
            time += gap
            guard let value else { continue }
            if let last = run.last, time - last.at > 3 { (run, holds) = ([], []) }
            run.append((time, value))
            let aggregate = window(of: run).flatMap(aggregate)
            holds.append((time, aggregate.map { turns($0, isOpen) } ?? false))
            guard let aggregate, lasted(holds, isOpen) else { continue }
            isOpen.toggle()
            holds = []
            told.append("\(step) \(isOpen ? "opened" : "resolved") \(aggregate.shown)")
        }
        return told
    }

    /// Nil while it is not full.
    func window(of run: [(at: Int64, value: Double)]) -> [(at: Int64, value: Double)]? {
        switch item.window {
        case .samples(let count): return run.count >= count ? run.suffix(count) : nil
        case .duration(let length):
            let start = (run.last?.at ?? 0) - length.components.seconds
            guard let first = run.first, first.at <= start else { return nil }
            return run.filter { $0.at > start }
        }
    }

    func aggregate(_ window: [(at: Int64, value: Double)]) -> Double? {
        let values = window.map(\.value)
        let sum = values.reduce(0, +)
        switch item.aggregate {
        case .mean: return sum / Double(values.count)
        case .min: return values.min()
        case .max: return values.max()
        case .last: return values.last
        case .sum: return sum
        case .median: return quantile(values, 50)
        case .p90: return quantile(values, 90)
        case .p95: return quantile(values, 95)
        case .p99: return quantile(values, 99)
        case .rate:
            guard values.count > 1 else { return nil }
            var growth = 0.0
            for index in 1..<values.count {
                let isReset = values[index] < values[index - 1]
                growth += isReset ? values[index] : values[index] - values[index - 1]
            }
            return growth / Double(window[window.count - 1].at - window[0].at)
        case .forecast: return values.count > 1 ? forecast(window) : nil
        case .missing: return nil
        }
    }

    /// Between the two samples around the place of `percent` in a row of n, the first at 0 % and the last at 100 %.
    func quantile(_ values: [Double], _ percent: Double) -> Double? {
        let sorted = values.sorted()
        guard sorted.count > 1 else { return sorted.first }
        let step = 100 / Double(sorted.count - 1)
        for index in 1..<sorted.count where percent <= Double(index) * step {
            let share = percent / step - Double(index - 1)
            return sorted[index - 1] + share * (sorted[index] - sorted[index - 1])
        }
        return sorted.last
    }

    /// By the normal equations, in the seconds since the first sample.
    func forecast(_ window: [(at: Int64, value: Double)]) -> Double {
        let (n, start) = (Double(window.count), window[0].at)
        let x = window.map { Double($0.at - start) }
        let y = window.map(\.value)
        let (sx, sy) = (x.reduce(0, +), y.reduce(0, +))
        let sxx = x.map { $0 * $0 }.reduce(0, +)
        let sxy = zip(x, y).map { $0 * $1 }.reduce(0, +)
        let slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
        let intercept = (sy - slope * sx) / n
        let ends = [0, Double(item.within)].map { intercept + slope * (x[x.count - 1] + $0) }
        return item.threshold.side == .reach ? max(ends[0], ends[1]) : min(ends[0], ends[1])
    }

    func turns(_ aggregate: Double, _ isOpen: Bool) -> Bool {
        let t = item.threshold
        let (upper, lower) = isOpen ? (t.clear, t.lowerClear) : (t.limit, t.lower)
        let isBeyond =
            switch t.side {
            case .above: aggregate > upper
            case .below: aggregate < upper
            case .outside: aggregate > upper || aggregate < lower
            case .reach: aggregate >= upper
            case .fallTo: aggregate <= upper
            }
        return isOpen ? !isBeyond : isBeyond
    }

    func lasted(_ holds: [(at: Int64, turns: Bool)], _ isOpen: Bool) -> Bool {
        let streak = holds.reversed().prefix { $0.turns }
        guard let first = streak.last, let last = holds.last, last.turns else { return false }
        return last.at - first.at >= (isOpen ? item.keepOpen : item.holdFor)
    }
}
