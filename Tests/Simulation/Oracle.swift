/// What the rules mean, in their plainest words: every sample is kept, and nothing is remembered of a window.
struct Oracle {
    struct Place: Hashable {
        let source: String
        let rule: String
        let machine: String
    }

    private struct Series: Hashable {
        let source: String
        let metric: String
        let machine: String
    }

    private typealias Sample = (at: Int64, value: Double)

    enum State { case open, held }

    /// An incident that begins or ends.
    struct Turn: Hashable, CustomStringConvertible {
        let place: Place
        let opens: Bool
        /// The aggregate; nil for one that ends without a sample.
        let value: Double?

        var description: String {
            "\(opens ? "opened" : "resolved") \(place.rule) on \(place.source)/\(place.machine)"
                + (value.map { " at \($0)" } ?? "")
        }
    }

    private(set) var states: [Place: State] = [:]
    private var samples: [Series: [Sample]] = [:]
    /// Who was reported by each poll of a source.
    private var polls: [String: [Set<String>]] = [:]
    /// Who was reported by any.
    private var known: [String: Set<String>] = [:]
    private var rules: [PlainRule] = []

    /// Goes over to other rules: what ends with that.
    mutating func adopt(_ next: [PlainRule]) -> Set<Turn> {
        var turns: Set<Turn> = []
        for (place, state) in states {
            let former = rules.first { $0.name == place.rule }
            let rule = next.first { $0.name == place.rule }
            if let rule, rule.metric == former?.metric, rule.isOfAbsence == former?.isOfAbsence,
                place.machine.hasPrefix(rule.machines)
            {
                continue
            }
            states[place] = nil
            if state == .open { turns.insert(Turn(place: place, opens: false, value: nil)) }
        }
        rules = next
        return turns
    }

    /// Somebody resolved an incident by hand.
    mutating func hold(_ place: Place) { states[place] = .held }

    /// Takes a poll whose samples are of the time `at`, in milliseconds: what begins and ends with it.
    mutating func take(_ report: Report, of source: String, at time: Int64) -> Set<Turn> {
        var turns: Set<Turn> = []
        let named = Set(report.rows.map(\.machine))
        polls[source, default: []].append(named)
        known[source, default: []].formUnion(named)
        for machine in known[source, default: []] {
            for rule in rules where machine.hasPrefix(rule.machines) {
                guard case .missing(let limit) = rule.window else { continue }
                let place = Place(source: source, rule: rule.name, machine: machine)
                if let turn = judgeAbsence(place, limit) { turns.insert(turn) }
            }
        }
        for row in report.rows {
            for (metric, value) in row.values {
                samples[Series(source: source, metric: metric, machine: row.machine), default: []]
                    .append((time, value))
            }
            for rule in rules
            where row.machine.hasPrefix(rule.machines) && row.values[rule.metric] != nil && !rule.isOfAbsence
            {
                let place = Place(source: source, rule: rule.name, machine: row.machine)
                if let turn = judge(place, by: rule) { turns.insert(turn) }
            }
        }
        return turns
    }

    /// A machine that was reported once is missed when none of the last polls has named it.
    private mutating func judgeAbsence(_ place: Place, _ limit: Int) -> Turn? {
        let missed = polls[place.source, default: []].reversed().prefix { !$0.contains(place.machine) }
            .count
        if missed == 0 {
            return states.removeValue(forKey: place) == .open
                ? Turn(place: place, opens: false, value: 0) : nil
        }
        guard missed >= limit, states[place] == nil else { return nil }
        states[place] = .open
        return Turn(place: place, opens: true, value: Double(missed))
    }

    private mutating func judge(_ place: Place, by rule: PlainRule) -> Turn? {
        let series = Series(source: place.source, metric: rule.metric, machine: place.machine)
        let run = unbroken(samples[series] ?? [])
        let state = states[place]
        guard let last = run.last, let value = rule.aggregate(over: run) else { return nil }
        guard rule.turns(value, isOpen: state != nil) else { return nil }
        if state == .held {
            states[place] = nil
            return nil
        }
        // Since when every sample has said so.
        var since = last.at
        for end in run.indices.reversed() {
            guard let value = rule.aggregate(over: run[...end]), rule.turns(value, isOpen: state != nil)
            else {
                break
            }
            since = run[end].at
        }
        guard last.at - since >= (state == nil ? rule.holdFor : rule.keepOpen) * 1000 else { return nil }
        states[place] = state == nil ? .open : nil
        return Turn(place: place, opens: state == nil, value: value)
    }

    /// The samples since the last gap.
    private func unbroken(_ all: [Sample]) -> ArraySlice<Sample> {
        var first = max(0, all.count - 1)
        while first > 0, all[first].at - all[first - 1].at <= RulesText.maxGap * 1000 { first -= 1 }
        return all[first...]
    }
}

extension PlainRule {
    /// Whether the value says that an incident is to begin, or is to end.
    fileprivate func turns(_ value: Double, isOpen: Bool) -> Bool {
        isOpen ? (isAbove ? value <= clear : value >= clear) : (isAbove ? value > limit : value < limit)
    }

    /// Nil while the window is not full.
    fileprivate func aggregate(over run: ArraySlice<(at: Int64, value: Double)>) -> Double? {
        guard let first = run.first, let last = run.last else { return nil }
        let values: [Double]
        switch window {
        case .samples(let count):
            guard run.count >= count else { return nil }
            values = run.suffix(count).map(\.value)
        case .seconds(let length):
            let start = last.at - length * 1000
            guard first.at <= start else { return nil }
            values = run.filter { $0.at > start }.map(\.value)
        case .missing: return nil
        }
        switch aggregate {
        case "min": return values.min()
        case "max": return values.max()
        case "last": return values.last
        default: return values.reduce(0, +) / Double(values.count)
        }
    }
}
