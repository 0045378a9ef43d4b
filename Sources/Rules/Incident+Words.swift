extension Incident {
    /// What is told of it as it is: what opened it and, once it is over, where the value is by then.
    public var summary: String { closing ?? message }

    /// How it ended, in words; nil while it is open.
    ///
    /// `cpu mean 71.2 over the last 3 samples is back at or below 80`.
    public var closing: String? {
        guard let resolution else { return nil }
        guard ownRule == nil else { return "over: \(message)" }
        guard aggregate != .missing else {
            return resolution == .recovered
                ? "\(reported) is reported by \(source) again" : "\(resolution.rawValue); \(absence)"
        }
        let shown = lastValue.shown(apartFrom: threshold.nearer(to: lastValue))
        switch resolution {
        case .recovered:
            if aggregate == .forecast {
                return "\(metric) leads to \(shown) at the trend of the last \(window.phrase), "
                    + "back \(threshold.clearPhrase)"
            }
            return "\(measure) \(shown) over the last \(window.phrase) is back \(threshold.clearPhrase)"
        case .ruleRemoved, .ruleChanged, .sourceRemoved, .machineForgotten, .byHand:
            return "\(resolution.rawValue); \(measure) was \(shown)"
        }
    }

    private var measure: String { "\(metric) \(aggregate.rawValue)" }

    /// What is missing: `10.0.0.7`, `cpu of 10.0.0.7`.
    private var reported: String { metric == Rule.anyMetric ? machine : "\(metric) of \(machine)" }

    /// `10.0.0.7 has not been reported by fleet for 3 polls`.
    var absence: String {
        "\(reported) has not been reported by \(source) for \(lastValue.plain) poll\(lastValue == 1 ? "" : "s")"
    }

    /// What it says in the gateway's own words as it opens.
    ///
    /// `cpu mean 91.33 over the last 3 samples is above 85`; `disk reaches 95 in about 6 h at the trend of the last
    /// 24h`, where `eta` is in how long, and nil when it is there.
    func opening(eta: Duration?) -> String {
        let shown = value.shown(apartFrom: threshold.nearer(to: value))
        guard aggregate == .forecast else {
            return "\(measure) \(shown) over the last \(window.phrase) is \(threshold.phrase)"
        }
        let trend = "at the trend of the last \(window.phrase)"
        let (does, has) =
            threshold.side == .reach ? ("reaches", "has reached") : ("falls to", "has fallen to")
        guard let eta else { return "\(metric) \(has) \(threshold.bounds) \(trend)" }
        return "\(metric) \(does) \(threshold.bounds) in about \(eta.rough) \(trend)"
    }
}

extension Duration {
    /// The duration in one unit, rounded: `6 h`, `40 min`, `3 days`.
    var rough: String {
        let seconds = Double(Swift.max(0, wholeMilliseconds)) / 1000
        let units: [(size: Double, until: Double, one: String, many: String)] = [
            (1, 90, "s", "s"), (60, 90 * 60, "min", "min"), (3600, 48 * 3600, "h", "h"),
            (86_400, .infinity, "day", "days"),
        ]
        for unit in units where seconds < unit.until {
            let count = (seconds / unit.size).rounded()
            return "\(count.plain) \(count == 1 ? unit.one : unit.many)"
        }
        return compact
    }
}
