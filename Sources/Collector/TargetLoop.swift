import HTTP
import Rules

/// Polls the targets of one source.
struct TargetLoop {
    private enum Happening: Sendable {
        case roundIsDue
        case patienceEnded(round: Int)
        case answered(TargetRounds.Answer)
        case fileRead(Result<[UInt8], FileError>)
        case cancelled
    }

    private let source: Source
    private let listed: Targets
    private let grid: PollGrid
    private let poller: Poller
    private var rounds: TargetRounds
    private var round = 0
    private var startedAt: Timestamp
    /// What the file of targets last held, and what it said.
    private var file: (bytes: Result<[UInt8], FileError>, targets: [Target], error: String?)?

    init(_ source: Source, _ targets: Targets, on grid: PollGrid, of poller: Poller) {
        self.source = source
        self.grid = grid
        self.poller = poller
        listed = targets
        rounds = TargetRounds(memory: poller.memories[source.name] ?? SourceMemory())
        startedAt = poller.time.now()
    }

    /// Polls until the task is cancelled.
    mutating func run(firstWait: Duration) async {
        await withTaskGroup(of: Happening.self) { group in
            wait(firstWait, for: .roundIsDue, in: &group)
            while let happening = await group.next(), !Task.isCancelled {
                for action in take(happening, in: &group) { await perform(action, in: &group) }
            }
            group.cancelAll()
        }
    }

    private mutating func take(
        _ happening: Happening, in group: inout TaskGroup<Happening>
    ) -> [TargetRounds.Action] {
        switch happening {
        case .cancelled: return []
        case .answered(let answer): return rounds.take(answer)
        case .patienceEnded(let number): return number == round ? rounds.endPatience() : []
        case .roundIsDue:
            round += 1
            startedAt = poller.time.now()
            wait(grid.wait(afterPollAt: startedAt, now: startedAt), for: .roundIsDue, in: &group)
            guard let path = listed.file else { return begin(listed.listed, in: &group) }
            read(path, in: &group)
            return []
        case .fileRead(let bytes):
            note(bytes)
            let known = Set(listed.listed.map(\.name))
            let others = (file?.targets ?? []).filter { !known.contains($0.name) }
            return begin(listed.listed + others, in: &group)
        }
    }

    private mutating func begin(
        _ targets: [Target], in group: inout TaskGroup<Happening>
    ) -> [TargetRounds.Action] {
        // Each target has its moment in the first quarter of the interval: many at once would be a burst of
        // connections, and spread over all of it the first answers would wait long for the last.
        let spread = min(source.interval / 4, .milliseconds(10) * targets.count)
        wait(spread + patience, for: .patienceEnded(round: round), in: &group)
        return rounds.begin(targets, spread: spread)
    }

    /// How long a round waits for what it asks.
    private var patience: Duration { min(source.timeout, source.interval / 2) }

    private func wait(_ duration: Duration, for next: Happening, in group: inout TaskGroup<Happening>) {
        group.addTask { [time = poller.time] in
            await time.sleep(duration)
            return next
        }
    }

    private func perform(_ action: TargetRounds.Action, in group: inout TaskGroup<Happening>) async {
        switch action {
        case .deliver(let answers): await poller.deliver(outcome(of: answers))
        case .start(let target, let offset, let counters):
            let elapsed = max(.zero, startedAt.duration(to: poller.time.now()))
            group.addTask { [source, poller] in
                await poller.time.sleep(max(.zero, offset - elapsed))
                if Task.isCancelled { return .cancelled }
                var (request, counters) = (source.request, counters)
                request.url = target.url
                let reply = await poller.send(request)
                let now = poller.time.now()
                let result = source.decoded(
                    reply, of: target.machine, from: target.url, at: now, counters: &counters)
                return .answered(.init(target: target, endedAt: now, result: result, counters: counters))
            }
        }
    }

    /// Reads the file of targets, which begins a round; one that cannot be read in time, as on a file server that
    /// does not answer, leaves the round with the targets known before.
    private func read(_ path: String, in group: inout TaskGroup<Happening>) {
        group.addTask { [poller, patience] in
            let bytes = await withTaskGroup(of: Result<[UInt8], FileError>?.self) { race in
                race.addTask {
                    do throws(FileError) { return .success(try await poller.readFile(path)) } catch {
                        return .failure(error)
                    }
                }
                race.addTask {
                    await poller.time.sleep(patience)
                    return nil
                }
                let first = await race.next()
                race.cancelAll()
                return first ?? nil
            }
            return .fileRead(bytes ?? .failure(.unreadable("not read within \(patience.compact)")))
        }
    }

    /// Takes note of what the file of targets holds.
    ///
    /// The bytes are compared, as the time and size of a file may stay the same when what it says does not.
    private mutating func note(_ bytes: Result<[UInt8], FileError>) {
        guard let path = listed.file, file?.bytes != bytes else { return }
        do throws(TargetsFile.Failure) {
            let targets = try TargetsFile.targets(in: bytes, file: path, template: source.url)
            file = (bytes, targets, nil)
        } catch {
            file = (bytes, file?.targets ?? [], error.description)
        }
    }
}

extension TargetLoop {
    private func outcome(of answers: [TargetRounds.Answer]) -> PollOutcome {
        let now = poller.time.now()
        var status = rounds.status
        status.fileError = file?.error
        return PollOutcome(
            source: source.name, startedAt: startedAt, duration: max(.zero, startedAt.duration(to: now)),
            result: result(of: answers, at: now), targets: status, memory: rounds.memory)
    }

    private func result(
        of answers: [TargetRounds.Answer], at time: Timestamp
    ) -> Result<PollOutcome.Reading, SourceFailure> {
        if let failure = rounds.commonFailure { return .failure(failure) }
        var gathering = TargetGathering(metrics: source.metrics)
        for answer in answers {
            if case .success(let decoded) = answer.result { gathering.add(decoded, of: answer.target.name) }
        }
        return source.reading(.success(gathering.decoded), at: time)
    }
}

/// Puts the answers of several targets together.
struct TargetGathering {
    private let metrics: [String]
    private var machines = NameList()
    private var values: [Double] = []
    private var refusals = RefusalList()
    private var names: Set<String> = []

    init(metrics: [String]) {
        self.metrics = metrics
    }

    /// Adds an answer; a machine that another target has named before is refused.
    mutating func add(_ decoded: Decoded, of target: String) {
        let refused = decoded.refusals.map { refusal in
            var refusal = refusal
            refusal.target = target
            return refusal
        }
        refusals.add(contentsOf: refused, count: decoded.refusedCount)
        let rows = decoded.values(in: metrics)
        for row in 0..<decoded.machines.count {
            let name = decoded.machines[row]
            if names.insert(name).inserted {
                machines.append(name.utf8)
                values += rows[row * metrics.count..<(row + 1) * metrics.count]
            } else {
                var refusal = Refusal(place: .machine(name), reason: .machineOfTwoTargets)
                refusal.target = target
                refusals.add(refusal)
            }
        }
    }

    var decoded: Decoded {
        Decoded(
            metrics: metrics, machines: machines, values: values, refusals: refusals.first,
            refusedCount: refusals.count)
    }
}
