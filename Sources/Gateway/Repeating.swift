import Dispatch
import Rules

/// Does something again and again, until it is let go.
final class Repeating {
    private let timer: any DispatchSourceTimer

    /// Calls `work` on `queue` after each `interval`.
    init(every interval: Duration, on queue: DispatchQueue, work: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: queue)
        let milliseconds = Int(interval.wholeMilliseconds)
        let pause = DispatchTimeInterval.milliseconds(milliseconds)
        // No need to wake the processor for it alone.
        timer.schedule(
            deadline: .now() + pause, repeating: pause, leeway: .milliseconds(milliseconds / 10))
        timer.setEventHandler(handler: work)
        timer.resume()
    }

    deinit { timer.cancel() }
}
