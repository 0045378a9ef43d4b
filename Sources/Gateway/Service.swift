import Collector
import Dispatch
import Glibc
import HTTP
import Notifiers
import Rules
import Store

/// The running gateway: every part, what it is handed, and the order in which they stop.
struct Service: Sendable {
    let log: Log
    let time: TimeSource
    let store: StoreWriter
    /// The path of the database.
    let database: String
    let health = Health()
    let cache = ResponseCache()
    let news = News()
    let tally = Tally()
    let inbox: Inbox
    let intake = Intake()
    let files = FileQueue()
    let access: Access
    let sources = Mailbox<[Source]>()
    let heartbeats = Mailbox<Configuration>()
    let dispatcher: Dispatcher
    let manager: ServiceManager
    let send: @Sendable (HTTPRequest) async -> HTTPReply

    /// How often the rules file and those that it names are read again.
    static let rereadInterval = Duration.seconds(60)
    /// How long requests under way may go on after a signal to stop.
    static let grace = Duration.seconds(6)
    /// How long answers of the API may then still take: both together end within 10 s.
    static let serverGrace = Duration.seconds(1)

    /// Opens the store at `database`. Blocks; not for Swift's shared threads.
    ///
    /// `send` carries what is asked of sources and told to webhooks; `jitter`, 0 to 1, spreads retries. The store
    /// runs on `executor`, or on a queue of its own.
    init(
        log: Log, time: TimeSource, database: String, durability: StoreWriter.Durability = .full,
        executor: (any SerialExecutor)? = nil, server: ServerSettings = ServerSettings(),
        manager: ServiceManager = ServiceManager(), inbox: Inbox = Inbox(),
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        send: @escaping @Sendable (HTTPRequest) async -> HTTPReply
    ) throws(StoreError) {
        self.log = log
        self.time = time
        self.database = database
        self.manager = manager
        self.inbox = inbox
        access = Access(server, uptime: time.uptime)
        self.send = send
        let instance = Crypto.randomHex(bytes: 8) ?? "\(time.now().milliseconds)"
        store = try StoreWriter(
            path: database, newInstance: instance, durability: durability, executor: executor,
            now: time.now)
        let observer = DispatchObserver(
            log: log, health: health, tally: tally, now: time.now, say: { inbox.put($0) })
        dispatcher = Dispatcher(
            store: store, time: time, send: send, jitter: jitter, observe: { observer.note($0) })
    }

    /// Runs until `stop` has an element, then ends in order: polls, commits, deliveries.
    func run(_ configuration: Configuration, stop: Mailbox<String>) async throws(StoreError) {
        let aliveAt = try await store.aliveAt()
        var judge = Judge(
            self, pipeline: try await Pipeline(store: store, now: time.now, uptime: time.uptime))
        try await judge.start(configuration)
        MappedCode.release()
        manager.ready()
        await withTaskGroup(of: Void.self) { enduring in
            enduring.addTask { [judge] in
                var judge = judge
                await judge.run()
            }
            enduring.addTask { await dispatcher.run() }
            await withTaskGroup(of: Void.self) { feeders in
                feeders.addTask { await pollSources() }
                feeders.addTask { await keepRetention(configuration.storage, aliveAt: aliveAt) }
                feeders.addTask { await tick() }
                feeders.addTask { await keepIndex() }
                feeders.addTask { await beat() }
                let reason = await stop.take()?.first ?? "cancelled"
                log.info("stopping", ["reason": reason])
                manager.stopping()
                feeders.cancelAll()
            }
            inbox.close()
            dispatcher.stop(grace: Self.grace)
        }
    }

    private func tick() async {
        while !Task.isCancelled {
            await time.sleep(.seconds(1))
            inbox.tick()
        }
    }

    /// Polls the sources. One that an edit of the rules leaves as it is goes on, with a poll that is under way.
    private func pollSources() async {
        var polling: [Source: Task<Void, Never>] = [:]
        while let current = await sources.take()?.last {
            for (source, task) in polling where !current.contains(source) {
                task.cancel()
                await task.value
                polling[source] = nil
            }
            for source in current where polling[source] == nil {
                polling[source] = Task { await poller(of: source).run() }
            }
        }
        for task in polling.values { task.cancel() }
        for task in polling.values { await task.value }
    }

    private func poller(of source: Source) -> Poller {
        let last = health.sources.first { $0.name == source.name }?.lastPoll
        return Poller(
            [source], lastPolls: last.map { [source.name: $0] } ?? [:], memories: health.memories,
            send: send, readFile: { [files] path throws(FileError) in try await files.bytes(at: path) },
            time: time, deliver: { receive($0) })
    }

    /// Takes samples that were pushed.
    func push(_ push: Intake.Push) -> Intake.Result {
        // What comes when the gateway stops is not to be lost with a 202.
        intake.take(push, at: time.now()) { !inbox.isClosed && receive($0) }
    }

    /// Takes note of what came of a poll, and puts what it read in line; false when there is no room for it.
    @discardableResult
    func receive(_ outcome: PollOutcome) -> Bool {
        for transition in health.note(outcome) { tell(transition, of: outcome.source) }
        tellTrouble(after: outcome)
        guard case .success(let reading) = outcome.result else { return true }
        log.debug(
            "polled",
            [
                "source": outcome.source, "machines": reading.poll.machines.count,
                "refused": reading.refusedCount, "duration_ms": outcome.duration.wholeMilliseconds,
            ])
        tellRefusals(of: reading, source: outcome.source)
        // Nothing was understood: that no machine is named says nothing of any.
        if reading.poll.machines.count == 0, reading.refusedCount > 0 { return true }
        let admission = inbox.put(reading.poll)
        if admission == .dropped(isFirst: true) {
            log.error(
                "polls dropped: those that wait for the store fill their memory",
                ["source": outcome.source, "limit_bytes": inbox.limit])
        }
        return admission == .taken
    }

    /// A source that refuses the same record at each poll is told of once, and once when that has ended.
    private func tellRefusals(of reading: PollOutcome.Reading, source: String) {
        for refusal in reading.refusals {
            log.debug("record refused", ["source": source, "record": refusal])
        }
        // When all are refused the source counts as failing, which was told already.
        let isPartly = reading.refusedCount > 0 && reading.poll.machines.count > 0
        switch health.note(.refusedRecords, of: source, isPresent: isPartly) {
        case true?:
            log.warning(
                "records refused; the others are taken",
                [
                    "source": source, "refused": reading.refusedCount,
                    "first": reading.refusals.first?.description ?? "",
                ])
        case false?: log.info("no records refused any more", ["source": source])
        case nil: break
        }
    }

    private func tell(_ transition: SourceStatus.Transition, of source: String) {
        switch transition {
        case .failed(let error): log.warning("source failing", ["source": source, "error": error])
        case .recovered(let failures, let duration):
            log.info(
                "source recovered", ["source": source, "failures": failures, "after": duration.compact])
        case .targetsFailed(let count, let total, let first):
            log.warning(
                "targets failing",
                [
                    "source": source, "failing": count, "of": total, "first": first.target,
                    "error": first.error,
                ])
        case .targetsRecovered: log.info("targets recovered", ["source": source])
        case .targetsFileRefused(let error):
            log.error(
                "targets file refused; the targets it last named are still polled",
                ["source": source, "error": error])
        }
    }
}

extension SourceStatus {
    /// When the last poll ended, however it did.
    fileprivate var lastPoll: Timestamp? { [lastSuccess, lastFailure].compactMap { $0 }.max() }
}
