/// When incidents of a rule open and resolve so often on one machine that people are told once of that, and then
/// only of what is true when it is over.
public struct Flapping: Hashable, Sendable {
    /// How many changes within `span` are told one by one; 2 to 100.
    public let changes: Int
    public let span: Duration
    /// It is over once nothing has changed for this long; at most `span`.
    public let steady: Duration

    public init(changes: Int, in span: Duration, steady: Duration? = nil) {
        self.changes = changes
        self.span = span
        self.steady = steady ?? span / 2
    }

    /// An opening or a resolve on record.
    public struct Change: Hashable, Sendable {
        public let at: Timestamp
        /// Whether it was flapping then.
        public let isFlapping: Bool

        public init(at: Timestamp, isFlapping: Bool) {
            self.at = at
            self.isFlapping = isFlapping
        }
    }

    /// What a change at `time` comes to.
    public enum Verdict: Hashable, Sendable {
        case calm
        /// One too many; `count` changes since `first`.
        case begins(count: Int, first: Timestamp)
        case goesOn
    }

    /// What a change at `time` comes to after the changes `before` it: at least the last `changes` of them, newest
    /// first.
    public func verdict(at time: Timestamp, before: [Change]) -> Verdict {
        if let end = end(after: before), time < end { return .goesOn }
        // A time without changes, and what flapped before it, is over and done with.
        var (count, first) = (1, time)
        for change in before {
            let isRecent = change.at.advanced(by: span) > time && change.at.advanced(by: steady) > first
            guard isRecent, !change.isFlapping else { break }
            (count, first) = (count + 1, change.at)
        }
        return count > changes ? .begins(count: count, first: first) : .calm
    }

    /// When it is over unless something changes meanwhile; nil when it is not flapping after `changes`, newest first.
    public func end(after changes: [Change]) -> Timestamp? {
        guard let last = changes.first, last.isFlapping else { return nil }
        return last.at.advanced(by: steady)
    }

    /// `cpu-high of 10.0.0.7 is flapping: 6 changes in the last 48m; held until it is steady for 30m`.
    public func note(on incident: Incident, count: Int, first: Timestamp, at time: Timestamp) -> String {
        let passed = max(1, first.duration(to: time).wholeMilliseconds / 1000)
        let shown = passed >= 120 ? "\(passed / 60)m" : "\(passed)s"
        return "\(incident.rule) of \(incident.machine) is flapping: \(count) changes in the last \(shown); "
            + "held until it is steady for \(steady.compact)"
    }
}
