/// Everything remembered of one source: its machines, their windows, and their open incidents.
///
/// Judging leaves the table as it is and returns a value; `adopt` makes it true. In between lies the commit:
/// when that fails, nothing happened, and the same poll can be judged again.
public struct SeriesTable: Sendable {
    public let source: ObservedSource
    let rulesVersion: Int
    var machines: MachineIndex
    var metrics: [Metric]
    /// What rules that ask for missing machines watch.
    var absences: [Absence] = []
    /// How many polls were numbered for them, and when the last was.
    var rounds = 0
    var roundAt: Timestamp?
    /// The time of the latest poll it remembers.
    public internal(set) var lastPoll: Timestamp?
    /// The slots of the last poll's rows: the first guess for the next poll's.
    var lastSlots: [Int32] = []
    /// The names of those rows: a poll that names the same has the same slots. Nil when machines were refused,
    /// which the next poll may find room for.
    var lastNames: NameList?

    /// One metric of the source and the rules that watch it.
    struct Metric: Sendable {
        let name: String
        var rings: SeriesRings
        var watches: [Watch]
    }

    /// A table that knows `machines` and `open` incidents, but no samples yet.
    public init(
        of source: ObservedSource, by ruleset: Ruleset, machines: MachineIndex = MachineIndex(),
        open: [Incident] = [], held: [Incident] = []
    ) {
        self.source = source
        self.machines = machines
        rulesVersion = ruleset.version
        let rules = Array(ruleset.rules(for: source).enumerated())
        metrics = source.metrics.map { name in
            let watches = rules.filter { $0.element.metric == name && $0.element.missingPolls == nil }
                .map { Watch(number: $0.offset, rule: $0.element, machines: machines) }
            let rings = SeriesRings(
                spans: watches.map(\.rule.window), maxGap: source.maxGap, sampleLimit: source.sampleLimit)
            return Metric(name: name, rings: rings, watches: watches)
        }
        let missing = rules.filter { $0.element.missingPolls != nil }
        absences = Set(missing.map(\.element.metric)).sorted().map { name in
            let watches = missing.filter { $0.element.metric == name }
                .map { Watch(number: $0.offset, rule: $0.element, machines: machines) }
            return Absence(metric: name == Rule.anyMetric ? nil : name, watches: watches)
        }
        for incident in open where incident.source == source.name && ruleset.resolution(of: incident) == nil {
            restore(incident)
        }
        for incident in held where incident.source == source.name && ruleset.resolution(of: incident) == nil {
            restore(incident)
        }
    }

    /// Takes over a stored incident: as open, or as resolved by hand in a breach that goes on.
    public mutating func restore(_ incident: Incident) {
        guard let slot = machines.slot(of: incident.machine).map(Int.init) else { return }
        update { watch in
            guard watch.rule.name == incident.rule else { return }
            if incident.resolvedAt == nil {
                watch.set(incident, at: slot)
            } else {
                watch.hold(incident.id, at: slot)
            }
        }
    }

    /// All rules at work.
    var watches: [Watch] { metrics.flatMap(\.watches) + absences.flatMap(\.watches) }

    private mutating func update(_ body: (inout Watch) -> Void) {
        for metric in metrics.indices {
            for watch in metrics[metric].watches.indices { body(&metrics[metric].watches[watch]) }
        }
        for absence in absences.indices {
            for watch in absences[absence].watches.indices { body(&absences[absence].watches[watch]) }
        }
    }

    /// The open incidents, in no order.
    public var openIncidents: [Incident] {
        watches.flatMap { $0.incidents.values }
    }

    /// The open incidents of one machine, in no order.
    public func openIncidents(of machine: String) -> [Incident] {
        guard let slot = machines.slot(of: machine).map(Int.init) else { return [] }
        return watches.compactMap { $0.incidents[slot] }
    }

    /// How far before a series' last sample it matters what came.
    public var horizon: Duration { horizon(of: Set(metrics.map(\.name))) }

