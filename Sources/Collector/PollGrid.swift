internal import Rules

/// The moments at which one source is polled: an anchor, and every interval after it.
///
/// Moments are of the wall clock but only ever taken modulo the interval, so that a clock that is set by a
/// year moves the grid and stalls nothing.
struct PollGrid {
    let anchor: Timestamp
    let interval: Duration

    /// The grid of a source at start, and how long to wait for its first moment.
    ///
    /// A source that was polled less than an interval ago stays on its grid. Any other is polled within a
    /// second, each at its own moment, so that many sources do not start at once.
    static func starting(_ source: Source, lastPoll: Timestamp?, at now: Timestamp) -> (PollGrid, Duration) {
        if let lastPoll, lastPoll <= now, lastPoll.duration(to: now) < source.interval {
            let wait = source.interval - lastPoll.duration(to: now)
            return (PollGrid(anchor: lastPoll, interval: source.interval), wait)
        }
        let spread = max(1, min(source.interval, .seconds(1)).wholeMilliseconds)
        let offset = Duration.milliseconds(Int64(source.name.fnv1a % UInt64(spread)))
        return (PollGrid(anchor: now.advanced(by: offset), interval: source.interval), offset)
    }

    /// How long to wait after a poll: to the next moment of the grid that is not about the one just served.
    func wait(afterPollAt start: Timestamp, now: Timestamp) -> Duration {
        let step = max(1, interval.wholeMilliseconds)
        let phase = anchor.duration(to: now).wholeMilliseconds % step
        let untilNext = step - (phase < 0 ? phase + step : phase)
        // A sleep may end a little early; then the moment it was meant for is still ahead.
        let sinceStart = max(0, start.duration(to: now).wholeMilliseconds)
        let isAboutThisPoll = sinceStart < step / 2 && untilNext + sinceStart < step / 2
        return .milliseconds(isAboutThisPoll ? untilNext + step : untilNext)
    }
}

extension String {
    /// The 64-bit FNV-1a hash of the UTF-8, the same in every process.
    var fnv1a: UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
