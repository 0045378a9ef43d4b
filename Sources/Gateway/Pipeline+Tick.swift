import Rules
import Store

extension Pipeline {
    /// Does what is due by time alone, in one commit: were there two, the first would be forgotten when the
    /// second fails.
    mutating func tick() async throws(StoreError) -> Taken {
        let time = now()
        let drills = try await drills(at: time)
        var step = opening(troublesDue(at: time) + drills.unproven)
        for incident in drills.proven { step.resolve(incident, .recovered, at: time) }
        step.drills = drills.due
        step.events += reminders(at: time)
        step.release = try await release(at: time)
        let jump = clockJump(at: time)
        if let jump { step.add(jump.step) }
        if isAliveMarkDue(at: time) { step.alive = time }
        var taken = try await commit(step)
        lastTick = Clocks(wall: time, uptime: uptime())
        taken.clockJump = jump?.by
        return taken
    }
}
