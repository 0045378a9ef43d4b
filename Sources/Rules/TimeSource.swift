/// Time, as it is handed to everything that tells it or waits.
///
/// Moments are of the wall clock; waiting runs on the monotonic one, so that a clock that is set does not
/// stretch a wait.
public struct TimeSource: Sendable {
    public let now: @Sendable () -> Timestamp
    /// Returns after the duration, or at once when the task is cancelled.
    public let sleep: @Sendable (Duration) async -> Void
    /// How much time has passed since some beginning, whatever the wall clock was set to meanwhile.
    public let uptime: @Sendable () -> Duration

    /// The wall clock and the uptime at the same moment.
    public let clocks: @Sendable () -> Clocks

    /// Without an `uptime`, the wall clock is taken for one that nobody sets. `clocks` is for time that can move by
    /// much between two looks.
    public init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async -> Void,
        uptime: (@Sendable () -> Duration)? = nil, clocks: (@Sendable () -> Clocks)? = nil
    ) {
        self.now = now
        self.sleep = sleep
        self.uptime = uptime ?? { .milliseconds(now().milliseconds) }
        guard let uptime else {
            self.clocks = {
                let wall = now()
                return Clocks(wall: wall, uptime: .milliseconds(wall.milliseconds))
            }
            return
        }
        self.clocks = clocks ?? { Clocks.read(now, uptime) }
    }
}
