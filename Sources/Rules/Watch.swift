extension SeriesTable {
    /// One rule at work on a metric, with the incidents that it has open.
    struct Watch: Sendable {
        let number: Int
        let rule: Rule
        var incidents: [Int: Incident] = [:]
        /// The incidents that were resolved by hand in a breach that goes on: nothing opens until it has ended.
        var held: [Int: Int64] = [:]
        /// What a slot has: asked for each sample, where a dictionary would be slow.
        var states: [State] = []
        /// Whether the rule is for a slot's machine; empty when it is for all.
        private(set) var selected: [Bool] = []
        /// Since when the verdict has held that is to turn a slot's state, in milliseconds; of rules that wait.
        ///
        /// Nothing of it is stored: it follows from the samples, and is found again by going through those that
        /// are restored.
        private var waiting: [Int64] = []
        private let holdFor: Int64
        private let keepOpen: Int64

        init(number: Int, rule: Rule, machines: MachineIndex) {
            self.number = number
            self.rule = rule
            holdFor = rule.holdFor.wholeMilliseconds
            keepOpen = rule.keepOpen.wholeMilliseconds
            guard !rule.selection.machines.isEmpty else { return }
            selected = (0..<machines.slots).map { slot in
                machines[slot].map(rule.selection.includes(machine:)) ?? false
            }
        }
    }

    /// What a rule remembers of a slot beside its window.
    enum State: UInt8 {
        case none, open, held
    }
}

extension SeriesTable.Watch {
    mutating func set(_ incident: Incident?, at slot: Int) {
        let before = state(at: slot)
        incidents[slot] = incident
        held[slot] = nil
        set(incident == nil ? .none : .open, at: slot)
        if waits, state(at: slot) != before { wait(since: Self.never, at: slot) }
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

    /// Whether the rule is for the machine in a slot.
    func isFor(_ slot: Int) -> Bool { selected.isEmpty || (slot < selected.count && selected[slot]) }

    func state(at slot: Int) -> SeriesTable.State { slot < states.count ? states[slot] : .none }

    /// The same once `added` have their slots.
    func selecting(_ added: [Placement.Member]) -> Self {
        var watch = self
        watch.select(added)
        return watch
    }

    /// Gives machines that got a slot their place among those that the rule is for, or not for.
    mutating func select(_ added: [Placement.Member]) {
        guard !rule.selection.machines.isEmpty else { return }
        for member in added {
            let slot = Int(member.slot)
            while selected.count <= slot { selected.append(false) }
            selected[slot] = rule.selection.includes(machine: member.name)
        }
    }
}

/// `for` and `keep_open`: a verdict turns the state of a slot once it has held for a time.
extension SeriesTable.Watch {
    static var never: Int64 { .max }

    /// Whether a verdict must hold before anything opens or ends.
    var waits: Bool { holdFor > 0 || keepOpen > 0 }

    var longestWait: Int64 { max(holdFor, keepOpen) }

    private func waiting(at slot: Int) -> Int64 { slot < waiting.count ? waiting[slot] : Self.never }

    mutating func wait(since: Int64, at slot: Int) {
        if slot >= waiting.count {
            waiting.append(contentsOf: repeatElement(Self.never, count: slot + 1 - waiting.count))
        }
        waiting[slot] = since
    }

    /// Whether the samples before say the same to this rule as to the one of `former`, of the same metric.
    private func hears(_ former: Self) -> Bool {
        former.waits && former.rule.aggregate == rule.aggregate && former.rule.window == rule.window
            && former.rule.threshold == rule.threshold && former.rule.within == rule.within
            && former.rule.selection == rule.selection
    }

    /// Takes over from the same rule before an edit since when verdicts have held; false when that must be found
    /// anew, from the samples.
    mutating func wait(like former: Self?) -> Bool {
        guard waits else { return true }
        guard let former, hears(former),
            (0..<max(states.count, former.states.count)).allSatisfy({ state(at: $0) == former.state(at: $0) })
        else { return false }
        waiting = former.waiting
        return true
    }

    /// What the rule makes of a sample, by the state of its slot; `run` samples came before it without a gap.
    ///
    /// Nil while the window is not full, or its samples give no number.
    @inline(never)
    func reading(
        _ value: Double, of slot: Int, run: Int, at time: Int64, in rings: SeriesRings
    ) -> Reading? {
        var scratch = WindowSamples()
        let window = SeriesRings.Window(rule.window)
        guard let reach = rings.reach(window, of: slot, run: run, at: time),
            let aggregate = rings.aggregate(
                of: rule, rule.aggregate.fold, slot, reach: reach, adding: value, at: time, &scratch)
        else { return nil }
        let verdict = rule.threshold.verdict(on: aggregate, whileOpen: state(at: slot) != .none)
        return Reading(reach: reach, aggregate: aggregate, verdict: verdict)
    }

    /// What a rule makes of a window: how many samples before the last are in it, and what they come to.
    struct Reading {
        let reach: Int
        let aggregate: Double
        let verdict: Verdict
    }

    /// Since when, after a sample that is only remembered, the verdict holds; nil when the sample changes nothing.
    func since(_ slot: Int, _ value: Double, at time: Int64, in rings: SeriesRings) -> Int64? {
        guard isFor(slot),
            let run = rings.run(of: slot, before: time)
        else { return nil }
        let verdict = reading(value, of: slot, run: run, at: time, in: rings)?.verdict ?? .warming
        return since(slot, after: verdict, run: run, at: time)
    }

    /// Since when the verdict that is to turn the state holds, `verdict` included; nil when that is as before.
    ///
    /// What is not known, before the window is full or across a gap, does not hold.
    func since(_ slot: Int, after verdict: Verdict, run: Int, at time: Int64) -> Int64? {
        let before = waiting(at: slot)
        let turns = verdict == (state(at: slot) == .none ? .breach : .ok)
        let since = !turns ? Self.never : run == 0 ? time : min(before, time)
        return since == before ? nil : since
    }

    /// Since when the verdict that is to turn the state holds, `verdict` included; nil when it does not.
    func holdingSince(_ slot: Int, after verdict: Verdict, run: Int, at time: Int64) -> Int64? {
        let since = since(slot, after: verdict, run: run, at: time) ?? waiting(at: slot)
        return since == Self.never ? nil : since
    }

    /// Whether a verdict that has held since a moment turns the state at `time`.
    func turns(_ slot: Int, since: Int64?, at time: Int64) -> Bool {
        let since = since ?? waiting(at: slot)
        return since != Self.never && time - since >= (state(at: slot) == .none ? holdFor : keepOpen)
    }
}
