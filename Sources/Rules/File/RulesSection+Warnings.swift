/// What is legal, but cannot be meant.
extension RulesSection {
    /// Warns of rules that open their incidents at the same sample, always.
    func warnOfTwins() {
        var first: [Trigger: (rule: Rule, place: Setting?)] = [:]
        for (rule, places) in zip(rules, places) {
            let trigger = Trigger(of: rule)
            guard let twin = first[trigger] else {
                first[trigger] = (rule, places.name)
                continue
            }
            places.name?.warn(
                "the rules \(twin.rule.name.quoted) and \(rule.name.quoted) always fire together",
                cure: "remove one of them, or set them apart by threshold, window, 'for' or machines",
                note: twin.place.map { "\(twin.rule.name.quoted) is at line \($0.line)" })
        }
    }

    /// Warns of thresholds that lie beyond every sample that the sources can have.
    func warnOfUnreachable(_ sources: [ObservedSource]) {
        for (rule, places) in zip(rules, places) where rule.aggregate.isWithinSamples {
            let watched = sources.filter(rule.watches)
            guard !watched.isEmpty, watched.allSatisfy({ $0.percentages.contains(rule.metric) }),
                let cure = rule.threshold.cureBeyondPercentages
            else { continue }
            places.threshold?.warn(
                "the rule \(rule.name.quoted) never fires: \(rule.metric.quoted) is a percentage, from 0 to 100",
                cure: cure)
        }
    }

    /// Warns of rules whose `machines` no machine of their sources has ever matched.
    func warnOfUnmatched(_ sources: [ObservedSource], _ history: (String) -> [String]) {
        var known: [String: [String]] = [:]
        for (rule, places) in zip(rules, places) where !rule.selection.machines.isEmpty {
            let watched = sources.filter(rule.watches).map(\.name)
            for source in watched where known[source] == nil { known[source] = history(source) }
            let machines = watched.compactMap { known[$0] }.joined()
            guard !machines.isEmpty, !machines.contains(where: rule.selection.includes(machine:)) else {
                continue
            }
            places.machines?.warn(
                "the rule \(rule.name.quoted) matches no machine in the stored history",
                cure: "machines of \(watched.map(\.quoted).listed): \(Array(machines).listed)")
        }
    }
}

/// All that decides when a rule opens its incidents.
private struct Trigger: Hashable {
    let metric: String
    let aggregate: Aggregate
    let window: WindowSpan
    let side: Threshold.Side
    let bounds: [Double]
    let spans: [Duration]
    let machines: Set<Glob>
    let sources: Set<String>
    let labels: [String: String]
    let missing: Int?

    init(of rule: Rule) {
        metric = rule.metric
        aggregate = rule.aggregate
        window = rule.window
        side = rule.threshold.side
        bounds = [rule.threshold.lower, rule.threshold.limit]
        spans = [rule.within, rule.holdFor]
        machines = Set(rule.selection.machines)
        sources = Set(rule.selection.sources)
        labels = rule.selection.labels
        missing = rule.missingPolls
    }
}

extension Aggregate {
    /// Whether it lies between the least and the greatest sample of its window.
    fileprivate var isWithinSamples: Bool {
        switch self {
        case .mean, .min, .max, .median, .p90, .p95, .p99, .last: true
        case .sum, .rate, .forecast, .missing: false
        }
    }
}

extension Threshold {
    /// What would be right when no value from 0 to 100 is a breach; nil when some is.
    fileprivate var cureBeyondPercentages: String? {
        switch side {
        case .above where limit >= 100: "write a number below 100, such as 95"
        case .below where limit <= 0: "write a number above 0, such as 5"
        case .outside where lower <= 0 && limit >= 100: "move a bound inwards, such as [5, 95]"
        case .above, .below, .outside, .reach, .fallTo: nil
        }
    }
}

extension RuleOptions.Places {
    func naming(_ name: Setting?, _ threshold: Setting?) -> Self {
        var places = self
        (places.name, places.threshold) = (name, threshold)
        return places
    }
}
