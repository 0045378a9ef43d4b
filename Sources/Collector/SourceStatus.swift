public import Rules

/// How one source is doing, folded from the outcomes of its polls.
public struct SourceStatus: Sendable {
    public let name: String
    /// The URL without userinfo and query.
    public let url: String
    public private(set) var state = State.unknown
    /// When the state began; nil before the first poll.
    public private(set) var since: Timestamp?
    public private(set) var lastSuccess: Timestamp?
    public private(set) var lastFailure: Timestamp?
    /// What was wrong at `lastFailure`, in one line.
    public private(set) var lastError: String?
    public private(set) var lastDuration: Duration?
    public private(set) var polls = 0
    /// The records of the last poll.
    public private(set) var last = Records()
    /// The records of all polls.
    public private(set) var total = Records()
    /// The first of the records that the last poll refused, at most 20.
    public private(set) var refusals: [Refusal] = []
    /// How its targets do; nil for a source that has one URL, or was not polled yet.
    public private(set) var targets: TargetsStatus?
    /// The failures since the last success.
    public private(set) var failures = 0

    public enum State: String, CaseIterable, Sendable {
        /// Not polled yet. Next: `healthy`, `failing`.
        case unknown
        /// The last poll gave records, or none and had none to give. Next: `failing`.
        case healthy
        /// The last poll failed, or refused every record. Next: `healthy`.
        case failing
    }

    public struct Records: Hashable, Sendable {
        public var taken = 0
        public var refused = 0
    }

    /// A change of state that is worth a line in the log.
    public enum Transition: Hashable, Sendable {
        case failed(error: String)
        case recovered(afterFailures: Int, duration: Duration)
        /// Some of the targets began to fail, after all had answered.
        case targetsFailed(count: Int, total: Int, first: TargetsStatus.Failure)
        case targetsRecovered
        case targetsFileRefused(error: String)
    }

    public init(of source: Source) {
        name = source.name
        url = source.shownURL
    }

    /// Takes an outcome in; there is no transition when the state stays, or begins as healthy.
    public mutating func note(_ outcome: PollOutcome) -> [Transition] {
        polls += 1
        lastDuration = outcome.duration
        let transition = noteResult(of: outcome)
        return [transition].compactMap { $0 } + (outcome.targets.map { note($0) } ?? [])
    }

    private mutating func noteResult(of outcome: PollOutcome) -> Transition? {
        switch outcome.result {
        case .success(let reading):
            count(reading)
            if let error = reading.wholeRefusal { return fail(error, at: outcome.endedAt) }
            return succeed(at: outcome.endedAt)
        case .failure(let failure):
            last = Records()
            refusals = []
            return fail(failure.description, at: outcome.endedAt)
        }
    }

    private mutating func note(_ next: TargetsStatus) -> [Transition] {
        defer { targets = next }
        var transitions: [Transition] = []
        if let error = next.fileError, error != targets?.fileError {
            transitions.append(.targetsFileRefused(error: error))
        }
        // When all of them fail the source does, which is told already.
        let before = targets?.failing ?? 0
        if before == 0, next.failing < next.total, let first = next.failures.first {
            transitions.append(.targetsFailed(count: next.failing, total: next.total, first: first))
        } else if before > 0, next.failing == 0 {
            transitions.append(.targetsRecovered)
        }
        return transitions
    }

    private mutating func count(_ reading: PollOutcome.Reading) {
        last = Records(taken: reading.poll.machines.count, refused: reading.refusedCount)
        total.taken += last.taken
        total.refused += last.refused
        refusals = reading.refusals
    }

    private mutating func fail(_ error: String, at time: Timestamp) -> Transition? {
        lastFailure = time
        lastError = error
        failures += 1
        guard state != .failing else { return nil }
        state = .failing
        since = time
        return .failed(error: error)
    }

    private mutating func succeed(at time: Timestamp) -> Transition? {
        lastSuccess = time
        guard state != .healthy else { return nil }
        let (before, began, count) = (state, since ?? time, failures)
        state = .healthy
        since = time
        failures = 0
        guard before == .failing else { return nil }
        return .recovered(afterFailures: count, duration: max(.zero, began.duration(to: time)))
    }
}

extension PollOutcome.Reading {
    /// What to say of a response that had records and none that fits: most likely its shape is described wrongly.
    fileprivate var wholeRefusal: String? {
        guard poll.machines.count == 0, let first = refusals.first else { return nil }
        // A page without any of the metrics; lines that were refused may tell why.
        if first.place == .page { return refusals.prefix(2).map(\.description).joined(separator: "; ") }
        return "refused all \(refusedCount) records; \(first)"
    }
}
