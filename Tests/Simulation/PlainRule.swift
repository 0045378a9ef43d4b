/// A rule as the simulation knows it, apart from how the gateway reads and judges it.
struct PlainRule: Hashable {
    enum Window: Hashable {
        case samples(Int)
        case seconds(Int64)
        /// Polls without a word of a machine.
        case missing(Int)
    }

    /// In seconds.
    struct Flapping: Hashable {
        let changes: Int
        let span: Int64
        let steady: Int64
    }

    var name: String
    var metric: String
    var aggregate = "missing"
    var window: Window
    var isAbove = true
    var limit = 0.0
    var clear = 0.0
    /// In seconds.
    var holdFor: Int64 = 0
    var keepOpen: Int64 = 0
    /// How the names of its machines begin.
    var machines = ""
    var severity: String
    /// Whether it is of the group in which the more severe hold back the others.
    var isGrouped = false
    /// Whether it holds back all rules whose names come after its own.
    var inhibits = false
    /// In seconds; 0 for never.
    var reminder: Int64 = 0
    var flapping: Flapping?

    var isOfAbsence: Bool { if case .missing = window { true } else { false } }

    /// Whether an open incident of this one holds back those of `other`.
    func holdsBack(_ other: PlainRule) -> Bool {
        let ranks = ["info": 0, "warning": 1, "critical": 2]
        let isStronger = ranks[severity, default: 0] > ranks[other.severity, default: 0]
        return isGrouped && other.isGrouped && isStronger || inhibits && other.name > name
    }

    func yaml(beside rules: [PlainRule]) -> String {
        var keys = ["name: \(name)"] + judging + ["severity: \(severity)"]
        if holdFor > 0 { keys.append("for: \(holdFor)s") }
        if keepOpen > 0 { keys.append("keep_open: \(keepOpen)s") }
        if !machines.isEmpty { keys.append("machines: [\"\(machines)*\"]") }
        if isGrouped { keys.append("group: all") }
        let weaker = rules.map(\.name).filter { $0 > name }
        if inhibits, !weaker.isEmpty { keys.append("inhibits: [\(weaker.joined(separator: ", "))]") }
        if reminder > 0 { keys.append("repeat: \(reminder)s") }
        if let flapping {
            let (changes, span, steady) = (flapping.changes, flapping.span, flapping.steady)
            keys.append("flapping: {changes: \(changes), in: \(span)s, steady: \(steady)s}")
        }
        return "  - {\(keys.joined(separator: ", "))}"
    }

    private var judging: [String] {
        let length: String
        switch window {
        case .samples(let count): length = "\(count)"
        case .seconds(let count): length = "\(count)s"
        case .missing(let polls): return ["missing: \(polls)"] + (metric == "*" ? [] : ["metric: \(metric)"])
        }
        return [
            "metric: \(metric)", "aggregate: \(aggregate)", "window: \(length)",
            "\(isAbove ? "above" : "below"): \(limit)", "clear: \(clear)",
        ]
    }

    static func random(_ name: String, _ kinds: RulesText.Kinds, using random: inout SplitMix) -> PlainRule {
        var rule = judging(name, kinds, using: &random)
        rule.machines = random.pick("", "", "", "a")
        switch kinds.links {
        case .none: break
        case .groups: rule.isGrouped = random.chance(0.7)
        case .inhibits: rule.inhibits = random.chance(0.5)
        }
        if kinds.hasReminders { rule.reminder = Int64(random.pick(0, 60, 120)) }
        if kinds.hasFlapping {
            rule.flapping = Flapping(
                changes: random.pick(2, 2, 3), span: Int64(random.pick(120, 300)),
                steady: Int64(random.pick(20, 60, 60, 120)))
        }
        return rule
    }

    private static func judging(
        _ name: String, _ kinds: RulesText.Kinds, using random: inout SplitMix
    ) -> PlainRule {
        let severity = random.pick("info", "warning", "critical")
        if kinds.hasAbsences, random.chance(0.5) {
            let polls = random.number(1...3)
            return PlainRule(
                name: name, metric: random.pick("*", "*", "cpu"), window: .missing(polls), severity: severity)
        }
        let isAbove = random.chance(0.8)
        let limit = Double(random.pick(50, 60, 80, 90))
        let slack = Double(random.pick(0, 0, 10, 20))
        return PlainRule(
            name: name, metric: random.pick("cpu", "mem"),
            aggregate: random.pick("mean", "mean", "min", "max", "last"),
            window: random.pick(
                .samples(1), .samples(2), .samples(3), .samples(4), .seconds(30), .seconds(60)),
            isAbove: isAbove, limit: isAbove ? limit : 100 - limit,
            clear: isAbove ? limit - slack : 100 - limit + slack,
            holdFor: Int64(random.pick(0, 0, 0, 30)), keepOpen: Int64(random.pick(0, 0, 0, 30)),
            severity: severity)
    }
}
