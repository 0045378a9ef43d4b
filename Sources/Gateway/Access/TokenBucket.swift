/// So many things at once, and then one more every now and then.
struct TokenBucket {
    private let burst: Int
    private let interval: Duration
    private var left: Int
    private var at: Duration

    /// A full one; times are those of a clock that nobody sets.
    init(_ burst: Int, every interval: Duration, at time: Duration) {
        self.burst = burst
        self.interval = interval
        left = burst
        at = time
    }

    /// Takes one; gives how long there is none where there is none.
    mutating func take(at time: Duration) -> Duration? {
        if let wait = wait(at: time) { return wait }
        left -= 1
        return nil
    }

    /// How long there is none; nil when there is one now.
    mutating func wait(at time: Duration) -> Duration? {
        refill(until: time)
        return left > 0 ? nil : interval - (time - at)
    }

    mutating func isFull(at time: Duration) -> Bool {
        refill(until: time)
        return left == burst
    }

    private mutating func refill(until time: Duration) {
        let count = time > at ? min(burst, Int((time - at) / interval)) : 0
        left = min(burst, left + count)
        at = left == burst ? time : at + interval * count
    }
}
