import HTTP
import Notifiers
import Rules

@testable import Gateway
@testable import Store

/// How the process begins, gets on and dies.
extension World {
    /// Starts a process with what is on disk.
    func begin() throws {
        note("start")
        if mutant == .opensAnewOnRestart, !ledger.oracle.states.isEmpty {
            try disk.db.execute("DELETE FROM incident WHERE resolved_at IS NULL")
        }
        if mutant == .tellsMissingTwice, !ledger.oracle.states.isEmpty {
            try disk.db.execute(
                "UPDATE incident SET resolved_at = 1 WHERE resolved_at IS NULL AND aggregate = 'missing'")
        }
        if mutant == .drillsAnew, !ledger.drills.isEmpty {
            try disk.db.execute("UPDATE webhook SET drilled_at = NULL")
        }
        let (started, failure) = (Box<Process?>(nil), Box<StoreError?>(nil))
        let (configuration, world) = (configuration, Box(self))
        let start = Stepper.begin(desk) {
            do throws(StoreError) {
                let service = try world.value.makeService()
                try await service.store.execute("PRAGMA busy_timeout = 0")
                let pipeline = try await Pipeline(
                    store: service.store, now: service.time.now, uptime: service.time.uptime)
                var judge = Judge(service, pipeline: pipeline, blocksAtOnce: .max)
                try await judge.start(configuration)
                started.value = Process(service, judge)
            } catch {
                failure.value = error
            }
        }
        try ledger.beginStep(disk)
        try run([start])
        if isDying { return try die(with: nil, isStart: true) }
        guard let process = started.value else {
            note("start fails: \(failure.value?.description ?? "")")
            return add(.start, after: 1000)
        }
        self.process = process
        ledger.active = file
        try check(ledger.oracle.adopt(file.rules))
        try ledger.checkOpen(disk)
    }

    /// Has both tasks of the process take what waits for them, until nothing does.
    func settle() throws {
        while let process {
            ledger.standIns.before = ledger.lastDelivery
            process.queue += process.service.inbox.taken()
            let item = process.isHeld ? nil : process.queue.first
            let (failure, effects) = (Box<StoreError?>(nil), Box<[Dispatcher.Effect]?>(nil))
            var tasks: [Stepper] = []
            if let item {
                try ledger.beginStep(disk)
                if mutant == .commitsAfterSending, case .poll = item, !disk.isLocked { try disk.copy() }
                let judge = process.judge
                tasks.append(
                    Stepper.begin(desk) {
                        guard var own = judge.value else { return }
                        judge.value = nil
                        failure.value = await own.attempt(item)
                        judge.value = own
                    })
            }
            let commits = process.commits
            process.commits = []
            for commit in commits { tasks.append(Stepper.begin(desk, commit)) }
            let dispatch = process.dispatch
            tasks.append(
                Stepper.begin(desk) {
                    guard var own = dispatch.value else { return }
                    dispatch.value = nil
                    effects.value = await own.next()
                    dispatch.value = own
                })
            try run(tasks)
            if isDying { return try die(with: item) }
            if let item { try settle(item, failure.value, in: process) }
            for effect in effects.value ?? [] {
                if effectsUntilCrash == 0 { return try die(with: nil) }
                effectsUntilCrash = effectsUntilCrash.map { $0 - 1 }
                try begin(effect)
            }
            if item == nil && effects.value == nil && commits.isEmpty { return }
        }
    }

    private func settle(_ item: Inbox.Item, _ failure: StoreError?, in process: Process) throws {
        if let failure {
            note("store: \(failure)")
            process.isHeld = true
            add(.retry, after: 1000)
            // What was held back may have been released before the item was refused.
            return try check([])
        }
        process.queue.removeFirst()
        _ = process.service.inbox.settled(item)
        try check(try meaning(of: item), after: item)
        if case .tick = item { try ledger.checkTick(disk, at: clock.wall) }
        if let damage = mutant?.damage { try disk.db.execute(damage) }
    }

    /// Runs tasks to their ends, one of their jobs at a time; the seed says whose.
    private func run(_ tasks: [Stepper]) throws {
        var alive = tasks
        while true {
            alive = try alive.filter { (task) throws(Breach) in try task.isReady() }
            guard !alive.isEmpty else { return }
            if lockIn == 0 { try disk.lock() }
            if crashIn == 0 {
                // From here on nothing is committed any more: what still runs is as good as dead.
                try disk.lock()
                isDying = true
            }
            lockIn = lockIn.flatMap { $0 == 0 ? nil : $0 - 1 }
            crashIn = crashIn.flatMap { $0 == 0 ? nil : $0 - 1 }
            alive[alive.count > 1 ? random.number(0...alive.count - 1) : 0].step()
        }
    }

    /// The process is gone, with all that it had not committed; `item` is what it was about to take.
    func die(with item: Inbox.Item?, isStart: Bool = false) throws {
        note("crash")
        try checkAfterCrash(item, isStart: isStart)
        agenda.removeAll(where: \.isOfProcess)
        (reports, handed) = ([:], [])
        (isDying, lockIn, crashIn, effectsUntilCrash) = (false, nil, nil, nil)
        process = nil
        try disk.unlock()
        if mutant == .commitsAfterSending { try disk.revert() }
        add(.start, after: random.pick(1, 1000, 5000, 45_000, 600_000))
    }

    private func begin(_ effect: Dispatcher.Effect) throws {
        switch effect {
        case .callOff: break
        case .commit(let commit): add(.commit(commit), after: random.pick(0, 0, 20))
        case .wait(let duration, let over):
            guard mutant != .dropsRetries else { return }
            add(.call(over), after: Int(duration / .milliseconds(1)))
        case .attempt(let parcel, let ended):
            var message = try Receivers.Message(parcel)
            try ledger.checkSending(message, disk)
            let timeout = Int(parcel.timeout / .milliseconds(1))
            var fate = receivers.fate(of: message, timeout: timeout, using: &random)
            note("send \(message.delivery) to \(message.webhook): \(fate)")
            if mutant == .forgetsOrder {
                fate = Receivers.Fate(accepted: random.number(0...60_000), reply: .status(204), after: 0)
            }
            if mutant == .doublesAfterALostAnswer {
                let lost = attemptsLost[message.delivery] ?? 0
                if case .failure = fate.reply { attemptsLost[message.delivery] = lost + 1 }
                message = message.renumbered(by: Int64(lost) * 1_000_000)
            }
            if let accepted = fate.accepted { add(.arrival(message), after: accepted) }
            let reply = fate.reply
            add(.call { ended(reply) }, after: fate.after)
        }
    }
}

extension Receivers.Message {
    fileprivate func renumbered(by offset: Int64) -> Self {
        Self(
            webhook: webhook, delivery: delivery + offset, sequence: sequence, type: type, incident: incident)
    }
}
