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
    public private(set) var lastPoll: Timestamp?
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

    /// One rule at work on a metric, with the incidents that it has open.
    struct Watch: Sendable {
        let number: Int
        let rule: Rule
        var incidents: [Int: Incident] = [:]
        /// The incidents that were resolved by hand in a breach that goes on: nothing opens until it has ended.
        var held: [Int: Int64] = [:]
        /// What a slot has: asked for each sample, where a dictionary would be slow.
        var states: [State] = []
    }

    /// What a rule remembers of a slot beside its window.
    enum State: UInt8 {
        case none, open, held
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
                .map { Watch(number: $0.offset, rule: $0.element) }
            let rings = SeriesRings(spans: watches.map(\.rule.window), maxGap: source.maxGap)
            return Metric(name: name, rings: rings, watches: watches)
        }
        let missing = rules.filter { $0.element.missingPolls != nil }
        absences = Set(missing.map(\.element.metric)).sorted().map { name in
            let watches = missing.filter { $0.element.metric == name }
                .map { Watch(number: $0.offset, rule: $0.element) }
            return Absence(metric: name == Rule.anyMetric ? nil : name, watches: watches)
        }
        for incident in open where incident.source == source.name && ruleset.resolution(of: incident) == nil {
            restore(incident)
        }
        for incident in held where incident.source == source.name && ruleset.resolution(of: incident) == nil {
            restore(incident)
        }
    }

    private mutating func restore(_ incident: Incident) {
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

    /// How far before a series' last sample its window may reach.
    public var horizon: Duration {
        let gap = source.maxGap.wholeMilliseconds
        let reach = metrics.flatMap(\.watches).map { watch in
            switch watch.rule.window {
            case .samples(let count): Int64(count - 1) * gap
            case .duration(let length): length.wholeMilliseconds + gap
            }
        }
        return .milliseconds(reach.max() ?? 0)
    }

    /// Remembers a poll without judging it.
    public mutating func remember(_ poll: Poll) {
        adopt(Judgement(placement: place(poll)), of: poll)
    }

    /// Remembers stored samples of one metric; `values` are by slot, NaN where there is none.
    public mutating func remember(_ metric: String, _ values: [Double], firstSlot: Int, at time: Timestamp) {
        lastPoll = max(lastPoll ?? time, time)
        guard let column = metrics.firstIndex(where: { $0.name == metric }) else { return }
        for (offset, value) in values.enumerated() where !value.isNaN {
            metrics[column].rings.push(value, at: time.milliseconds, to: firstSlot + offset)
        }
    }

    /// Makes true what `judge` said of `poll`.
    public mutating func adopt(_ judgement: Judgement, of poll: Poll) {
        if let index = judgement.placement.index { machines = index }
        for member in judgement.placement.forgotten {
            for metric in metrics.indices { metrics[metric].rings.forget(Int(member.slot)) }
        }
        for (column, name) in poll.metrics.enumerated() {
            guard let metric = metrics.firstIndex(where: { $0.name == name }) else { continue }
            metrics[metric].rings.makeRoom(for: machines.slots)
            metrics[metric].rings.push(PollColumn(column, of: poll, judgement.placement))
        }
        adoptAbsences(judgement, of: poll)
        for change in judgement.changes { apply(change) }
        lastSlots = judgement.placement.slots
        lastNames = judgement.placement.beyondLimit == 0 ? poll.machines : nil
        lastPoll = max(lastPoll ?? poll.at, poll.at)
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

    private mutating func apply(_ change: Judgement.Change) {
        update { watch in
            if watch.number == change.rule { watch.set(change.incident, at: change.slot) }
        }
    }
}

extension SeriesTable.Watch {
    mutating func set(_ incident: Incident?, at slot: Int) {
        incidents[slot] = incident
        held[slot] = nil
        set(incident == nil ? .none : .open, at: slot)
    }

    mutating func hold(_ incident: Int64, at slot: Int) {
        held[slot] = incident
        set(.held, at: slot)
    }

    private mutating func set(_ state: SeriesTable.State, at slot: Int) {
        if slot >= states.count {
            states.append(contentsOf: repeatElement(.none, count: slot + 1 - states.count))
        }
        states[slot] = state
    }

    func state(at slot: Int) -> SeriesTable.State { slot < states.count ? states[slot] : .none }
}
