import Collector
import Notifiers
import Rules
import Store

/// Finds out what a rule said of a machine at a moment, from what is stored.
struct Explainer {
    let reader: StoreReader
    let version: RulesVersion
    let configuration: Configuration
    let at: Timestamp
    /// How the sources do now.
    let statuses: [SourceStatus]

    /// `source` is one of the configuration.
    func explanation(of machine: String, in source: ObservedSource, by rule: Rule) throws(StoreError)
        -> Explanation
    {
        func explanation(_ decision: Explanation.Decision, _ reason: String) -> Explanation {
            Explanation(
                at: at, machine: machine, source: source.name, rule: rule, version: version,
                decision: decision, reason: reason)
        }
        if let reason = rule.reasonNotToWatch(machine, of: source) { return explanation(.notWatched, reason) }
        let ruleset = Ruleset(version: version.number, rules: [rule], sources: [source])
        var index = MachineIndex()
        index.restore(machine, in: 0)
        let table = SeriesTable(of: source, by: ruleset, machines: index)
        let start = at.advanced(by: .zero - horizon(of: table, rule, source))
        let history = try history(of: machine, in: source, by: rule)
        var replay = SeriesReplay(of: machine, by: rule.name, in: table, history: history)
        for poll in try polls(of: machine, in: source, for: rule, from: start) { replay.take(poll) }

        var result: Explanation
        if let (judgedAt, standing) = replay.last, judgedAt.duration(to: at) <= source.maxGap {
            let decision = Explanation.Decision(standing)
            result = explanation(
                decision,
                Explanation.reason(for: decision, standing, by: rule, on: machine, in: source.name))
            (result.judgedAt, result.standing) = (judgedAt, standing)
        } else {
            result = explanation(
                .noSample, try silence(of: machine, in: source, rule, last: replay.last?.at, since: start))
            result.judgedAt = replay.last?.at
        }
        // Or the one that ended with that sample, or that a person ended in a breach which went on.
        let told = history.last { incident in
            result.decision == .resolvedByHand
                || incident.resolvedAt.map { $0 > at || $0 == result.judgedAt } ?? true
        }
        // While a rule flaps, what its last incident came to may still be untold.
        if let told {
            result.telling = try telling(of: told, by: rule)
        } else if let last = history.last, try isFlapping(last, by: rule) {
            result.telling = try telling(of: last, by: rule)
        }
        return result
    }

    private func horizon(of table: SeriesTable, _ rule: Rule, _ source: ObservedSource) -> Duration {
        guard rule.missingPolls != nil else { return table.horizon + source.maxGap }
        return source.maxGap * (table.absenceReach ?? 0)
    }

    /// The incidents of the rule on the machine that opened by then, oldest first.
    private func history(
        of machine: String, in source: ObservedSource, by rule: Rule
    ) throws(StoreError) -> [Incident] {
        var query = IncidentQuery()
        query.rule = rule.name
        query.machine = machine
        query.source = source.name
        query.until = at.advanced(by: .milliseconds(1))
        query.limit = 1000
        return try reader.incidents(matching: query).page.reversed()
    }

    /// What the polls said of the machine; where the rule asks whether it is missing, those without it too.
    private func polls(
        of machine: String, in source: ObservedSource, for rule: Rule, from start: Timestamp
    ) throws(StoreError) -> [Poll] {
        let asksForAbsence = rule.missingPolls != nil
        let metrics = rule.metric == Rule.anyMetric ? source.metrics : [rule.metric]
        var rows: [Timestamp: [Double]] = [:]
        for (column, metric) in metrics.enumerated() {
            let samples = try reader.samples(of: machine, metric, source: source.name, from: start, to: at)
            for sample in samples {
                rows[sample.at, default: Array(repeating: .nan, count: metrics.count)][column] = sample.value
            }
        }
        let times =
            asksForAbsence
            ? try reader.pollTimes(of: source.name, from: start, to: at) : rows.keys.sorted()
        return times.compactMap { time in
            let row = rows[time]
            return Poll(
                source: source.name, at: time, metrics: metrics,
                machines: NameList(row == nil ? [] : [machine]), values: row ?? [])
        }
    }
}
