/// The wall clock and the monotonic one at the same moment.
public struct Clocks: Sendable {
    public let wall: Timestamp
    public let uptime: Duration

    public init(wall: Timestamp, uptime: Duration) {
        (self.wall, self.uptime) = (wall, uptime)
    }

    /// Reads both. It looks again where so much time lies between the readings that they do not belong together.
    public static func read(
        _ now: () -> Timestamp, _ uptime: () -> Duration
    ) -> Clocks {
        var wall = now()
        for _ in 0..<10 {
            let clocks = Clocks(wall: wall, uptime: uptime())
            wall = now()
            let apart = clocks.wall.duration(to: wall)
            if apart >= .zero, apart < .seconds(1) { return clocks }
        }
        return Clocks(wall: wall, uptime: uptime())
    }

    /// How far the wall clock may move against the monotonic one between two looks without having been set: more
    /// than a clock that is slewed gains in an hour, and than passes between the reading of the two.
    private static let tolerance = Duration.seconds(5)

    /// What the wall clock would say if nobody had set it since `earlier`.
    public func expected(since earlier: Clocks) -> Timestamp {
        earlier.wall.advanced(by: uptime - earlier.uptime)
    }

    /// How far the wall clock was set since `earlier`, back where negative; nil when it was not.
    public func jump(since earlier: Clocks) -> Duration? {
        let jump = expected(since: earlier).duration(to: wall)
        return jump > Self.tolerance || jump < .zero - Self.tolerance ? jump : nil
    }
}
