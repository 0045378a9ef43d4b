/// A time span in which incidents that match are recorded and not pushed: made by a person, or a maintenance window
/// of the rules file, which is a silence that may recur.
public struct Silence: Hashable, Sendable {
    public enum Origin: Hashable, Sendable {
        /// Made by a person; 0 until the store has numbered it.
        case made(Int64)
        case maintenance(String)
    }

    public enum Schedule: Hashable, Sendable {
        /// From one moment up to another.
        case once(from: Timestamp, until: Timestamp)
        case weekly(WeeklySpans)
    }

    public var origin: Origin
    public let matcher: Matcher
    public var schedule: Schedule
    public let by: String?
    public let reason: String?
    /// When it was made; nil for one of the rules file.
    public let createdAt: Timestamp?

    public init(
        _ origin: Origin, matcher: Matcher, schedule: Schedule, by: String? = nil, reason: String? = nil,
        createdAt: Timestamp? = nil
    ) {
        self.origin = origin
        self.matcher = matcher
        self.schedule = schedule
        self.by = by
        self.reason = reason
        self.createdAt = createdAt
    }

    /// What an incident says that it was held by: `silence 3`, `maintenance nightly`.
    public var name: String {
        switch origin {
        case .made(let number): "silence \(number)"
        case .maintenance(let name): "maintenance \(name)"
        }
    }

    public func isActive(at time: Timestamp) -> Bool {
        switch schedule {
        case .once(let from, let until): from <= time && time < until
        case .weekly(let spans): spans.contain(time)
        }
    }

    /// Whether it will never be active again.
    public func isOver(at time: Timestamp) -> Bool {
        if case .once(_, let until) = schedule { until <= time } else { false }
    }
}

/// Times of the week, by the clocks of a zone.
public struct WeeklySpans: Hashable, Sendable {
    /// Minutes since Monday 00:00, the end excluded; one that runs past Sunday goes on beyond 10,080.
    public struct Span: Hashable, Sendable {
        public let start: Int
        public let end: Int

        public init(start: Int, end: Int) {
            self.start = start
            self.end = end
        }
    }

    public let spans: [Span]
    public let zone: Zone
    /// The spans as the rules file gives them.
    public let text: String

    public init(_ spans: [Span], zone: Zone, text: String) {
        self.spans = spans
        self.zone = zone
        self.text = text
    }

    static let week = 7 * 24 * 60

    /// Clocks that are set forward skip what lies between; set back, they show an hour twice, and either counts.
    func contain(_ time: Timestamp) -> Bool {
        let local = time.milliseconds + Int64(zone.offset(at: time)) * 1000
        // 1970-01-01 was a Thursday.
        let minutes = Int(local.flooredDivision(by: 60_000).quotient) + 3 * 24 * 60
        let ofWeek = ((minutes % Self.week) + Self.week) % Self.week
        return spans.contains { span in
            (span.start..<span.end).contains(ofWeek) || (span.start..<span.end).contains(ofWeek + Self.week)
        }
    }
}

extension Int64 {
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
