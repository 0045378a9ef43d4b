import Foundation
import HTTP
import Notifiers
import Rules
import Synchronization

@testable import Collector
@testable import Gateway
@testable import Store

/// One life of a gateway, from its first start until all is quiet, as its seed has it.
///
/// Rules, windows, store and dispatcher are those of `gateway run`; the clocks, the sources, the receivers, the faults
/// of the disk and the order in which the gateway's two tasks get on are the simulation's.
final class World {
    /// What a crash takes along.
    final class Process {
        let service: Service
        let judge: Box<Judge?>
        let dispatch: Box<DispatchSteps?>
        /// What the judge is to take, oldest first.
        var queue: [Inbox.Item] = []
        /// What the dispatcher has committed beside its own steps.
        var commits: [@Sendable () async -> Void] = []
        /// Whether the judge waits for the store.
        var isHeld = false

        init(_ service: Service, _ judge: Judge) {
            self.service = service
            self.judge = Box(judge)
            dispatch = Box(service.dispatcher.steps())
        }
    }

    static let start = Timestamp(milliseconds: 1_795_435_200_000)

    let mutant: Mutant?
    let plan: Plan
    let disk: Disk
    let desk = StoreDesk()
    let clock = SimulatedClock(at: World.start)
    let logged = Mutex<[String]>([])
    private let jitter: Mutex<SplitMix>
    var random: SplitMix
    var agenda = Agenda<Happening>()
    var process: Process?
    var fleets: [String: Fleet] = [:]
    var receivers = Receivers()
    var ledger: Ledger
    var trace = Trace(from: World.start)
    /// The rules file, and how the gateway reads it.
    var file: RulesText
    var configuration: Configuration
    /// Those that the gateway was handed and has not taken yet.
    var handed: [RulesText] = []
    /// What each source said that the judge has not taken yet, oldest first.
    var reports: [String: [Report]] = [:]
    /// How many attempts of each delivery got no answer, for the mutant that numbers them anew.
    var attemptsLost: [Int64: Int] = [:]
    /// In how many awaits the lock is taken, or the process dies.
    var lockIn: Int?
    var crashIn: Int?
    var effectsUntilCrash: Int?
    var isDying = false
    var isEnding = false

    init(seed: UInt64, mutant: Mutant? = nil) throws {
        self.mutant = mutant
        random = SplitMix(seed: seed)
        jitter = Mutex(SplitMix(seed: seed &+ 1))
        plan = Plan(using: &random)
        file = plan.rules
        configuration = try Self.configuration(of: file)
        disk = try Disk()
        ledger = Ledger(trustsClock: !plan.hasClockJumps)
        for source in RulesText.sources {
            fleets[source] = Fleet(
                source, faults: plan.sourceFaults, leaving: plan.leaving, using: &random)
            agenda.add(.poll(source), at: Self.start.advanced(by: .milliseconds(random.number(0...15_000))))
        }
        for (time, planned) in plan.agenda {
            agenda.add(.planned(planned), at: Self.start.advanced(by: .milliseconds(time)))
        }
        agenda.add(.tick, at: Self.start.advanced(by: .milliseconds(plan.tick)))
        agenda.add(.start, at: Self.start)
    }

    func note(_ line: String) { trace.note(line, at: clock.uptime) }

    /// Adds something that happens after so many milliseconds.
    func add(_ happening: Happening, after milliseconds: Int) {
        agenda.add(happening, at: clock.uptime.advanced(by: .milliseconds(milliseconds)))
    }

    /// Lives through the plan, and then on in a world that is well until all is quiet.
    func live() throws {
        note(file.yaml)
        try run(until: Self.start.advanced(by: .milliseconds(plan.length)))
        while process == nil { try run(until: clock.uptime.advanced(by: .seconds(60))) }
        try heal()
        // Silences end, windows fill, storms are over.
        try run(until: clock.uptime.advanced(by: .seconds(200)))
        // Nothing new happens any more, so that whatever waits must come by itself.
        for source in fleets.keys { fleets[source]?.calm() }
        let end = clock.uptime.advanced(by: .seconds(4 * 3600))
        while try !ledger.isQuiet(disk, file) {
            guard clock.uptime < end else { throw Breach("deliveries wait and nobody sends them") }
            try run(until: clock.uptime.advanced(by: .seconds(600)))
        }
        try finish()
    }

    private func run(until end: Timestamp) throws {
        while let (time, happening) = agenda.next(until: end) {
            clock.move(to: time)
            try take(happening)
            try settle()
        }
        clock.move(to: end)
    }

    private func take(_ happening: Happening) throws {
        switch happening {
        case .poll(let source): poll(source)
        case .answer(let source, let start, let reply, let report): try answer(source, start, reply, report)
        case .arrival(let message):
            note("\(message.webhook) accepts \(message.delivery) \(message.type) \(message.incident)")
            try receivers.take(message, replayed: ledger.replayed)
        case .call(let call): call()
        case .commit(let commit): process?.commits.append(commit)
        case .retry: process?.isHeld = false
        case .tick:
            process?.service.inbox.tick()
            add(.tick, after: isEnding ? 30_000 : plan.tick)
        case .start: try begin()
        case .planned(let planned): try take(planned)
        }
    }

    private func poll(_ source: String) {
        let (reply, report, after) = fleets[source]?.answer(using: &random) ?? (.refused, nil, 0)
        if process != nil {
            add(.answer(source, startedAt: clock.wall, reply, report), after: after)
        }
        add(.poll(source), after: max(Int(RulesText.interval) * 1000, after))
    }

    private func answer(_ name: String, _ start: Timestamp, _ reply: HTTPReply, _ report: Report?) throws {
        guard let process, let source = configuration.sources.first(where: { $0.name == name })
        else { return }
        var memory = CounterMemory()
        let decoded = source.decoded(reply, of: name, at: clock.wall, counters: &memory)
        let outcome = PollOutcome(
            source: name, startedAt: start, duration: max(.zero, start.duration(to: clock.wall)),
            result: source.reading(decoded, at: clock.wall))
        let isTaken = process.service.receive(outcome)
        guard let report, !(report.rows.isEmpty && report.nonsense > 0) else { return }
        guard isTaken else { throw Breach("there is no room for a poll") }
        if case .failure(let failure) = outcome.result {
            throw Breach("\(name) is not understood: \(failure)")
        }
        reports[name, default: []].append(report)
    }

    static func configuration(of text: RulesText) throws -> Configuration {
        try Configuration.parse(
            Array(text.yaml.utf8),
            environment: Environment(variables: [:]) { _ throws(FileError) in throw .missing },
            reporting: Faults(in: "rules.yaml"))
    }

    func makeService() throws(StoreError) -> Service {
        let own = Weak(self)
        let log = Log(
            level: .error, now: { [clock] in clock.wall },
            write: { bytes in
                own.world?.logged.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            })
        return try Service(
            log: log, time: clock.source, database: disk.path, durability: .none, executor: desk,
            jitter: {
                own.world?.jitter.withLock { Double.random(in: 0...1, using: &$0) } ?? 0
            },
            send: { _ in .refused })
    }
}

/// The world as its parts may hold it.
private final class Weak: @unchecked Sendable {
    private(set) weak var world: World?
    init(_ world: World) { self.world = world }
}
