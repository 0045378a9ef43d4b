import Collector
import Rules
import Store

/// Why there is no sample to judge, in words.
extension Explainer {
    func silence(
        of machine: String, in source: ObservedSource, _ rule: Rule, last: Timestamp?, since start: Timestamp
    ) throws(StoreError) -> String {
        let recently = at.advanced(by: .zero - source.maxGap)
        if rule.missingPolls != nil, let last {
            return "no poll of the source \(source.name) succeeded in \(source.maxGap.compact), the last one "
                + "was at \(last); while a source says nothing, its machines are not counted as missing"
        }
        var known = last
        if known == nil { known = try lastSample(of: machine, in: source, rule, before: start) }
        let end =
            known.map { ", the last one was at \($0); its window begins anew" }
            ?? ", and none from before is stored"
        let what = rule.metric == Rule.anyMetric ? "sample" : rule.metric
        let polls = try reader.pollTimes(of: source.name, from: recently, to: at)
        return "no \(what) of \(machine) in \(source.maxGap.compact)\(end): "
            + (try cause(of: machine, in: source, rule, polls))
    }

    /// What the polls of the last time had of the machine, at `times`, oldest first.
    private func cause(
        of machine: String, in source: ObservedSource, _ rule: Rule, _ times: [Timestamp]
    ) throws(StoreError) -> String {
        if let refused = refusal(of: machine, in: source) { return refused }
        guard let first = times.first, let last = times.last else {
            return "no poll of the source \(source.name) succeeded in that time"
        }
        var others: [Timestamp: [String]] = [:]
        for metric in source.metrics where metric != rule.metric {
            let samples = try reader.samples(of: machine, metric, source: source.name, from: first, to: at)
            for sample in samples { others[sample.at, default: []].append(metric) }
        }
        guard let (time, metrics) = others.max(by: { $0.key < $1.key }) else {
            return times.count == 1
                ? "the poll of \(source.name) in that time, at \(last), did not name it"
                : "none of the \(times.count) polls of \(source.name) in that time, the last at \(last), named it"
        }
        let since = times.count { $0 > time }
        let later = since == 0 ? "" : ", and the \(since == 1 ? "one" : "\(since)") since did not name it"
        return
            "the poll of \(source.name) at \(time) had \(machine) with \(metrics.joined(separator: ", ")), "
            + "and no \(rule.metric)\(later)"
    }

    /// That the last poll refused what it had of the machine; nil where that is not so, or not known of that time.
    private func refusal(of machine: String, in source: ObservedSource) -> String? {
        guard let status = statuses.first(where: { $0.name == source.name }),
            let time = [status.lastSuccess, status.lastFailure].compactMap({ $0 }).max(), time <= at,
            let refusal = status.refusals.first(where: { $0.concerns(machine) })
        else { return nil }
        return "what \(source.name) said of it was refused in the last poll, at \(time): \(refusal)"
    }

    /// When the last sample before `time` was taken; nil when none is stored. Looked for in longer and longer spans.
    private func lastSample(
        of machine: String, in source: ObservedSource, _ rule: Rule, before time: Timestamp
    ) throws(StoreError) -> Timestamp? {
        let metrics = rule.metric == Rule.anyMetric ? source.metrics : [rule.metric]
        var (end, span) = (time, Duration.seconds(3600))
        while end > Timestamp(milliseconds: 0) {
            let start = max(Timestamp(milliseconds: 0), end.advanced(by: .zero - span))
            var found: [Timestamp] = []
            for metric in metrics {
                let samples = try reader.samples(
                    of: machine, metric, source: source.name, from: start, to: end)
                if let last = samples.last { found.append(last.at) }
            }
            if let last = found.max() { return last }
            (end, span) = (start, span * 4)
        }
        return nil
    }
}
