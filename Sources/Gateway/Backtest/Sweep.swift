import Rules

/// One rule at many thresholds.
struct Sweep: Equatable, Sendable {
    let side: Threshold.Side
    let values: [Double]

    /// The most thresholds that are tried in one run.
    static let limit = 200

    /// What can be swept: one bound, in the unit of the aggregate.
    private static let sides: [Threshold.Side] = [.above, .below]

    /// Reads `above=70..95` or `above=70..95/5`; the step is 1 unless given.
    init(_ text: String) throws(UsageError) {
        let wanted = "--sweep takes above=70..95, or above=70..95/5 for steps of 5; below likewise"
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw UsageError("\(wanted), not '\(text)'") }
        guard let side = Threshold.Side(rawValue: parts[0]), Self.sides.contains(side) else {
            throw UsageError("only above and below can be swept, not '\(parts[0])'; \(wanted)")
        }
        let range = parts[1].split(separator: "/", maxSplits: 1).map(String.init)
        guard let first = range.first, let dots = first.firstRange(of: ".."),
            let low = Double(first[..<dots.lowerBound]), let high = Double(first[dots.upperBound...]),
            let step = range.count == 2 ? Double(range[1]) : 1, low.isFinite, high.isFinite,
            step > 0, step.isFinite
        else { throw UsageError("\(wanted), not '\(text)'") }
        guard low <= high else {
            let rest = range.count == 2 ? "/\(range[1])" : ""
            throw UsageError("--sweep: the lower first: \(side.rawValue)=\(high.plain)..\(low.plain)\(rest)")
        }
        guard (high - low) / step < Double(Self.limit) else {
            throw UsageError(
                "--sweep tries at most \(Self.limit) thresholds; take a larger step: \(parts[1])/10")
        }
        self.side = side
        // A sum of steps such as 0.1 is off by the last bits: what is meant has the decimals that were written.
        let decimals = [String(first[..<dots.lowerBound]), range.count == 2 ? range[1] : "1"].map(
            Self.decimals
        ).max()
        let scale = (0..<(decimals ?? 0)).reduce(1.0) { scale, _ in scale * 10 }
        values = (0...Int((high - low) / step + 1e-9)).map { number in
            let value = low + Double(number) * step
            let scaled = (value * scale).rounded()
            return scaled.isFinite ? scaled / scale : value
        }
    }

    private static func decimals(of number: String) -> Int {
        guard !number.contains(where: { "eExX".contains($0) }) else { return 12 }
        return number.firstIndex(of: ".").map { min(12, number[$0...].count - 1) } ?? 0
    }

    /// `rules` with the threshold of the rule `name` replaced, once for each value.
    ///
    /// Where the rule has a `clear` of its own it keeps the distance. Throws when the rule has no such threshold.
    func rulesets(_ rules: [Rule], sweeping name: String) throws(UsageError) -> [[Rule]] {
        for rule in rules where rule.name == name {
            let key = rule.thresholdKey
            guard key == side.rawValue else {
                throw UsageError(
                    "--sweep \(side.rawValue)=… tries other values of '\(side.rawValue)', and the rule '\(name)' has "
                        + "'\(key)'; above and below can be swept")
            }
        }
        return values.map { value in
            rules.filter { $0.name == name }.compactMap { rule in
                let distance = rule.threshold.clear - rule.threshold.limit
                return Threshold(side, value, clear: value + distance).map { rule.with(threshold: $0) }
            }
        }
    }
}

extension Rule {
    /// The key of the file that says when it is breached.
    fileprivate var thresholdKey: String {
        if missingPolls != nil { return "missing" }
        return aggregate == .forecast ? "forecast" : threshold.side.rawValue
    }
}

extension Replay.Outcome {
    /// How many machines had an incident.
    var machines: Int { Set(incidents.map(\.machine)).count }
}

extension JSONWriter {
    /// What was replayed, and what came of each threshold.
    mutating func sweep(_ sweep: Sweep, _ backtest: Backtest) {
        object { json in
            json.member("since", backtest.span.lowerBound)
            json.member("until", backtest.span.upperBound)
            json.member("polls", backtest.polls)
            json.member("samples", backtest.samples)
            json.key("thresholds")
            json.sweep(sweep, backtest.replays.map(\.outcome))
        }
    }

    /// What came of each threshold.
    mutating func sweep(_ sweep: Sweep, _ outcomes: [Replay.Outcome]) {
        array { json in
            for (value, outcome) in zip(sweep.values, outcomes) {
                json.object { json in
                    json.key("threshold")
                    json.number(value)
                    json.member("incidents", outcome.incidents.count)
                    json.member("machines", outcome.machines)
                }
            }
        }
    }
}
