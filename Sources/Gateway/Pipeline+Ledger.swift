import Rules
import Store

extension Pipeline {
    /// How long the process may be silent without having been down.
    private static let longestSilence = Duration.seconds(30)
    /// How often the database is told that the process is alive.
    private static let aliveInterval = Duration.seconds(10)

    func isAliveMarkDue(at time: Timestamp) -> Bool {
        guard let aliveAt else { return true }
        // A clock that was set back is no reason to wait until it has caught up.
        let since = aliveAt.duration(to: time)
        return since >= Self.aliveInterval || since <= .zero - Self.aliveInterval
    }

    /// What a start says of the time since a process was last alive: an interval, told as an incident of its own.
    ///
    /// The mark moves in the same commit, so that it is told once.
    func absence(until time: Timestamp) -> Step {
        var step = Step()
        if let start = aliveAt, start.duration(to: time) > Self.longestSilence {
            let message =
                "the gateway was down for \(start.duration(to: time).inWholeSeconds.compact); "
                + "nothing was watched from \(start) to \(time)"
            let key = Trouble.Key(rule: .blind, subject: OwnRule.source)
            step = past(key, message, from: start, to: time)
            step.ledger = .interval(.down, from: start, to: time)
        }
        step.alive = time
        return step
    }

    /// How far the wall clock was set since the last tick, if it was.
    func clockJump(at clocks: Clocks) -> (by: Duration, step: Step)? {
        guard let lastTick, let jump = clocks.jump(since: lastTick) else { return nil }
        let expected = clocks.expected(since: lastTick)
        var step = Step()
        step.ledger = .interval(
            .clock, from: min(expected, clocks.wall), to: max(expected, clocks.wall))
        return (jump, step)
    }
}

extension [LedgerEntry] {
    /// An interval of the gateway as a whole that is known once it is over.
    fileprivate static func interval(
        _ kind: BlindInterval.Kind, from start: Timestamp, to end: Timestamp
    ) -> [LedgerEntry] {
        [
            .began(kind, subject: OwnRule.source, at: start),
            .ended(kind, subject: OwnRule.source, at: end),
        ]
    }
}

extension Duration {
    fileprivate var inWholeSeconds: Duration { .milliseconds(wholeMilliseconds / 1000 * 1000) }
}
