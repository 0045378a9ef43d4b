extension SeriesTable {
    /// What `poll` means: which samples belong where, which incidents open, move on and resolve.
    ///
    /// A pure function of the table, the poll and the first free incident number.
    public func judge(_ poll: Poll, nextIncident: Int64) -> Judgement {
        var judgement = Judgement(placement: place(poll))
        for (number, name) in poll.metrics.enumerated() {
            guard let metric = metrics.first(where: { $0.name == name }) else { continue }
            let column = PollColumn(number, of: poll, judgement.placement)
            for watch in metric.watches {
                judge(poll, column, by: watch, in: metric.rings, nextIncident, &judgement)
            }
        }
        if !absences.isEmpty { judgeAbsences(poll, nextIncident: nextIncident, &judgement) }
        return judgement
    }

    /// One rule over one column.
    private func judge(
        _ poll: Poll, _ column: PollColumn, by watch: Watch, in rings: SeriesRings, _ nextIncident: Int64,
        _ judgement: inout Judgement
    ) {
        // Machines that come with this poll have their place in the table only once it is adopted.
        let watch = watch.selecting(judgement.placement.added)
        let pass = Pass(poll: poll, time: column.time, watch: watch, rings: rings, nextIncident: nextIncident)
        if let fold = watch.rule.aggregate.fold, !watch.waits, watch.selected.isEmpty {
            judgePlainly(pass, column, by: fold, &judgement)
        } else {
            judgeFully(pass, column, &judgement)
        }
    }

    /// What the samples of a column are judged by.
    private struct Pass {
        let poll: Poll
        let time: Int64
        let watch: Watch
        let rings: SeriesRings
        let nextIncident: Int64
    }

    /// The hot path: what most rules say. Only what opens, moves or resolves allocates.
    private func judgePlainly(
        _ pass: Pass, _ column: PollColumn, by fold: Aggregate.Fold, _ judgement: inout Judgement
    ) {
        let (rings, watch, time) = (pass.rings, pass.watch, pass.time)
        let (threshold, window) = (watch.rule.threshold, SeriesRings.Window(watch.rule.window))
        var evaluations = 0
        column.forEachSample { row, slot, value in
            evaluations += 1
            guard let run = rings.run(of: slot, before: time),
                let reach = rings.reach(window, of: slot, run: run, at: time)
            else { return }
            let aggregate = rings.aggregate(fold, of: slot, reach: reach, adding: value)
            let state = watch.state(at: slot)
            let verdict = threshold.verdict(on: aggregate, whileOpen: state != .none)
            guard state != .none || verdict == .breach else { return }
            let turns = verdict == (state == .none ? .breach : .ok)
            conclude(pass, row, slot, value, aggregate, reach, verdict, turns: turns, &judgement)
        }
        judgement.evaluations += evaluations
    }

    /// The same for rules of some machines, of aggregates that need the samples themselves, and that wait.
    private func judgeFully(_ pass: Pass, _ column: PollColumn, _ judgement: inout Judgement) {
        let (rings, watch, rule, time) = (pass.rings, pass.watch, pass.watch.rule, pass.time)
        let (fold, window) = (rule.aggregate.fold, SeriesRings.Window(rule.window))
        var scratch = WindowSamples()
        column.forEachSample { row, slot, value in
            guard watch.selected.isEmpty || watch.selected[slot] else { return }
            judgement.evaluations += 1
            guard let run = rings.run(of: slot, before: time) else { return }
            guard let reach = rings.reach(window, of: slot, run: run, at: time),
                let aggregate = rings.aggregate(
                    of: rule, fold, slot, reach: reach, adding: value, at: time, &scratch)
            else {
                _ = wait(watch, slot, after: .warming, run: run, at: time, &judgement)
                return
            }
            let state = watch.state(at: slot)
            let verdict = rule.threshold.verdict(on: aggregate, whileOpen: state != .none)
            let turns = wait(watch, slot, after: verdict, run: run, at: time, &judgement)
            guard state != .none || turns else { return }
            conclude(pass, row, slot, value, aggregate, reach, verdict, turns: turns, &judgement)
        }
    }

    /// What comes of a sample in a breach, or of a series with an incident.
    @inline(never)
    private func conclude(
        _ pass: Pass, _ row: Int, _ slot: Int, _ value: Double, _ aggregate: Double, _ reach: Int,
        _ verdict: Verdict, turns: Bool, _ judgement: inout Judgement
    ) {
        let (watch, time) = (pass.watch, pass.poll.at)
        guard watch.state(at: slot) != .held else {
            if verdict == .ok { release(slot, of: watch, &judgement) }
            return
        }
        let evidence = { pass.rings.samples(of: slot, reach: reach) + [Sample(at: time, value: value)] }
        if let incident = watch.incidents[slot] {
            follow(incident, turns, aggregate, value, evidence, at: time, watch, slot, &judgement)
        } else {
            let id = pass.nextIncident + Int64(judgement.opened)
            let machine = pass.poll.machines[row]
            open(id, aggregate, evidence(), of: machine, at: time, watch, slot, &judgement)
        }
    }

    /// Whether a verdict has held as long as the rule wants; since when it holds is noted.
    @inline(never)
    private func wait(
        _ watch: Watch, _ slot: Int, after verdict: Verdict, run: Int, at time: Int64,
        _ judgement: inout Judgement
    ) -> Bool {
        guard watch.waits else { return verdict == (watch.state(at: slot) == .none ? .breach : .ok) }
        let since = watch.since(slot, after: verdict, run: run, at: time)
        if let since { judgement.waits.append(.init(rule: watch.number, slot: slot, since: since)) }
        return watch.turns(slot, since: since, at: time)
    }

    /// What was resolved by hand is over: the next breach opens an incident again.
    private func release(_ slot: Int, of watch: Watch, _ judgement: inout Judgement) {
        if let incident = watch.held[slot] { judgement.released.append(incident) }
        judgement.changes.append(.init(rule: watch.number, slot: slot, incident: nil))
    }

    private func open(
        _ id: Int64, _ aggregate: Double, _ evidence: [Sample], of machine: String, at time: Timestamp,
        _ watch: Watch, _ slot: Int, _ judgement: inout Judgement
    ) {
        let incident = watch.rule.incident(
            id, of: machine, source, aggregate, evidence, at: time, rulesVersion: rulesVersion)
        judgement.events.append(Event(kind: .opened, at: time, incident: incident, evidence: evidence))
        judgement.opened += 1
        judgement.changes.append(.init(rule: watch.number, slot: slot, incident: incident))
    }

    private func follow(
        _ incident: Incident, _ isOver: Bool, _ aggregate: Double, _ value: Double,
        _ evidence: () -> [Sample], at time: Timestamp, _ watch: Watch, _ slot: Int,
        _ judgement: inout Judgement
    ) {
        let rule = watch.rule
        var moved = incident
        moved.lastValue = aggregate
        moved.peak = rule.threshold.worse(
            incident.peak, rule.aggregate.isOfAnotherUnit ? aggregate : value)
        if isOver {
            moved = moved.resolved(.recovered, at: time)
            judgement.events.append(
                Event(kind: .resolved, at: time, incident: moved, evidence: evidence()))
            judgement.changes.append(.init(rule: watch.number, slot: slot, incident: nil))
        } else if moved != incident {
            judgement.progress.append(moved)
            judgement.changes.append(.init(rule: watch.number, slot: slot, incident: moved))
        }
    }
}
