public import HTTP
public import Rules

/// Polls every source at its own pace, and hands on what came of it.
public struct Poller: Sendable {
    private let sources: [Source]
    private let lastPolls: [String: Timestamp]
    private let send: @Sendable (HTTPRequest) async -> HTTPReply
    private let time: TimeSource
    private let deliver: @Sendable (PollOutcome) async -> Void

    /// `lastPolls` tells when a source was last polled, by its name, so that a poller that takes the place of
    /// another goes on where that one stopped. A source is not polled again until `deliver` has returned.
    public init(
        _ sources: [Source], lastPolls: [String: Timestamp] = [:],
        send: @escaping @Sendable (HTTPRequest) async -> HTTPReply, time: TimeSource,
        deliver: @escaping @Sendable (PollOutcome) async -> Void
    ) {
        self.sources = sources
        self.lastPolls = lastPolls
        self.send = send
        self.time = time
        self.deliver = deliver
    }

    /// Polls until the task is cancelled; the polls that are then under way are dropped.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for source in sources { group.addTask { await keepPolling(source) } }
        }
    }

    private func keepPolling(_ source: Source) async {
        let (grid, first) = PollGrid.starting(source, lastPoll: lastPolls[source.name], at: time.now())
        var wait = first
        while true {
            await time.sleep(wait)
            guard !Task.isCancelled else { return }
            let outcome = await poll(source)
            guard !Task.isCancelled else { return }
            await deliver(outcome)
            wait = grid.wait(afterPollAt: outcome.startedAt, now: time.now())
        }
    }

    private func poll(_ source: Source) async -> PollOutcome {
        let start = time.now()
        let reply = await send(source.request)
        let result = source.reading(of: reply, at: time.now())
        // The wall clock may have been set back meanwhile.
        let duration = max(.zero, start.duration(to: time.now()))
        return PollOutcome(source: source.name, startedAt: start, duration: duration, result: result)
    }
}

extension Source {
    /// What a reply that had been read at `time` says.
    func reading(of reply: HTTPReply, at time: Timestamp) -> Result<PollOutcome.Reading, SourceFailure> {
        switch reply {
        case .failure(let failure):
            return .failure(.http(failure))
        case .answer(let answer) where !(200...299).contains(answer.status):
            return .failure(.status(answer.status, body: redactedExcerpt(answer.body)))
        case .answer(let answer):
            do throws(DecodeError) {
                return .success(try PollOutcome.Reading(decode(answer), of: self, at: time))
            } catch {
                return .failure(.undecodable(error, body: redactedExcerpt(answer.body)))
            }
        }
    }
}

extension PollOutcome.Reading {
    init(_ decoded: Decoded, of source: Source, at time: Timestamp) throws(DecodeError) {
        let metrics = source.shape.metrics.map(\.name)
        let poll = Poll(
            source: source.name, at: time, metrics: metrics, machines: decoded.machines,
            values: decoded.values)
        guard let poll else { throw .inconsistent }
        self.init(poll: poll, refusals: decoded.refusals, refusedCount: decoded.refusedCount)
    }
}
