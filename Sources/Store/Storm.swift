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

    /// Whether its next digest is due.
    public func isDue(at time: Timestamp) -> Bool {
        let age = digestedAt.duration(to: time)
        // A clock that was set back is no reason to wait until it has caught up.
        return age >= Self.interval || age < .zero
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
