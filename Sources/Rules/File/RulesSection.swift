/// The rules of a settings file.
public struct RulesSection {
    public let rules: [Rule]
    /// The names of all rules, right or wrong in the rest; nil when one of them could not be read.
    public let names: [String]?
    /// Where the rules say what is checked against the sources.
    let places: [RuleOptions.Places]

    /// Reads `rules:` and `defaults:`; `metrics` are those that the sources have, nil when that is not known.
    public init(of file: inout Section, metrics: [String]?) {
        let cure = "add 'rules:' with a rule, or 'rules: []' to record samples only"
        let setting = file.require("rules", cure: cure)
        let defaults = Self.defaults(of: &file)
        guard let setting else {
            (rules, names, places) = ([], nil, [])
            return
        }
        if setting.isNull { setting.fail("'rules' has no value", cure: cure) }
        let items = setting.list(cure: "begin each rule with '- name:'")?.joiningStrays()
        var reader = RuleReader(metrics: metrics, defaults: defaults)
        let read = (items ?? []).compactMap { reader.rule($0) }
        (rules, places) = (read.map(\.0), read.map(\.1))
        names = items?.count == reader.names.count ? reader.names : nil
        reader.holds.check(rules, names: names)
    }

    /// What holds for each rule that does not say otherwise.
    private static func defaults(of file: inout Section) -> RuleOptions {
        guard var section = file.take("defaults")?.section("'defaults'") else { return RuleOptions() }
        defer { section.finish() }
        return RuleOptions(of: &section)
    }
}

private struct RuleReader {
    let metrics: [String]?
    let defaults: RuleOptions
    private(set) var names: [String] = []
    private(set) var holds = HoldsReader()
    private var marks: [String: Mark] = [:]

    init(metrics: [String]?, defaults: RuleOptions) {
        self.metrics = metrics
        self.defaults = defaults
    }

    mutating func rule(_ setting: Setting) -> (Rule, RuleOptions.Places)? {
        guard var section = setting.section("a rule") else { return nil }
        let nameSetting = section.take("name")
        let name = name(nameSetting, in: setting)
        let metric = section.take("metric")
        let missing = section.take("missing")
        let threshold = ThresholdReader(of: &section)
        let own = RuleOptions(of: &section)
        let holds = holds.read(&section, of: name)
        // Once all keys are known: a key that is misspelt is told once, and not as one that is missing too.
        section.demand(["name"], when: nameSetting == nil, cure: "add a name: cpu-high")
        if let missing {
            refuse(in: &section)
            section.finish()
            let options = own.over(defaults).withoutValues
            guard let rule = absence(name, missing, metric, options, holds) else { return nil }
            return (rule, options.places.naming(nameSetting, missing))
        }
        if threshold.isForecast, let aggregate = own.aggregate, aggregate != .forecast {
            own.places.aggregate?.fail(
                "a forecast is an aggregate of its own",
                cure: "remove 'aggregate', or write above: in place of it")
        }
        if let limit = ["above", "below"].first(where: section.has), !threshold.isForecast {
            section.refuse(
                "within", "'within' is a key of a forecast",
                cure: ThresholdReader.example(
                    limit == "above" ? "reach" : "fall_to", section.text(of: limit),
                    section.text(of: "within"))
                    + " in place of both")
        }
        let options = own.over(defaults)
        if !section.misspells(["missing"]) {
            section.demand(
                ["metric"], when: metric == nil, cure: metricsCure ?? "add metric: cpu, for example")
            section.demand(
                ["window"], when: options.places.window == nil,
                cure: "add window: 3 (samples), or window: 30m")
            section.demand(
                ThresholdReader.keys + ["missing"], when: threshold.isMissing,
                cure: "add above: 85, for example")
        }
        section.finish()
        let read = rule(name, metric.flatMap(self.metric), threshold, options, holds)
        return read.map { ($0, options.places.naming(nameSetting, threshold.place)) }
    }

