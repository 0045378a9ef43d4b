import Rules
import Synchronization

/// A wall clock that stands until it is moved.
final class VirtualClock: Sendable {
    private let time: Mutex<Timestamp>

    init(at start: Timestamp) {
        time = Mutex(start)
    }

    var now: Timestamp { time.withLock { $0 } }

    func move(to later: Timestamp) { time.withLock { $0 = later } }

    /// The clock as it is handed to the parts of a gateway; whoever drives them never lets them sleep.
    var source: TimeSource { TimeSource(now: { self.now }, sleep: { _ in }) }
}
