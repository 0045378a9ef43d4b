public import Rules

/// What came of polling one source once.
public struct PollOutcome: Sendable {
    public let source: String
    public let startedAt: Timestamp
    /// From the start of the request to the end of decoding.
    public let duration: Duration
    public let result: Result<Reading, SourceFailure>
    /// How the targets do; nil for a source that has one URL.
    public let targets: TargetsStatus?
    /// What the next poll needs of this one.
    public let memory: SourceMemory

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
        source: String, startedAt: Timestamp, duration: Duration, result: Result<Reading, SourceFailure>,
        targets: TargetsStatus? = nil, memory: SourceMemory = SourceMemory()
    ) {
        self.source = source
        self.startedAt = startedAt
        self.duration = duration
        self.result = result
        self.targets = targets
        self.memory = memory
    }

    public var endedAt: Timestamp { startedAt.advanced(by: duration) }
}

/// How the targets of a source do.
public struct TargetsStatus: Hashable, Sendable {
    public var total = 0
    public var failing = 0
    /// The first of those that fail, at most 20, by name.
    public var failures: [Failure] = []
    /// What is wrong with the file of targets; those that it last named are still polled.
    public var fileError: String?

    public struct Failure: Hashable, Sendable {
        public let target: String
        /// When it began to fail.
        public let since: Timestamp
        /// What was wrong last, in one line.
        public let error: String
    }

    public init() {}
}
