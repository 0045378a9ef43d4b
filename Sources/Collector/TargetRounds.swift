import Rules

/// The rounds in which the targets of one source are polled, as a value: what comes to pass goes in, what is to be
/// done comes out.
///
/// The answers of a round become one poll, as a fleet's one response does. A poll for each target would cost a
/// commit and a block of samples each, and a rule that counts polls would take every other target's for one that
/// misses this machine.
///
/// A round ends when all have answered that did so the last time, or when its patience ends. Answers that are
/// later are one more poll, as soon as the last is there or the next round ends.
struct TargetRounds {
    struct Answer {
        let target: Target
        let endedAt: Timestamp
        let result: Result<Decoded, SourceFailure>
        let counters: CounterMemory
    }

    enum Action {
        /// Send a request; its target's offset within the round is to be waited for first.
        case start(Target, offset: Duration, CounterMemory)
        case deliver([Answer])
    }

    /// The most requests under way at a time.
    static let concurrency = 256

    private(set) var targets: [Target] = []
    private var names: Set<String> = []
    private(set) var memory: SourceMemory
    private var queue: [(target: Target, offset: Duration)] = []
    private var outstanding: Set<String> = []
    private var awaited: Set<String> = []
    private var gathered: [Answer] = []
    private var isOpen = false
    private var failures: [String: (since: Timestamp, failure: SourceFailure)] = [:]

    init(memory: SourceMemory) {
        self.memory = memory
    }

    /// Begins a round; a target that has not answered since the last one is left out of it.
    mutating func begin(_ targets: [Target], spread: Duration) -> [Action] {
        let late = isOpen ? close() : []
        if targets != self.targets {
            names = Set(targets.map(\.name))
            failures = failures.filter { names.contains($0.key) }
            memory.keep(targets)
            self.targets = targets
        }
        let busy = outstanding.union(queue.map(\.target.name))
        let step = spread / max(1, targets.count)
        let due = targets.enumerated().filter { !busy.contains($0.element.name) }
        queue += due.map { ($0.element, step * $0.offset) }
        let asked = Set(due.map(\.element.name))
        awaited = asked.filter { failures[$0] == nil }
        if awaited.isEmpty { awaited = asked }
        isOpen = true
        return late + startNext() + closeIfDone()
    }

    mutating func take(_ answer: Answer) -> [Action] {
        let name = answer.target.name
        outstanding.remove(name)
        awaited.remove(name)
        guard names.contains(name) else { return startNext() + closeIfDone() }
        memory[target: name] = answer.counters
        switch answer.result {
        case .success: failures[name] = nil
        case .failure(let failure): failures[name] = (failures[name]?.since ?? answer.endedAt, failure)
        }
        gathered.append(answer)
        return startNext() + closeIfDone()
    }

    mutating func endPatience() -> [Action] {
        isOpen ? close() : []
    }

    private mutating func startNext() -> [Action] {
        var actions: [Action] = []
        while outstanding.count < Self.concurrency, !queue.isEmpty {
            let (target, offset) = queue.removeFirst()
            outstanding.insert(target.name)
            actions.append(.start(target, offset: offset, memory[target: target.name]))
        }
        return actions
    }

    private mutating func closeIfDone() -> [Action] {
        if isOpen { return awaited.isEmpty ? close() : [] }
        let isLast = outstanding.isEmpty && queue.isEmpty
        let isWorth = gathered.contains { (try? $0.result.get()) != nil }
        return isLast && isWorth ? close() : []
    }

    private mutating func close() -> [Action] {
        defer { gathered = [] }
        isOpen = false
        awaited = []
        // Where nobody has answered yet there is nothing to tell.
        return gathered.isEmpty && !targets.isEmpty ? [] : [.deliver(gathered)]
    }
}

extension TargetRounds {
    var status: TargetsStatus {
        var status = TargetsStatus()
        status.total = targets.count
        status.failing = failures.count
        status.failures = failures.sorted { $0.key < $1.key }.prefix(20).map { name, failing in
            .init(target: name, since: failing.since, error: failing.failure.description)
        }
        return status
    }

    /// Why there is nothing, when every target fails.
    var commonFailure: SourceFailure? {
        guard !targets.isEmpty, failures.count == targets.count,
            let (name, failing) = failures.min(by: { $0.key < $1.key })
        else { return nil }
        return .allTargets(count: targets.count, first: name, failing.failure)
    }
}
