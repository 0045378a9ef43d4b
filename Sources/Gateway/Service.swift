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
    let health = Health()
    let cache = ResponseCache()
    let inbox = Inbox()
    let intake = Intake()
    let sources = Mailbox<[Source]>()
    let dispatcher: Dispatcher
    let client: HTTPClient

    /// How long requests under way may go on after a signal to stop.
    static let grace = Duration.seconds(6)
    /// How often what is past its retention is looked for.
    static let retentionInterval = Duration.seconds(60)

    /// Opens the store and everything that is needed to run. Blocks; not for Swift's shared threads.
    init(log: Log, time: TimeSource, storage: StorageSettings) throws {
        self.log = log
        self.time = time
        let client = try HTTPClient(userAgent: "alert-gateway/\(Main.version)")
        let instance = Crypto.randomHex(bytes: 8) ?? "\(time.now().milliseconds)"
        let store = try StoreWriter(path: storage.path, newInstance: instance, now: time.now)
        self.client = client
        self.store = store
        let observer = DispatchObserver(log: log, health: health)
        dispatcher = Dispatcher(
            store: store, time: time, send: { await client.send($0) }, observe: { observer.note($0) })
    }

    /// Runs until `stop` has an element, then ends in order: polls, commits, deliveries.
    func run(_ configuration: Configuration, stop: Mailbox<String>) async throws {
        var judge = Judge(self, pipeline: try await Pipeline(store: store, now: time.now))
        try await judge.start(configuration)
        await withTaskGroup(of: Void.self) { enduring in
            enduring.addTask { [judge] in
                var judge = judge
                await judge.run()
            }
            enduring.addTask { await dispatcher.run() }
            await withTaskGroup(of: Void.self) { feeders in
                feeders.addTask { await pollSources() }
                feeders.addTask { await prune(configuration.storage) }
                let reason = await stop.take()?.first ?? "cancelled"
                log.info("stopping", ["reason": reason])
                feeders.cancelAll()
            }
            inbox.close()
            dispatcher.stop(grace: Self.grace)
        }
        client.close()
    }

    /// Polls the sources; each new set of them replaces the poller of the one before.
    private func pollSources() async {
        var next = await sources.take()?.last
        while let current = next {
            next = await withTaskGroup(of: Void.self) { group in
                group.addTask { await poller(of: current).run() }
                let next = await sources.take()?.last
                group.cancelAll()
                return next
            }
        }
    }

    private func poller(of sources: [Source]) -> Poller {
        let last = health.sources.compactMap { status in status.lastPoll.map { (status.name, $0) } }
        return Poller(
            sources, lastPolls: Dictionary(uniqueKeysWithValues: last), memories: health.memories,
            send: { [client] in await client.send($0) },
            readFile: { path throws(FileError) in try FileReader.bytes(at: path) },
            time: time, deliver: { _ = receive($0) })
    }

    /// Takes samples that were pushed.
    func push(_ push: Intake.Push) -> Intake.Result {
        // What comes when the gateway stops is not to be lost with a 202.
        intake.take(push, at: time.now()) { !inbox.isClosed && receive($0) }
    }

    /// Takes what came of a poll; false when its samples cannot be held.
    private func receive(_ outcome: PollOutcome) -> Bool {
        for transition in health.note(outcome) { tell(transition, of: outcome.source) }
        guard case .success(let reading) = outcome.result else { return true }
        let isHeld = inbox.put(reading.poll)
        if !isHeld {
            log.error(
                "poll dropped: polls that wait for the store fill their memory",
                ["source": outcome.source, "limit_bytes": Inbox.limit])
        }
        return isHeld
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

    private func prune(_ storage: StorageSettings) async {
        while !Task.isCancelled {
            let now = time.now()
            do {
                while try await store.prune(
                    samplesBefore: now.advanced(by: .zero - storage.keepSamples),
                    incidentsBefore: now.advanced(by: .zero - storage.keepIncidents)), !Task.isCancelled
                {}
            } catch {
                log.debug("retention waits for the store", ["error": error])
            }
            await time.sleep(Self.retentionInterval)
        }
    }
}

extension SourceStatus {
    /// When the last poll ended, however it did.
    fileprivate var lastPoll: Timestamp? { [lastSuccess, lastFailure].compactMap { $0 }.max() }
}
