/// How a machine stands with a rule after a sample, and what that follows from.
public struct Standing: Hashable, Sendable {
    /// The samples of the window, oldest first; while it is filling, those that it has.
    public let samples: [Sample]
    /// What they come to: the aggregate, or in how many polls the machine was missing. Nil while it is not known.
    public let value: Double?
    public let verdict: Verdict
    /// What the rule remembered of the machine before the sample.
    public let state: State
    /// Since when the verdict has held that is to turn the state; nil when it does not hold, or the rule does not wait.
    public let since: Timestamp?
    /// Whether the state turns with this sample: an incident opens, or the open one ends.
    public let turns: Bool

    public enum State: Sendable {
        case calm
        /// It has an incident.
        case open
        /// Its incident was resolved by hand, and the breach goes on.
        case held
    }
}

extension SeriesTable {
    /// How `machine` stands with the rule `name` once `poll`, which is not adopted yet, is in.
    ///
    /// Nil when the poll has no sample of it that is newer than the last; of a rule that asks whether it is missing,
    /// when it was never seen.
    public func standing(of machine: String, by name: String, in poll: Poll) -> Standing? {
        let placement = place(poll)
        guard let slot = (placement.index ?? machines).slot(of: machine).map(Int.init) else { return nil }
        for metric in metrics {
            guard let watch = metric.watches.first(where: { $0.rule.name == name }),
                let number = poll.metrics.firstIndex(of: metric.name)
            else { continue }
            var value: Double?
            PollColumn(number, of: poll, placement).forEachSample { _, place, sample in
                if place == slot { value = sample }
            }
            return value.flatMap { standing(of: slot, by: watch, $0, at: poll.at, in: metric.rings) }
        }
        for absence in absences {
            guard let watch = absence.watches.first(where: { $0.rule.name == name }) else { continue }
            let present = absence.present(in: poll, placement, slots: max(machines.slots, slot + 1))
            return standing(of: slot, by: watch, in: absence, isPresent: present[slot], at: poll.at)
        }
        return nil
    }

    private func standing(
        of slot: Int, by watch: Watch, _ value: Double, at time: Timestamp, in rings: SeriesRings
    ) -> Standing? {
        guard let run = rings.run(of: slot, before: time.milliseconds) else { return nil }
        let reading = watch.reading(value, of: slot, run: run, at: time.milliseconds, in: rings)
        let verdict = reading?.verdict ?? .warming
        let since =
            watch.waits ? watch.holdingSince(slot, after: verdict, run: run, at: time.milliseconds) : nil
        let state = watch.state(at: slot)
        let turns =
            watch.waits
            ? watch.turns(slot, since: since ?? Watch.never, at: time.milliseconds)
            : verdict == (state == .none ? .breach : .ok)
        return Standing(
            samples: rings.samples(of: slot, reach: reading?.reach ?? run) + [Sample(at: time, value: value)],
            value: reading?.aggregate, verdict: verdict, state: Standing.State(state),
            since: since.map(Timestamp.init(milliseconds:)), turns: turns)
    }

    private func standing(
        of slot: Int, by watch: Watch, in absence: Absence, isPresent: Bool, at time: Timestamp
    ) -> Standing? {
        let missed: Int
        if isPresent {
            missed = 0
        } else if let last = absence.lastSeen(slot) {
            missed = number(at: time) - last.number
        } else {
            return nil
        }
        let state = watch.state(at: slot)
        // As `miss` and `leave` have it: it ends with the first poll that holds the machine.
        let limit = state == .none ? watch.rule.missingPolls ?? 1 : 1
        let verdict: Verdict = missed >= limit ? .breach : .ok
        return Standing(
            samples: [], value: Double(missed), verdict: verdict, state: Standing.State(state), since: nil,
            turns: verdict == (state == .none ? .breach : .ok))
    }
}

extension Standing.State {
    fileprivate init(_ state: SeriesTable.State) {
        switch state {
        case .none: self = .calm
        case .open: self = .open
        case .held: self = .held
        }
    }
}
