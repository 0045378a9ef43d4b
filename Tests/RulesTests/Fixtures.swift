import Testing

@testable import Rules

/// One source named `fleet`, polled each second, and what the tests do with it.
struct Fleet {
    var table: SeriesTable
    private(set) var events: [Event] = []
    private(set) var second: Int64 = 0
    private var nextIncident: Int64 = 1

    static let metrics = ["cpu", "mem"]

    init(
        _ rules: [Rule], maxGap: Duration = .seconds(3), maxMachines: Int = 100,
        pollSpacing: Duration = .zero
    ) {
        let source = ObservedSource(
            name: "fleet", metrics: Self.metrics, labels: ["env": "test"], maxGap: maxGap,
            maxMachines: maxMachines, pollSpacing: pollSpacing)
        table = SeriesTable(of: source, by: Ruleset(version: 7, rules: rules, sources: [source]))
    }

    /// A poll of `cpu` values by machine, `seconds` after the one before.
    mutating func poll(_ cpu: KeyValuePairs<String, Double>, after seconds: Int64 = 1) throws -> [Event] {
        second += seconds
        return try take(cpu.map { ($0.key, $0.value) }, at: second * 1000)
    }

    mutating func take(
        _ cpu: [(String, Double)], mem: Double = .nan, at milliseconds: Int64
    ) throws -> [Event] {
        let poll = try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: milliseconds), metrics: Self.metrics,
                machines: NameList(cpu.map(\.0)), values: cpu.flatMap { [$0.1, mem] }))
        let judgement = table.judge(poll, nextIncident: nextIncident)
        table.adopt(judgement, of: poll)
        nextIncident += Int64(judgement.opened)
        events += judgement.events
        return judgement.events
    }
}

func rule(
    _ name: String = "cpu-high", _ aggregate: Aggregate = .mean, window: WindowSpan,
    _ side: Threshold.Side = .above, _ limit: Double, clear: Double? = nil
) throws -> Rule {
    Rule(
        name: name, metric: "cpu", aggregate: aggregate, window: window,
        threshold: try #require(Threshold(side, limit, clear: clear)), severity: .critical)
}

extension Rule {
    /// A rule that fires when a machine, or its `metric`, is missing for `polls` polls.
    init(
        name: String, missing polls: Int, metric: String = anyMetric, selection: Selection = Selection(),
        severity: Severity = .warning, addedLabels: [String: String] = [:], wording: Wording? = nil,
        runbook: String? = nil, reminder: Duration? = nil, group: String? = nil, inhibits: [Glob] = [],
        flapping: Flapping? = nil
    ) {
        self.init(
            name: name, metric: metric, aggregate: .missing, window: .samples(polls),
            threshold: Threshold(missing: polls), selection: selection, severity: severity,
            addedLabels: addedLabels, wording: wording, runbook: runbook, reminder: reminder, group: group,
            inhibits: inhibits, flapping: flapping)
    }
}