    private func rule(
        _ name: String?, _ metric: String?, _ reader: ThresholdReader, _ options: RuleOptions,
        _ holds: HoldsReader.Links
    ) -> Rule? {
        let threshold = reader.threshold()
        let aggregate = aggregate(reader, options)
        guard let name, let metric, let window = options.window, let (threshold, within) = threshold,
            let aggregate
        else { return nil }
        if case .samples(let count) = window, count < aggregate.fewestSamples {
            options.places.window?.fail(
                "a \(aggregate.rawValue) needs at least \(aggregate.fewestSamples) samples, and 'window' is \(count)",
                cure: "make it \(aggregate.fewestSamples) or more, or a duration")
            return nil
        }
        return Rule(
            name, metric, aggregate, over: window, threshold, within: within, options: options, holds: holds)
    }

    /// A rule with `missing`, which judges no values; what `defaults` say of values does not concern it.
    private func absence(
        _ name: String?, _ missing: Setting, _ metric: Setting?, _ options: RuleOptions,
        _ holds: HoldsReader.Links
    ) -> Rule? {
        let polls = missing.integer(in: 1...1000, cure: "it counts polls: missing: 3")
        let metric = metric.map { self.metric($0) } ?? Rule.anyMetric
        guard let name, let polls, let metric else { return nil }
        return Rule(
            name, metric, .missing, over: .samples(polls), Threshold(missing: polls), options: options,
            holds: holds)
    }

    /// Reports what has no meaning beside `missing`.
    private func refuse(in section: inout Section) {
        for key in ["aggregate", "window", "clear"] + ThresholdReader.keys {
            section.take(key)?.fail(
                "a rule with 'missing' has no '\(key)'",
                cure: "it counts polls without a sample; make it two rules")
        }
        section.take("for")?.fail(
            "a rule with 'missing' has no 'for'",
            cure: "it waits for as many polls as it counts; write a greater number there")
        section.take("keep_open")?.fail(
            "a rule with 'missing' has no 'keep_open'",
            cure: "it ends once the machine is reported again; 'flapping' has what changes often told once")
    }

    private mutating func name(_ setting: Setting?, in rule: Setting) -> String? {
        guard let name = setting?.name(in: &marks) else { return nil }
        names.append(name)
        if name.hasPrefix(OwnRule.prefix) {
            rule.fail(
                "the name of a rule cannot begin with \(OwnRule.prefix.quoted)",
                cure: "such rules are the gateway's own; name it in another way")
        }
        return name
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

    /// `forecast` says what is computed as well as when it is a breach; every other threshold is of any aggregate.
    private func aggregate(_ threshold: ThresholdReader, _ options: RuleOptions) -> Aggregate? {
        let aggregate = options.aggregate ?? .mean
        if threshold.isForecast { return .forecast }
        guard aggregate == .forecast, !threshold.isMissing else { return aggregate }
        options.places.aggregate?.fail(
            "the aggregate 'forecast' needs the key 'forecast'",
            cure: "in place of the threshold, write forecast: {reach: 95, within: 24h}")
        return nil
    }
}

extension Rule {
    fileprivate init(
        _ name: String, _ metric: String, _ aggregate: Aggregate, over window: WindowSpan,
        _ threshold: Threshold,
        within: Duration = .zero, options: RuleOptions, holds: HoldsReader.Links
    ) {
        self.init(
            name: name, metric: metric, aggregate: aggregate, window: window, threshold: threshold,
            within: within,
            holdFor: options.holdFor.value ?? .zero,
            keepOpen: options.keepOpen.value ?? .zero,
            selection: options.selection,
            severity: options.severity ?? .warning,
            addedLabels: options.addedLabels.value ?? [:],
            wording: options.wording.value,
            runbook: options.runbook.value,
            reminder: options.reminder.value,
            group: holds.group,
            inhibits: holds.inhibits,
            flapping: options.flapping.value)
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
