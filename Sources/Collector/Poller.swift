public import HTTP
public import Rules

/// Polls every source at its own pace, and hands on what came of it.
public struct Poller: Sendable {
    let sources: [Source]
    let lastPolls: [String: Timestamp]
    let memories: [String: SourceMemory]
    let send: @Sendable (HTTPRequest) async -> HTTPReply
    let readFile: @Sendable (String) async throws(FileError) -> [UInt8]
    let time: TimeSource
    let deliver: @Sendable (PollOutcome) async -> Void

    /// `lastPolls` tells when a source was last polled, and `memories` what its counters read, by its name, so
    /// that a poller that takes the place of another goes on where that one stopped. A source is not polled again
    /// until `deliver` has returned. `readFile` is called on Swift's shared threads, and may end when cancelled.
    public init(
        _ sources: [Source], lastPolls: [String: Timestamp] = [:],
        memories: [String: SourceMemory] = [:],
        send: @escaping @Sendable (HTTPRequest) async -> HTTPReply,
        readFile: @escaping @Sendable (String) async throws(FileError) -> [UInt8] = { _ throws(FileError) in
            throw .missing
        },
        time: TimeSource, deliver: @escaping @Sendable (PollOutcome) async -> Void
    ) {
        self.sources = sources
        self.lastPolls = lastPolls
        self.memories = memories
        self.send = send
        self.readFile = readFile
        self.time = time
        self.deliver = deliver
    }

    /// Polls until the task is cancelled; the polls that are then under way are dropped.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for source in sources where !source.isPush {
                group.addTask { await keepPolling(source) }
            }
        }
    }

    private func keepPolling(_ source: Source) async {
        let (grid, first) = PollGrid.starting(source, lastPoll: lastPolls[source.name], at: time.now())
        if let targets = source.targets {
            var loop = TargetLoop(source, targets, on: grid, of: self)
            return await loop.run(firstWait: first)
        }
        var memory = memories[source.name] ?? SourceMemory()
        var wait = first
        while true {
            await time.sleep(wait)
            guard !Task.isCancelled else { return }
            let outcome = await poll(source, with: memory)
            guard !Task.isCancelled else { return }
            memory = outcome.memory
            await deliver(outcome)
            wait = grid.wait(afterPollAt: outcome.startedAt, now: time.now())
        }
    }

    private func poll(_ source: Source, with memory: SourceMemory) async -> PollOutcome {
        let start = time.now()
        let reply = await send(source.request)
        var memory = memory
        let decoded = source.decoded(
            reply, of: source.url.authority, at: time.now(), counters: &memory[target: ""])
        let result = source.reading(decoded, at: time.now())
        // The wall clock may have been set back meanwhile.
        let duration = max(.zero, start.duration(to: time.now()))
        return PollOutcome(
            source: source.name, startedAt: start, duration: duration, result: result, memory: memory)
    }
}

/// What is kept of a source from one poll to the next.
public struct SourceMemory: Sendable {
    /// By the name of the target; that of a source with one URL is empty.
    private var counters: [String: CounterMemory] = [:]

    public init() {}

    subscript(target name: String) -> CounterMemory {
        get { counters[name] ?? CounterMemory() }
        _modify { yield &counters[name, default: CounterMemory()] }
    }

    /// Keeps what is known of these targets alone.
    mutating func keep(_ targets: [Target]) {
        let names = Set(targets.map(\.name))
        counters = counters.filter { names.contains($0.key) }
    }
}

extension Source {
    /// What a reply that had been read at `time` says; `machine` is whose it is unless it says so itself.
    func decoded(
        _ reply: HTTPReply, of machine: String, from url: String? = nil, at time: Timestamp,
        counters: inout CounterMemory
    ) -> Result<Decoded, SourceFailure> {
        switch reply {
        case .failure(let failure):
            return .failure(.http(failure))
        case .answer(let answer) where !(200...299).contains(answer.status):
            return .failure(.status(answer.status, body: redactedExcerpt(answer.body, from: url)))
        case .answer(let answer):
            let document = Document(
                body: answer.body, contentType: answer.fields["content-type"] ?? "", machine: machine,
                isOneMachine: targets != nil, at: time)
            do throws(DecodeError) {
                return .success(try decode(document, counters: &counters))
            } catch {
                return .failure(.undecodable(error, body: redactedExcerpt(answer.body, from: url)))
            }
        }
    }

    func reading(
        _ decoded: Result<Decoded, SourceFailure>, at time: Timestamp
    ) -> Result<PollOutcome.Reading, SourceFailure> {
        decoded.flatMap { decoded in
            do throws(DecodeError) {
                return .success(try PollOutcome.Reading(decoded, of: self, at: time))
            } catch {
                return .failure(.undecodable(error, body: ""))
            }
        }
    }
}

extension PollOutcome.Reading {
    init(_ decoded: Decoded, of source: Source, at time: Timestamp) throws(DecodeError) {
        let poll = Poll(
            source: source.name, at: time, metrics: decoded.metrics, machines: decoded.machines,
            values: decoded.values)
        guard let poll else { throw .inconsistent }
        self.init(poll: poll, refusals: decoded.refusals, refusedCount: decoded.refusedCount)
    }
}
