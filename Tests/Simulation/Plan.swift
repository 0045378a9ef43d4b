import HTTP
import Rules

/// Something that happens to the gateway, at a moment that the seed decides.
enum Happening {
    /// A source is asked.
    case poll(String)
    case answer(String, startedAt: Timestamp, HTTPReply, Report?)
    /// A request reaches its receiver.
    case arrival(Receivers.Message)
    /// The end of something that the process has begun.
    case call(@Sendable () -> Void)
    case commit(@Sendable () async -> Void)
    /// What the store refused is tried again.
    case retry
    case tick
    case start
    case planned(Planned)

    /// Whether it is gone with the process.
    var isOfProcess: Bool {
        switch self {
        case .call, .commit, .retry, .arrival, .answer: true
        case .poll, .tick, .start, .planned: false
        }
    }
}

enum Planned {
    case crash
    /// The process dies at one of its next awaits.
    case crashSoon(awaits: Int)
    /// The process dies after it has begun so many of its next requests and waits.
    case crashAmongEffects(Int)
    case lock(awaits: Int, lasting: Int)
    case full(lasting: Int)
    case readOnly(lasting: Int)
    case heal
    case mood(String, Receivers.Mood)
    case clock(Duration)
    case edit
    /// What is long over is deleted.
    case prune
    case silence, unsilence, acknowledge, resolve, note, replay, replayAll, test, enable
}

/// What happens in one life, but for what comes of it.
struct Plan {
    var rules: RulesText
    var agenda: [(at: Int, Planned)] = []
    /// In milliseconds.
    let length: Int
    let tick: Int
    let sourceFaults: Double
    /// Which kinds of trouble this life has: with all of them at once, each would hide what the others show.
    let hasClockJumps: Bool
    /// How often a machine vanishes, from poll to poll.
    let leaving: Double
    /// Whether whoever operates it enables all webhooks at the end.
    let endsEnabled: Bool

    init(using random: inout SplitMix) {
        length = random.number(15...50) * 15_000
        tick = random.pick(2000, 5000, 10_000)
        sourceFaults = random.pick(0, 0.1, 0.4)
        hasClockJumps = random.chance(0.25)
        endsEnabled = random.chance(0.5)
        var kinds = RulesText.Kinds(hasDigests: random.chance(0.15))
        kinds.hasAbsences = random.chance(0.4)
        kinds.links = random.pick(.none, .none, .groups, .inhibits)
        kinds.hasFallbacks = random.chance(0.4)
        // What is told again and again is a storm that never ends.
        kinds.hasReminders = !kinds.hasDigests && !hasClockJumps && random.chance(0.3)
        // Changes that are deleted do not count.
        let hasRetention = !hasClockJumps && random.chance(0.3)
        kinds.hasFlapping = !hasRetention && random.chance(0.4)
        kinds.hasDrills = random.chance(0.3)
        leaving = kinds.hasAbsences ? random.pick(0.05, 0.1) : 0
        rules = .random(kinds, using: &random)
        if random.chance(0.6) { add(1...5, using: &random, Self.crash) }
        if random.chance(0.4) { add(1...4, using: &random, Self.storeFault) }
        if random.chance(0.7) { add(1...8, using: &random, Self.mood) }
        if kinds.hasFallbacks { add(1...3, using: &random) { .mood("all", $0.pick(.down, .down, .hanging)) } }
        if random.chance(0.5) { add(1...4, using: &random) { _ in .edit } }
        if random.chance(0.5) { add(2...8, using: &random, Self.silence) }
        if random.chance(0.7) { add(2...12, using: &random, Self.person) }
        if hasRetention { add(2...8, using: &random) { _ in .prune } }
        if hasClockJumps { add(1...3, using: &random, Self.clock) }
    }

    private mutating func add(
        _ count: ClosedRange<Int>, using random: inout SplitMix, _ make: (inout SplitMix) -> Planned
    ) {
        for _ in 0..<random.number(count) {
            let planned = make(&random)
            agenda.append((random.number(0...length), planned))
        }
    }

    private static func crash(_ random: inout SplitMix) -> Planned {
        random.pick(
            .crash, .crashSoon(awaits: random.number(0...12)), .crashSoon(awaits: random.number(0...60)),
            .crashAmongEffects(random.number(0...6)))
    }

    private static func storeFault(_ random: inout SplitMix) -> Planned {
        let lasting = random.pick(1000, 5000, 40_000, 120_000)
        return random.pick(
            .lock(awaits: random.number(0...20), lasting: lasting), .full(lasting: lasting),
            .readOnly(lasting: lasting))
    }

    private static func mood(_ random: inout SplitMix) -> Planned {
        let webhook = random.pick("all", "all", "critical", "some", "pager")
        let mood: Receivers.Mood = random.pick(
            .well, .well, .slow, .failing, .refusing, .hanging, .forgetful, .forgetful, .down, .down, .busy)
        return .mood(webhook, random.chance(0.05) ? .gone : mood)
    }

    private static func silence(_ random: inout SplitMix) -> Planned {
        random.pick(.silence, .silence, .unsilence)
    }

    private static func person(_ random: inout SplitMix) -> Planned {
        random.pick(.acknowledge, .acknowledge, .resolve, .note, .replay, .replay, .replayAll, .test, .enable)
    }

    private static func clock(_ random: inout SplitMix) -> Planned {
        .clock(.seconds(random.pick(10, 90, 3600, 86_400) * random.pick(1, -1)))
    }
}
