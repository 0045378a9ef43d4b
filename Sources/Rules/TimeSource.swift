/// Time, as it is handed to everything that tells it or waits.
///
/// Moments are of the wall clock; waiting runs on the monotonic one, so that a clock that is set does not
/// stretch a wait.
public struct TimeSource: Sendable {
    public let now: @Sendable () -> Timestamp
    /// Returns after the duration, or at once when the task is cancelled.
    public let sleep: @Sendable (Duration) async -> Void

    public init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}
