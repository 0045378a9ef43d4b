extension SeriesTable {
    /// What `poll` means: which samples belong where, which incidents open, move on and resolve.
    ///
    /// A pure function of the table, the poll and the first free incident number.
    public func judge(_ poll: Poll, nextIncident: Int64) -> Judgement {
        var judgement = Judgement(placement: place(poll))
        for (number, name) in poll.metrics.enumerated() {
            guard let metric = metrics.first(where: { $0.name == name }) else { continue }
            let column = PollColumn(number, of: poll, judgement.placement)
            // What is later than every poll before is later than every sample.
            if let lastPoll, poll.at <= lastPoll { judgement.staleSamples += metric.rings.stale(in: column) }
            for watch in metric.watches {
                judge(poll, column, by: watch, in: metric.rings, nextIncident, &judgement)
            }
        }
        return judgement
    }

    /// One rule over one column: the hot path. Only what opens, moves or resolves allocates.
    private func judge(
        _ poll: Poll, _ column: PollColumn, by watch: Watch, in rings: SeriesRings, _ nextIncident: Int64,
        _ judgement: inout Judgement
    ) {
        let (rule, time) = (watch.rule, column.time)
        let (fold, window, waits) = (rule.aggregate.fold, SeriesRings.Window(rule.window), watch.waits)
        // Machines that come with this poll have their place in the table only once it is adopted.
        var watch = watch
        watch.select(judgement.placement.added)
        let selects = !watch.selected.isEmpty
        var scratch = WindowSamples()
        column.forEachSample { row, slot, value in
            if selects, !watch.selected[slot] { return }
            guard let run = rings.run(of: slot, before: time) else { return }
            guard let reach = rings.reach(window, of: slot, run: run, at: time),
                let aggregate = rings.aggregate(
                    of: rule, fold, slot, reach: reach, adding: value, at: time, &scratch)
            else {
                if waits { _ = wait(watch, slot, after: .warming, run: run, at: time, &judgement) }
                return
            }
            let state = watch.state(at: slot)
            let verdict = rule.threshold.verdict(on: aggregate, whileOpen: state != .none)
            let turns =
                waits
                ? wait(watch, slot, after: verdict, run: run, at: time, &judgement)
                : verdict == (state == .none ? .breach : .ok)
            guard state != .none || turns else { return }
            guard state != .held else {
                if verdict == .ok { release(slot, of: watch, &judgement) }
                return
            }
            let evidence = { rings.samples(of: slot, reach: reach) + [Sample(at: poll.at, value: value)] }
            if let incident = watch.incidents[slot] {
                follow(incident, turns, aggregate, value, evidence, at: poll.at, watch, slot, &judgement)
            } else {
                let id = nextIncident + Int64(judgement.opened)
                open(id, aggregate, evidence(), of: poll.machines[row], at: poll.at, watch, slot, &judgement)
            }
        }
    }

    /// Whether a verdict has held as long as the rule wants; since when it holds is noted.
    @inline(never)
    private func wait(
        _ watch: Watch, _ slot: Int, after verdict: Verdict, run: Int, at time: Int64,
        _ judgement: inout Judgement
    ) -> Bool {
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

extension Rule {
    /// The incident that opens with an aggregate.
    fileprivate func incident(
        _ id: Int64, of machine: String, _ source: ObservedSource, _ aggregate: Double,
        _ evidence: [Sample], at time: Timestamp, rulesVersion: Int
    ) -> Incident {
        let worst = evidence.map(\.value).reduce(evidence[0].value, threshold.worse)
        let peak = self.aggregate.isOfAnotherUnit ? aggregate : worst
        func incident(_ message: String) -> Incident {
            Incident(
                id: id, rule: name, severity: severity, machine: machine, source: source.name,
                metric: metric, aggregate: self.aggregate, window: window, threshold: threshold,
                value: aggregate, peak: peak, lastValue: aggregate, message: message,
                labels: source.labels.merging(addedLabels) { _, added in added }, openedAt: time,
                rulesVersion: rulesVersion, runbook: runbook)
        }
        let trend = self.aggregate == .forecast ? WindowSamples(evidence).line : nil
        let eta = trend?.time(to: threshold.limit)
        let unworded = incident("")
        return incident(wording?.text(for: unworded, eta: eta) ?? unworded.opening(eta: eta))
    }
}