    /// The same of some metrics: their windows, and for how long a verdict must hold.
    public func horizon(of names: Set<String>) -> Duration {
        let gap = source.maxGap.wholeMilliseconds
        let reach = metrics.filter { names.contains($0.name) }.flatMap(\.watches).map { watch in
            let wait = watch.waits ? watch.longestWait + gap : 0
            return switch watch.rule.window {
            case .samples(let count): Int64(count - 1) * gap + wait
            case .duration(let length): length.wholeMilliseconds + gap + wait
            }
        }
        return .milliseconds(reach.max() ?? 0)
    }

    /// Remembers a poll from which nothing opens or resolves.
    public mutating func remember(_ poll: Poll) {
        var judgement = Judgement(placement: place(poll))
        for (number, name) in poll.metrics.enumerated() {
            guard let metric = metrics.first(where: { $0.name == name }) else { continue }
            let column = PollColumn(number, of: poll, judgement.placement)
            for watch in metric.watches where watch.waits {
                column.forEachSample { _, slot, value in
                    let since = watch.since(slot, value, at: column.time, in: metric.rings)
                    if let since {
                        judgement.waits.append(.init(rule: watch.number, slot: slot, since: since))
                    }
                }
            }
        }
        adopt(judgement, of: poll)
    }

    /// Remembers that a poll is stored, whatever samples it had.
    public mutating func remember(pollAt time: Timestamp) { lastPoll = max(lastPoll ?? time, time) }

    public mutating func remember(_ samples: StoredSamples) {
        let (time, values, firstSlot) = (samples.at, samples.values, samples.firstSlot)
        remember(pollAt: time)
        guard let column = metrics.firstIndex(where: { $0.name == samples.metric }) else { return }
        for watch in metrics[column].watches.indices where metrics[column].watches[watch].waits {
            for (offset, value) in values.enumerated() where !value.isNaN {
                let slot = firstSlot + offset
                let since = metrics[column].watches[watch].since(
                    slot, value, at: time.milliseconds, in: metrics[column].rings)
                if let since { metrics[column].watches[watch].wait(since: since, at: slot) }
            }
        }
        for (offset, value) in values.enumerated() where !value.isNaN {
            metrics[column].rings.push(value, at: time.milliseconds, to: firstSlot + offset)
        }
    }

    /// Makes true what `judge` said of `poll`.
    public mutating func adopt(_ judgement: Judgement, of poll: Poll) {
        take(judgement.placement)
        for (column, name) in poll.metrics.enumerated() {
            guard let metric = metrics.firstIndex(where: { $0.name == name }) else { continue }
            metrics[metric].rings.makeRoom(for: machines.slots)
            metrics[metric].rings.push(PollColumn(column, of: poll, judgement.placement))
        }
        adoptAbsences(judgement, of: poll)
        for wait in judgement.waits {
            update { if $0.number == wait.rule { $0.wait(since: wait.since, at: wait.slot) } }
        }
        for change in judgement.changes {
            update { if $0.number == change.rule { $0.set(change.incident, at: change.slot) } }
        }
        lastSlots = judgement.placement.slots
        lastNames = judgement.placement.beyondLimit == 0 ? poll.machines : nil
        lastPoll = max(lastPoll ?? poll.at, poll.at)
    }

    /// Lets machines come and go as a poll has it.
    mutating func take(_ placement: Placement) {
        if let index = placement.index { machines = index }
        for member in placement.forgotten {
            for metric in metrics.indices { metrics[metric].rings.forget(Int(member.slot)) }
        }
        if !placement.added.isEmpty { update { $0.select(placement.added) } }
    }

    /// Lets go of an incident that was resolved by hand, and whose breach is over.
    mutating func release(_ incident: Int64) {
        update { watch in
            guard let slot = watch.held.first(where: { $0.value == incident })?.key else { return }
            watch.set(nil, at: slot)
        }
    }

    /// Takes over an incident that a person has changed; one that is resolved is open no more, and opens no new
    /// one before its series was back within `clear`.
    public mutating func replace(_ incident: Incident) {
        guard let slot = machines.slot(of: incident.machine).map(Int.init) else { return }
        update { watch in
            guard watch.incidents[slot]?.id == incident.id else { return }
            watch.set(incident.resolvedAt == nil ? incident : nil, at: slot)
            if incident.resolution == .byHand { watch.hold(incident.id, at: slot) }
        }
    }
}
