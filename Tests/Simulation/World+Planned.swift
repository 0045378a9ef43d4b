import HTTP
import Notifiers
import Rules

@testable import Gateway
@testable import Store

/// What the plan does to the gateway.
extension World {
    func take(_ planned: Planned) throws {
        guard let process else { return }
        if !"\(planned)".hasPrefix("mood") { note("\(planned)") }
        switch planned {
        case .crash: try die(with: nil)
        case .crashSoon(let awaits): crashIn = awaits
        case .crashAmongEffects(let count): effectsUntilCrash = count
        case .lock(let awaits, let lasting):
            lockIn = awaits
            add(.planned(.heal), after: lasting)
        case .full(let lasting): try fault("PRAGMA max_page_count = 1", lasting, process)
        case .readOnly(let lasting): try fault("PRAGMA query_only = 1", lasting, process)
        case .heal: try healDisk(process)
        case .mood(let webhook, let mood):
            note("\(webhook) is \(mood)")
            receivers.set(mood, of: webhook)
        case .clock(let jump): clock.set(by: jump)
        case .edit: try edit(process)
        case .prune: try prune(process)
        case .silence, .unsilence, .acknowledge, .resolve, .note, .replay, .replayAll, .test:
            if let action = try action(for: planned) { ask(action, process) }
        case .enable:
            if let webhook = random.pick(of: file.webhooks) {
                process.service.dispatcher.enable(webhook.name)
            }
        }
    }

    private func fault(_ sql: String, _ lasting: Int, _ process: Process) throws {
        try execute(sql, process)
        add(.planned(.heal), after: lasting)
    }

    private func execute(_ sql: String, _ process: Process) throws {
        let (store, failure) = (process.service.store, Box<StoreError?>(nil))
        let task = Stepper.begin(desk) {
            do throws(StoreError) { try await store.execute(sql) } catch { failure.value = error }
        }
        while try task.isReady() { task.step() }
        if let failure = failure.value { throw failure }
    }

    private func healDisk(_ process: Process) throws {
        lockIn = nil
        try disk.unlock()
        try execute("PRAGMA max_page_count = 1000000; PRAGMA query_only = 0", process)
    }

    private func prune(_ process: Process) throws {
        let (store, time, unfinished) = (process.service.store, clock.wall, try ledger.unfinished(disk))
        let task = Stepper.begin(desk) {
            // A store that fails is asked again the next time.
            _ = try? await store.prune(
                samplesBefore: time.advanced(by: .seconds(-3600)),
                incidentsBefore: time.advanced(by: .seconds(-60)), budget: .seconds(60))
        }
        while try task.isReady() { task.step() }
        ledger.hasDeleted = true
        let lost = unfinished.subtracting(try ledger.unfinished(disk)).sorted()
        if !lost.isEmpty { throw Breach("deleted although they are not over: \(lost)") }
    }

    private func edit(_ process: Process) throws {
        guard handed.isEmpty else { return }
        file = file.edited(using: &random)
        configuration = try Self.configuration(of: file)
        note(file.yaml)
        if mutant == .losesIncidentsOnEdit, !disk.isLocked {
            try disk.db.execute(
                "UPDATE incident SET resolved_at = 1, resolution = 'recovered' WHERE resolved_at IS NULL")
        }
        handed.append(file)
        process.service.inbox.put(configuration)
    }

    private func ask(_ action: Action, _ process: Process) {
        // Ahead of what waits: a person is answered while polls are held.
        process.queue.insert(.request(action, reply: { _ in }), at: process.isHeld ? 1 : 0)
    }

    private func action(for planned: Planned) throws -> Action? {
        let words = Action.Words(by: "kim", note: random.chance(0.5) ? "seen" : nil)
        switch planned {
        case .silence:
            var matcher = Matcher()
            if random.chance(0.5) {
                matcher.rules = [Glob(random.pick(of: file.rules)?.name ?? "r0")]
            } else {
                matcher.machines = [Glob(random.pick("a1", "a2", "b1", "b2"))]
            }
            let end = clock.wall.advanced(by: .seconds(random.number(10...150)))
            return .silence(
                Silence(.made(0), matcher: matcher, schedule: .once(from: clock.wall, until: end)))
        case .unsilence: return try ledger.anyNumber("silence", disk, &random).map { .unsilence($0) }
        case .acknowledge:
            return try ledger.anyNumber("incident WHERE resolved_at IS NULL", disk, &random)
                .map { .acknowledge(incident: $0, words) }
        case .resolve:
            let number = try ledger.anyNumber("incident WHERE resolved_at IS NULL", disk, &random)
            if let number { ledger.resolvedByHand.insert(number) }
            return number.map { .resolve(incident: $0, words) }
        case .note: return try ledger.anyNumber("incident", disk, &random).map { .note(incident: $0, words) }
        case .replay:
            let number = try ledger.anyNumber("delivery", disk, &random)
            if let number { ledger.replayed.insert(number) }
            return number.map { .replay(delivery: $0) }
        case .replayAll:
            let range = ReplayRange(
                webhook: random.pick("all", "critical"), state: random.pick(.dead, .delivered))
            try ledger.noteReplay(of: range, disk)
            return .replayAll(range)
        default: return .test(webhook: "all", by: "kim")
        }
    }

    /// From now on the world is well.
    func heal() throws {
        note("heal")
        isEnding = true
        (lockIn, crashIn, effectsUntilCrash) = (nil, nil, nil)
        agenda.removeAll { if case .planned = $0 { true } else { false } }
        receivers.heal()
        for source in fleets.keys { fleets[source]?.unrest = 0.02 }
        guard let process else { return }
        try healDisk(process)
        guard plan.endsEnabled else { return }
        for webhook in file.webhooks { process.service.dispatcher.enable(webhook.name) }
    }
}
