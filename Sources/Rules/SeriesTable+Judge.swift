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
        if !absences.isEmpty { judgeAbsences(poll, nextIncident: nextIncident, &judgement) }
        return judgement
    }

    /// One rule over one column: the hot path. Only what opens, moves or resolves allocates.
    private func judge(
        _ poll: Poll, _ column: PollColumn, by watch: Watch, in rings: SeriesRings, _ nextIncident: Int64,
        _ judgement: inout Judgement
    ) {
        let (rule, time) = (watch.rule, column.time)
        let window = SeriesRings.Window(rule.window)
        column.forEachSample { row, slot, value in
            guard let run = rings.run(of: slot, before: time),
                let reach = rings.reach(window, of: slot, run: run, at: time)
            else { return }
            let aggregate = rings.aggregate(rule.aggregate, of: slot, reach: reach, adding: value)
            let state = watch.state(at: slot)
            let verdict = rule.threshold.verdict(on: aggregate, whileOpen: state != .none)
            guard state != .none || verdict == .breach else { return }
            guard state != .held else {
                if verdict == .ok { release(slot, of: watch, &judgement) }
                return
            }
            let evidence = { rings.samples(of: slot, reach: reach) + [Sample(at: poll.at, value: value)] }
            if let incident = watch.incidents[slot] {
                follow(incident, verdict, aggregate, value, evidence, at: poll.at, watch, slot, &judgement)
            } else {
                let id = nextIncident + Int64(judgement.opened)
                open(id, aggregate, evidence(), of: poll.machines[row], at: poll.at, watch, slot, &judgement)
            }
        }
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
        let rule = watch.rule
        let incident = Incident(
            id: id, rule: rule.name, severity: rule.severity, machine: machine, source: source.name,
            metric: rule.metric, aggregate: rule.aggregate, window: rule.window, threshold: rule.threshold,
            value: aggregate, peak: evidence.map(\.value).reduce(evidence[0].value, rule.threshold.worse),
            lastValue: aggregate, message: rule.message(for: aggregate), labels: source.labels,
            openedAt: time, rulesVersion: rulesVersion)
        judgement.events.append(Event(kind: .opened, at: time, incident: incident, evidence: evidence))
        judgement.opened += 1
        judgement.changes.append(.init(rule: watch.number, slot: slot, incident: incident))
    }

    private func follow(
        _ incident: Incident, _ verdict: Verdict, _ aggregate: Double, _ value: Double,
        _ evidence: () -> [Sample], at time: Timestamp, _ watch: Watch, _ slot: Int,
        _ judgement: inout Judgement
    ) {
        var moved = incident
        moved.lastValue = aggregate
        moved.peak = watch.rule.threshold.worse(incident.peak, value)
        if verdict == .ok {
            moved = moved.resolved(.recovered, at: time)
            judgement.events.append(
                Event(kind: .resolved, at: time, incident: moved, evidence: evidence()))
            judgement.changes.append(.init(rule: watch.number, slot: slot, incident: nil))
        } else if moved != incident {
            judgement.progress.append(moved)
            judgement.changes.append(.init(rule: watch.number, slot: slot, incident: moved))
        }
    }

    /// Finds the slot of each row. The order of the last poll is tried first: sources rarely change it.
    func place(_ poll: Poll) -> Placement {
        var placement = Placement()
        if let lastNames, poll.machines.isSame(as: lastNames) {
            placement.slots = lastSlots
            return placement
        }
        var index = machines
        var taken = Array(repeating: false, count: machines.slots)
        placement.slots.reserveCapacity(poll.machines.count)
        for row in 0..<poll.machines.count {
            let guess = row < lastSlots.count ? lastSlots[row] : -1
            var slot = index.slot(of: row, in: poll.machines, guess: guess)
            if slot == nil {
                slot = add(row, of: poll, to: &index, &placement)
                while taken.count < index.slots { taken.append(false) }
            }
            if let found = slot, !taken[Int(found)] {
                taken[Int(found)] = true
                placement.slots.append(found)
            } else {
                placement.slots.append(-1)
            }
        }
        if !placement.added.isEmpty || !placement.forgotten.isEmpty { placement.index = index }
        return placement
    }

    private func add(
        _ row: Int, of poll: Poll, to index: inout MachineIndex, _ placement: inout Placement
    ) -> Int32? {
        if index.count >= source.maxMachines, placement.forgotten.isEmpty, placement.beyondLimit == 0 {
            placement.forgotten = idle(at: poll)
            index.release(placement.forgotten.map(\.slot))
        }
        guard index.count < source.maxMachines else {
            placement.beyondLimit += 1
            return nil
        }
        let slot = index.add(row, of: poll.machines)
        placement.added.append(.init(slot: slot, name: poll.machines[row]))
        return slot
    }

    /// The machines whose windows would start anew anyway, and which have no row in `poll` and no incident
    /// that is open or held, but for that they are missing: to forget them changes no verdict on a value.
    private func idle(at poll: Poll) -> [Placement.Member] {
        let named = (0..<poll.machines.count).compactMap {
            machines.slot(of: $0, in: poll.machines, guess: $0 < lastSlots.count ? lastSlots[$0] : -1)
        }
        let present = Set(named)
        return (0..<machines.slots).compactMap { slot in
            guard let name = machines[slot], !present.contains(Int32(slot)),
                metrics.allSatisfy({ metric in
                    metric.rings.run(of: slot, before: poll.at.milliseconds) == 0
                        && metric.watches.allSatisfy { $0.state(at: slot) == .none }
                })
            else { return nil }
            return .init(slot: Int32(slot), name: name)
        }
    }
}
