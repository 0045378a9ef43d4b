import Collector
import HTTP
import Notifiers
import Rules
import Store

/// The gateway on a clock, a network and sources that are handed in.
///
/// Rules, windows, store and dispatcher are those of `gateway run`, each commit a real one; only nothing waits,
/// since time moves on to the next thing that happens. The same happenings give the same history.
struct VirtualGateway {
    /// What a receiver says to an attempt, and after how long.
    struct Answer: Sendable {
        var reply: HTTPReply
        var after = Duration.zero
    }

    /// A request that the gateway made, and what it was answered.
    struct Sent: Sendable {
        let at: Timestamp
        let parcel: Dispatcher.Parcel
        let answer: Answer
    }

    private enum Happening {
        /// Something that a source says or fails to.
        case poll(PollOutcome)
        case restart
        case tick
        /// An end of what the process has begun; gone with it.
        case call(@Sendable () -> Void)

        var isOfProcess: Bool { if case .call = self { true } else { false } }
    }

    /// What a crash takes along.
    private struct Process {
        let service: Service
        var judge: Judge
        var dispatch: DispatchSteps
    }

    private let configuration: Configuration
    private let database: String
    private let clock: VirtualClock
    private let answer: (Dispatcher.Parcel, Timestamp) -> Answer
    private var agenda = Agenda<Happening>()
    private var process: Process?
    /// What became true so far, in order.
    private(set) var events: [Event] = []
    /// What was sent so far, in order.
    private(set) var sent: [Sent] = []

    /// Starts a gateway with the new database `database`, at `start`; `answer` is what its webhooks answer.
    init(
        _ configuration: Configuration, database: String, at start: Timestamp,
        answer: @escaping (Dispatcher.Parcel, Timestamp) -> Answer
    ) async throws(StoreError) {
        self.configuration = configuration
        self.database = database
        self.answer = answer
        clock = VirtualClock(at: start)
        agenda.add(.tick, at: start.advanced(by: .seconds(1)))
        try await startProcess()
    }

    mutating func add(_ outcome: PollOutcome) { agenda.add(.poll(outcome), at: outcome.endedAt) }

    /// Has the process end at `time`, as if killed, and begin anew with what is on disk.
    mutating func addRestart(at time: Timestamp) { agenda.add(.restart, at: time) }

    /// Lets everything happen that is due until `end`.
    mutating func run(until end: Timestamp) async throws(StoreError) {
        while let (time, happening) = agenda.next(until: end) {
            clock.move(to: time)
            switch happening {
            case .poll(let outcome): process?.service.receive(outcome)
            case .tick:
                process?.service.inbox.tick()
                agenda.add(.tick, at: time.advanced(by: .seconds(1)))
            case .call(let call): call()
            case .restart:
                process = nil
                agenda.removeAll(where: \.isOfProcess)
                try await startProcess()
            }
            try await settle()
        }
        clock.move(to: end)
    }

    private mutating func startProcess() async throws(StoreError) {
        let log = Log(level: .error, now: clock.source.now, write: { _ in })
        let service = try Service(
            log: log, time: clock.source, database: database, durability: .none, jitter: { 0.5 },
            send: { _ in .failure(HTTPFailure(.cancelled, "sources are polled by hand")) })
        let pipeline = try await Pipeline(
            store: service.store, now: service.time.now, uptime: service.time.uptime)
        var judge = Judge(service, pipeline: pipeline)
        try await judge.start(configuration)
        process = Process(service: service, judge: judge, dispatch: service.dispatcher.steps())
        try await settle()
    }

    /// Has all parts take what waits for them, until nothing does.
    private mutating func settle() async throws(StoreError) {
        while process != nil {
            let items = process?.service.inbox.taken() ?? []
            for item in items {
                events += try await process?.judge.take(item).events ?? []
                _ = process?.service.inbox.settled(item)
            }
            let effects = await process?.dispatch.next()
            for effect in effects ?? [] { await start(effect) }
            if items.isEmpty && effects == nil { return }
        }
    }

    private mutating func start(_ effect: Dispatcher.Effect) async {
        let now = clock.now
        switch effect {
        case .attempt(let parcel, let ended):
            var answer = answer(parcel, now)
            if answer.after > parcel.timeout {
                answer = .timeout(of: parcel)
            }
            sent.append(Sent(at: now, parcel: parcel, answer: answer))
            let reply = answer.reply
            agenda.add(.call { ended(reply) }, at: now.advanced(by: answer.after))
        case .wait(let duration, let over): agenda.add(.call(over), at: now.advanced(by: duration))
        case .commit(let commit): await commit()
        case .callOff: break
        }
    }
}

extension VirtualGateway.Answer {
    /// No answer within the time that the webhook has.
    static func timeout(of parcel: Dispatcher.Parcel) -> Self {
        let failure = HTTPFailure(.timeout, "no answer within \(parcel.timeout.compact)")
        return Self(reply: .failure(failure), after: parcel.timeout)
    }
}
