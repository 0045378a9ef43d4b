public import Rules

/// A time in which more happens than a webhook is to be told one by one.
public struct Storm: Hashable, Sendable {
    public let since: Timestamp
    /// The sequence number of the first delivery that was held back.
    let first: Int64
    /// When the last digest was written.
    public let digestedAt: Timestamp

    /// What becomes of the events that a commit brings a webhook.
    enum Step: Hashable {
        /// Each is told for itself.
        case single
        /// They are held back for the digest of a storm that begins with them.
        case begin
        /// They are held back for the storm's next digest.
        case hold
        /// A digest tells of all so far.
        case update
        /// The last digest tells of all.
        case end
    }

    /// The time over which events are counted, and between two digests.
    static let interval = Duration.seconds(60)

    /// `recent` is how many events there were for the webhook in the last `interval`, those at hand included.
    static func step(_ storm: Storm?, recent: Int, over limit: Int, at time: Timestamp) -> Step {
        guard let storm else { return recent > limit ? .begin : .single }
        guard storm.isDue(at: time) else { return .hold }
        return recent > limit ? .update : .end
    }

    /// When its next digest is due.
    var dueAt: Timestamp { digestedAt.advanced(by: Self.interval) }

    /// Whether its next digest is due.
    public func isDue(at time: Timestamp) -> Bool {
        let age = digestedAt.duration(to: time)
        // A clock that was set back is no reason to wait until it has caught up.
        return age >= Self.interval || age < .zero
    }
}

/// When a webhook that is told by digests would be told of events of the past: decided as for those of the present,
/// of a receiver that takes each message at once.
public struct PastStorms: Sendable {
    private let over: Int
    private var storm: Storm?
    /// The events of the last `Storm.interval`.
    private var recent: [(at: Timestamp, count: Int)] = []
    /// When it is told, and by how many messages.
    public private(set) var told: [(at: Timestamp, messages: Int)] = []

    /// `events` in the order of time, as many as are committed together.
    public init(over: Int, _ events: [(at: Timestamp, count: Int)]) {
        self.over = over
        for (time, count) in events {
            while let storm, storm.dueAt < time { take(0, at: storm.dueAt) }
            take(count, at: time)
        }
        while let storm { take(0, at: storm.dueAt) }
    }

    private mutating func take(_ events: Int, at time: Timestamp) {
        let start = time.advanced(by: .zero - Storm.interval)
        recent.removeAll { $0.at <= start }
        recent.append((time, events))
        let count = recent.reduce(0) { $0 + $1.count }
        switch Storm.step(storm, recent: count, over: over, at: time) {
        case .single: told.append((time, events))
        case .begin:
            storm = Storm(since: time, first: 0, digestedAt: time)
            told.append((time, 1))
        case .hold: break
        case .update:
            storm = storm.map { Storm(since: $0.since, first: $0.first, digestedAt: time) }
            told.append((time, 1))
        case .end:
            storm = nil
            told.append((time, 1))
        }
    }
}

/// What a commit came to, beside what it was given.
public struct Committed: Sendable {
    /// The numbers of the deliveries of its extras, 0 for those that told nothing new.
    public var extras: [Int64] = []
    /// The webhooks that were told by a digest, and what became of their storm.
    public var digests: [(webhook: String, state: DigestState)] = []
    /// The storms that last.
    public var storms: [String: Storm] = [:]

    public init() {}

    public enum DigestState: Sendable {
        case first, update, last
    }
}
