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
    /// metric for which this one remembers what the rules now need, or `backfill` has read it. The others are empty,
    /// and named as gaps.
    public func edited(
        _ source: ObservedSource, by ruleset: Ruleset, open: [Incident], held: [Incident],
        backfill: Backfill? = nil
    ) -> (table: SeriesTable, gaps: Gaps) {
        var table = SeriesTable(of: source, by: ruleset, machines: machines, open: open, held: held)
        (table.lastPoll, table.lastSlots) = (lastPoll, lastSlots)
        var gaps = table.allGaps
        for (index, metric) in table.metrics.enumerated() {
            let formers = [self.metric(metric.name), backfill?.metric(metric.name)]
            guard let kept = formers.lazy.compactMap({ $0.flatMap(metric.filled) }).first else { continue }
            table.metrics[index] = kept
            gaps.metrics.remove(metric.name)
        }
        if table.seeAbsences(like: self) { gaps.absences = false }
        return (table, gaps)
    }

    fileprivate func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }

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

/// Windows that an edit needs and that are not remembered, as they are read beside the polls of a source.
public struct Backfill: Sendable {
    public private(set) var table: SeriesTable
    /// The metrics whose samples it is told.
    public let metrics: Set<String>
    private let ruleset: Ruleset

    /// `table` is empty for `metrics`, and has the machines and incidents of the one that goes on meanwhile.
    public init(_ table: SeriesTable, metrics: Set<String>, by ruleset: Ruleset) {
        self.table = table
        self.metrics = metrics
        self.ruleset = ruleset
    }

    public mutating func remember(_ samples: StoredSamples) { table.remember(samples) }

    /// Takes along what a poll changed in the table that goes on: its machines, and their incidents.
    ///
    /// The samples of the poll come later, as stored ones, and then find what they would have found.
    public mutating func follow(_ judgement: Judgement) {
        table.take(judgement.placement)
        for change in judgement.events where change.kind == .opened || change.kind == .resolved {
            follow(change.incident)
        }
        for incident in judgement.released { table.release(incident) }
    }

    /// Takes along an incident that opened, ended, or was changed by a person.
    public mutating func follow(_ incident: Incident) {
        if incident.resolvedAt == nil, ruleset.resolution(of: incident) == nil {
            table.restore(incident)
        } else {
            table.replace(incident)
        }
    }

    fileprivate func metric(_ name: String) -> SeriesTable.Metric? {
        metrics.contains(name) ? table.metric(name) : nil
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
