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

    /// Without an `uptime`, the wall clock is taken for one that nobody sets.
    public init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async -> Void,
        uptime: (@Sendable () -> Duration)? = nil
    ) {
        self.now = now
        self.sleep = sleep
        self.uptime = uptime ?? { .milliseconds(now().milliseconds) }
    }
}
