import Glibc
import Rules
// Where a statically linked runtime shows `timeval`.
import SwiftOverlayShims

extension TimeSource {
    /// The clocks of the machine.
    static let system = TimeSource(
        now: {
            var time = timeval()
            unsafe gettimeofday(&time, nil)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_usec) / 1000)
        },
        sleep: { try? await Task.sleep(for: $0, clock: .continuous) },
        uptime: { start.duration(to: .now) })

    private static let start = ContinuousClock.now
}
