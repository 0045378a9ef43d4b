import Glibc
import Rules

extension TimeSource {
    /// The clocks of the machine.
    static let system = TimeSource(
        now: {
            var time = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        },
        sleep: { try? await Task.sleep(for: $0, clock: .continuous) })
}
