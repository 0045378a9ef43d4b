import Rules
import Store

extension Pipeline {
    /// Does what is due by time alone, in one commit: were there two, the first would be forgotten when the
    /// second fails.
    mutating func tick() async throws(StoreError) -> Taken {
        let time = now()
        var step = opening(troublesDue(at: time))
        step.events += reminders(at: time)
        step.release = try await release(at: time)
        step.passedOn = try await passOn(at: time)
        let jump = clockJump(at: time)
        if let jump { step.add(jump.step) }
        if isAliveMarkDue(at: time) { step.alive = time }
        var taken = try await commit(step)
        fallbackMarks = step.passedOn.marks
        lastTick = Clocks(wall: time, uptime: uptime())
        taken.clockJump = jump?.by
        return taken
    }
}
