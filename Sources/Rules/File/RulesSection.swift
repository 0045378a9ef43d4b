/// The rules of a settings file.
public struct RulesSection {
    public let rules: [Rule]
    /// The names of all rules, right or wrong in the rest; nil when one of them could not be read.
    public let names: [String]?

    /// Reads `rules:`; `metrics` are those that the sources have, nil when that is not known.
    public init(of file: inout Section, metrics: [String]?) {
        let cure = "add 'rules:' with a rule, or 'rules: []' to record samples only"
        guard let setting = file.require("rules", cure: cure) else {
            (rules, names) = ([], nil)
            return
        }
        if setting.isNull { setting.fail("'rules' has no value", cure: cure) }
        let items = setting.list(cure: "begin each rule with '- name:'")
        var reader = RuleReader(metrics: metrics)
        rules = (items ?? []).compactMap { reader.rule($0) }
        names = items?.count == reader.names.count ? reader.names : nil
        reader.holds.check(rules, names: names)
    }
}

private struct RuleReader {
    let metrics: [String]?
    private(set) var names: [String] = []
    private var places: [String: Mark] = [:]
    var holds = HoldsReader()

    init(metrics: [String]?) {
        self.metrics = metrics
    }

    mutating func rule(_ setting: Setting) -> Rule? {
        guard var section = setting.section("a rule") else { return nil }
        let name = section.require("name", cure: "add a name: cpu-high")?.name(in: &places)
        if let name { names.append(name) }
        if let name, name.hasPrefix(OwnRule.prefix) {
            setting.fail(
                "the name of a rule cannot begin with \(OwnRule.prefix.quoted)",
                cure: "such rules are the gateway's own; name it in another way")
        }
        if let missing = section.take("missing") { return rule(missing, name, &section) }
        let metric = section.require("metric", cure: metricsCure ?? "add metric: cpu, for example")
            .flatMap { self.metric($0) }
        let aggregate = section.take("aggregate").flatMap { $0.choice(of: Aggregate.self) } ?? .mean
        let window = section.require("window", cure: "add window: 3 (samples), or window: 30m")?.window()
        let threshold = threshold(of: &section)
        let severity = section.take("severity").flatMap { $0.choice(of: Severity.self) } ?? .warning
        let reminder = section.take("repeat")?.duration(in: .seconds(60)...Duration.seconds(30 * 86_400))
        let holds = holds.read(&section, of: name)
        section.finish()
        guard let name, let metric, let window, let threshold else { return nil }
        return Rule(
            name: name, metric: metric, aggregate: aggregate, window: window, threshold: threshold,
            severity: severity, reminder: reminder,
            group: holds.group,
            inhibits: holds.inhibits,
            flapping: holds.flapping)
    }

    /// A rule with `missing`, which judges no values.
    private mutating func rule(_ missing: Setting, _ name: String?, _ section: inout Section) -> Rule? {
        let polls = missing.integer(in: 1...1000)
        let metric = section.take("metric").map { self.metric($0) } ?? Rule.anyMetric
        let severity = section.take("severity").flatMap { $0.choice(of: Severity.self) } ?? .warning
        let reminder = section.take("repeat")?.duration(in: .seconds(60)...Duration.seconds(30 * 86_400))
        let holds = holds.read(&section, of: name)
        for key in ["aggregate", "window", "above", "below", "clear"] {
            section.take(key)?.fail(
                "a rule with 'missing' has no '\(key)'",
                cure: "it counts polls without a sample; make it two rules")
        }
        section.finish()
        guard let name, let polls, let metric else { return nil }
        return Rule(
            name: name, missing: polls, metric: metric, severity: severity, reminder: reminder,
            group: holds.group,
            inhibits: holds.inhibits,
            flapping: holds.flapping)
    }

    private var metricsCure: String? { metrics.map { "metrics of the sources: \($0.listed)" } }

    private func metric(_ setting: Setting) -> String? {
        guard let name = setting.name() else { return nil }
        if let metrics, let metricsCure, !metrics.contains(name) {
            let guess = setting.reading.faults.suggestion(for: name, among: metrics)
            setting.fail(
                "no source has a metric \(setting.shown ?? "")",
                cure: guess.map { "did you mean \($0.quoted)? \(metricsCure)" } ?? metricsCure)
        }
        return name
    }

    private func threshold(of section: inout Section) -> Threshold? {
        let above = section.take("above")
        let below = section.take("below")
        let clear = section.take("clear")
        let bound = clear?.number()
        switch (above, below) {
        case (let above?, let below?):
            let (first, second) = above.mark < below.mark ? (above, below) : (below, above)
            second.fail(
                "a rule has one of 'above' and 'below', not both",
                cure: "make it two rules", note: "the other is at line \(first.mark.line)")
            return nil
        case (nil, nil):
            section.fail("a rule needs 'above' or 'below'", cure: "add above: 85, for example")
            return nil
        case (let above?, nil): return threshold(.above, above, clear, bound)
        case (nil, let below?): return threshold(.below, below, clear, bound)
        }
    }

    private func threshold(
        _ side: Threshold.Side, _ limit: Setting, _ clear: Setting?, _ bound: Double?
    ) -> Threshold? {
        guard let limit = limit.number() else { return nil }
        if let threshold = Threshold(side, limit, clear: bound) { return threshold }
        let most = side == .above ? "at most" : "at least"
        clear?.fail(
            "'clear' must be \(most) \(limit.plain), the value of '\(side)', not \(bound?.plain ?? "this")",
            cure: "an incident resolves when the value is back at 'clear', within the threshold")
        return nil
    }
}

extension Setting {
    /// A number of samples, 1 to 10,000, or a duration, 1 s to 90 d.
    fileprivate func window() -> WindowSpan? {
        let expected = "1 to 10,000 samples or a duration from 1s to 90d"
        guard let text = scalar(expected) else { return nil }
        if let count = Self.integer(text) {
            return (1...10_000).contains(count) ? .samples(count) : failing(expected)
        }
        guard let length = Duration(compact: text) else {
            return failing(
                expected, cure: "write 3 for three samples, or 30m for half an hour")
        }
        let range = Duration.seconds(1)...Duration.seconds(90 * 86_400)
        return range.contains(length) ? .duration(length) : failing(expected)
    }
}

extension Setting {
    /// Reports a pattern that matches none of the rules.
    public func failUnmatched(_ glob: Glob, names: [String]) {
        let pattern = glob.pattern
        var guess = reading.faults.suggestion(for: pattern, among: names)
        if guess == nil, pattern.hasSuffix("*") {
            let stem = String(pattern.dropLast())
            let stems = names.flatMap { name in
                (-1...1).map { String(name.prefix(max(1, stem.count + $0))) }
            }
            guess = reading.faults.suggestion(for: stem, among: stems).map { $0 + "*" }
        }
        let rules = names.isEmpty ? "there are no rules" : "rules: \(names.listed)"
        fail(
            "no rule matches \(shown ?? "")",
            cure: guess.map { "did you mean \($0.quoted)? \(rules)" } ?? rules)
    }
}
