import Rules
import Synchronization

/// A wall clock that can be set, and the time that passes beside it; both stand until they are moved.
final class SimulatedClock: Sendable {
    private struct State {
        var uptime: Timestamp
        var jump = Duration.zero
    }

    private let state: Mutex<State>

    init(at start: Timestamp) { state = Mutex(State(uptime: start)) }

    /// Time that nobody sets, as a moment, for the agenda.
    var uptime: Timestamp { state.withLock(\.uptime) }
    var wall: Timestamp { state.withLock { $0.uptime.advanced(by: $0.jump) } }

    func move(to moment: Timestamp) { state.withLock { $0.uptime = moment } }
    func set(by jump: Duration) { state.withLock { $0.jump += jump } }

    var source: TimeSource {
        TimeSource(
            now: { self.wall }, sleep: { _ in },
            uptime: { .milliseconds(self.uptime.milliseconds) },
            clocks: { Clocks(wall: self.wall, uptime: .milliseconds(self.uptime.milliseconds)) })
    }
}
