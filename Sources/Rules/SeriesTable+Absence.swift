/// Machines that are no longer reported.
extension SeriesTable {
    /// The number that a poll at `time` has: the next one, or that of the last where both are parts of one round.
    func number(at time: Timestamp) -> Int {
        guard let roundAt, roundAt.duration(to: time) < source.pollSpacing else { return rounds + 1 }
        return rounds
    }

    /// What `poll` means for machines that it does not hold, and for those that are back.
    func judgeAbsences(_ poll: Poll, nextIncident: Int64, _ judgement: inout Judgement) {
        let isNext = number(at: poll.at) > rounds
        let forgotten = Set(judgement.placement.forgotten.map { Int($0.slot) })
        for absence in absences {
            let present = absence.present(in: poll, judgement.placement, slots: machines.slots)
            for watch in absence.watches {
                for slot in present.indices where watch.isFor(slot) {
                    judgement.evaluations += 1
                    if forgotten.contains(slot) {
                        leave(slot, of: watch, .machineForgotten, at: poll.at, &judgement)
                    } else if present[slot] {
                        leave(slot, of: watch, .recovered, at: poll.at, &judgement)
                    } else if isNext {
                        miss(slot, of: watch, in: absence, poll, nextIncident, &judgement)
                    }
                }
            }
        }
    }

    private func leave(
        _ slot: Int, of watch: Watch, _ resolution: Incident.Resolution, at time: Timestamp,
        _ judgement: inout Judgement
    ) {
        switch watch.state(at: slot) {
        case .none: return
        case .held: if let incident = watch.held[slot] { judgement.released.append(incident) }
        case .open:
            guard var incident = watch.incidents[slot] else { return }
            if resolution == .recovered { incident.lastValue = 0 }
            let ended = incident.resolved(resolution, at: time)
            judgement.events.append(Event(kind: .resolved, at: time, incident: ended, evidence: []))
        }
        judgement.changes.append(.init(rule: watch.number, slot: slot, incident: nil))
    }

    private func miss(
        _ slot: Int, of watch: Watch, in absence: Absence, _ poll: Poll, _ nextIncident: Int64,
        _ judgement: inout Judgement
    ) {
        switch watch.state(at: slot) {
        case .held: return
        case .open:
            guard var incident = watch.incidents[slot] else { return }
            incident.lastValue += 1
            incident.peak = incident.lastValue
            judgement.progress.append(incident)
            judgement.changes.append(.init(rule: watch.number, slot: slot, incident: incident))
        case .none:
            guard let last = absence.lastSeen(slot), let limit = watch.rule.missingPolls,
                let machine = machines[slot], case let polls = rounds + 1 - last.number, polls >= limit
            else { return }
            let incident = watch.rule.incident(
                nextIncident + Int64(judgement.opened), of: machine, source, missing: polls,
                lastSeen: last.at, at: poll.at, rulesVersion: rulesVersion)
            judgement.events.append(Event(kind: .opened, at: poll.at, incident: incident, evidence: []))
            judgement.opened += 1
            judgement.changes.append(.init(rule: watch.number, slot: slot, incident: incident))
        }
    }

    /// Remembers which machines a poll holds.
    mutating func adoptAbsences(_ judgement: Judgement, of poll: Poll) {
        guard !absences.isEmpty else { return }
        let next = number(at: poll.at)
        if next > rounds { (rounds, roundAt) = (next, poll.at) }
        for index in absences.indices {
            for member in judgement.placement.forgotten { absences[index].forget(Int(member.slot)) }
            let present = absences[index].present(in: poll, judgement.placement, slots: machines.slots)
            for slot in present.indices where present[slot] {
                absences[index].see(slot, in: rounds, at: poll.at)
            }
        }
    }
}

/// How it is known after a start which machines were missing before.
extension SeriesTable {
    /// How many of the last polls to go back to; nil when no rule asks whether machines are missing.
    ///
    /// Beyond what the rules count, so that those which count less since an edit still know; a machine that was gone
    /// before that stays untold, as one that is gone for good.
    public var absenceReach: Int? {
        absences.flatMap(\.watches).compactMap(\.rule.missingPolls).max().map { $0 + 100 }
    }

    /// Numbers the polls of a source, oldest first; those of the poll at each of `times` are to be given to `see`.
    public mutating func number(polls times: [Timestamp]) -> [Int] {
        times.map { time in
            let next = number(at: time)
            if next > rounds { (rounds, roundAt) = (next, time) }
            return rounds
        }
    }

    /// Remembers stored samples of one metric in the poll of a number; `values` are by slot, NaN where there is none.
    public mutating func see(
        _ metric: String, _ values: [Double], firstSlot: Int, in number: Int, at time: Timestamp
    ) {
        for index in absences.indices where absences[index].metric == nil || absences[index].metric == metric
        {
            for (offset, value) in values.enumerated()
            where !value.isNaN && machines[firstSlot + offset] != nil {
                absences[index].see(firstSlot + offset, in: number, at: time)
            }
        }
    }

    /// Whether it is known of each machine when it was last reported, so that older polls say nothing new.
    public var knowsLastSeen: Bool {
        absences.allSatisfy { absence in
            (0..<machines.slots).allSatisfy { machines[$0] == nil || absence.lastSeen($0) != nil }
        }
    }
}
