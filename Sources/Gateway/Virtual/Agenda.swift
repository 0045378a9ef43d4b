import Rules

/// What is going to happen, by time; what is due at the same moment comes in the order in which it was entered.
struct Agenda<Happening> {
    private var entries: [(time: Timestamp, happening: Happening)] = []

    mutating func add(_ happening: Happening, at time: Timestamp) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        entries.insert((time, happening), at: low)
    }

    /// The next thing, taken out; nil when there is none up to and including `end`.
    mutating func next(until end: Timestamp) -> (time: Timestamp, happening: Happening)? {
        guard let first = entries.first, first.time <= end else { return nil }
        return entries.removeFirst()
    }

    mutating func removeAll(where isGone: (Happening) -> Bool) {
        entries.removeAll { isGone($0.happening) }
    }
}
