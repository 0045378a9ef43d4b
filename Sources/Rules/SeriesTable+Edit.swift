/// What a source's table keeps when the rules are edited.
extension SeriesTable {
    /// What a table has yet to be told of stored samples.
    public struct Gaps: Hashable, Sendable {
        /// The metrics whose samples it has not seen.
        public internal(set) var metrics: Set<String>
        /// Whether it has yet to be told which machines were missing.
        public internal(set) var absences: Bool
    }

    /// Of a table that knows no samples yet: everything.
    public var allGaps: Gaps { Gaps(metrics: Set(metrics.map(\.name)), absences: !absences.isEmpty) }

    /// The table after an edit by which `source` and `ruleset` hold: the same machines, and the windows of each
    /// metric for which this one remembers what the rules now need. The others are empty, and named as gaps.
    public func edited(
        _ source: ObservedSource, by ruleset: Ruleset, open: [Incident], held: [Incident]
    ) -> (table: SeriesTable, gaps: Gaps) {
        var table = SeriesTable(of: source, by: ruleset, machines: machines, open: open, held: held)
        (table.lastPoll, table.lastSlots) = (lastPoll, lastSlots)
        var gaps = table.allGaps
        for (index, metric) in table.metrics.enumerated() {
            guard let former = metrics.first(where: { $0.name == metric.name }),
                let kept = metric.filled(from: former)
            else { continue }
            table.metrics[index] = kept
            gaps.metrics.remove(metric.name)
        }
        if table.seeAbsences(like: self) { gaps.absences = false }
        return (table, gaps)
    }

    /// Takes over when machines were last reported; false when this table asks for more than `former` knows.
    private mutating func seeAbsences(like former: SeriesTable) -> Bool {
        guard source.pollSpacing == former.source.pollSpacing,
            absenceReach ?? 0 <= former.absenceReach ?? 0
        else { return false }
        var kept = absences
        for index in kept.indices {
            guard let known = former.absences.first(where: { $0.metric == kept[index].metric }) else {
                return false
            }
            kept[index].see(like: known)
        }
        (absences, rounds, roundAt) = (kept, former.rounds, former.roundAt)
        return true
    }
}

extension SeriesTable.Metric {
    /// The metric as it would be had it seen what `former` has; nil when that has forgotten some of what it needs.
    fileprivate func filled(from former: Self) -> Self? {
        guard let rings = rings.filled(from: former.rings) else { return nil }
        var filled = self
        filled.rings = rings
        for index in filled.watches.indices {
            let name = filled.watches[index].rule.name
            let before = former.watches.first { $0.rule.name == name }
            guard filled.watches[index].wait(like: before) else { return nil }
        }
        return filled
    }
}
