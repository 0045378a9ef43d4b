import Rules
import Store

extension Pipeline {
    /// Does what is due by time alone, in one commit: were there two, the first would be forgotten when the
    /// second fails.
    mutating func tick() async throws(StoreError) -> Taken {
        let clocks = Clocks.read(now, uptime)
        let (time, jump) = (clocks.wall, clockJump(at: clocks))
        // Silences that a clock which ran ahead has ended are not over.
        if let jump, jump.by < .zero { silences = try await store.silences(after: time) }
        let drills = try await drills(at: time)
        var step = opening(troublesDue(at: time) + drills.unproven)
        for incident in drills.proven { step.resolve(incident, .recovered, at: time) }
        step.drills = drills.due
        step.release = try await release(at: time)
        step.events += reminders(at: time, beside: step)
        step.passedOn = try await passOn(at: time)
        if let jump { step.add(jump.step) }
        if isAliveMarkDue(at: time) { step.alive = time }
        var taken = try await commit(step)
        fallbackMarks = step.passedOn.marks
        lastTick = clocks
        taken.clockJump = jump?.by
        return taken
    }
}
