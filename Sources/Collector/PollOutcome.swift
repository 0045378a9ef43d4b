public import Rules

/// What came of polling one source once.
public struct PollOutcome: Sendable {
    public let source: String
    public let startedAt: Timestamp
    /// From the start of the request to the end of decoding.
    public let duration: Duration
    public let result: Result<Reading, SourceFailure>

    /// A poll, and the records that did not fit into it.
    public struct Reading: Sendable {
        public let poll: Poll
        /// The first of the refused records, at most 20.
        public let refusals: [Refusal]
        /// How many records were refused in all.
        public let refusedCount: Int

        public init(poll: Poll, refusals: [Refusal] = [], refusedCount: Int = 0) {
            self.poll = poll
            self.refusals = refusals
            self.refusedCount = refusedCount
        }
    }

    public init(
        source: String, startedAt: Timestamp, duration: Duration, result: Result<Reading, SourceFailure>
    ) {
        self.source = source
        self.startedAt = startedAt
        self.duration = duration
        self.result = result
    }

    public var endedAt: Timestamp { startedAt.advanced(by: duration) }
}
