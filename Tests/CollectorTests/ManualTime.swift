import Rules
import Synchronization

/// Time that passes when a test says so, and tells who sleeps.
final class ManualTime: Sendable {
    fileprivate struct Sleeper {
        let id: Int
        let deadline: Duration
        let wake: CheckedContinuation<Void, Never>
    }

    fileprivate struct Watcher {
        let id: Int
        let count: Int
        let tell: CheckedContinuation<Void, Never>
    }

    fileprivate struct State {
        var wall: Timestamp
        var monotonic: Duration = .zero
        var nextID = 0
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []
    }

    private let state: Mutex<State>

    init(_ start: Timestamp = Timestamp(milliseconds: 1_795_435_200_000)) {
        state = Mutex(State(wall: start))
    }

    var now: Timestamp { state.withLock { $0.wall } }

    var source: TimeSource {
        TimeSource(now: { self.now }, sleep: { await self.sleep($0) })
    }

    /// Lets time pass; those whose sleep ends are woken.
    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.wall = state.wall.advanced(by: duration)
            state.monotonic += duration
            let now = state.monotonic
            return state.removeSleepers { $0.deadline <= now }
        }
        for sleeper in due { sleeper.wake.resume() }
    }

    /// Sets the wall clock, which wakes nobody.
    func setWall(to time: Timestamp) { state.withLock { $0.wall = time } }

    /// The time that each sleeper has left, shortest first, once there are `count` of them; zeros when the test is
    /// called off.
    func sleepers(_ count: Int = 1) async -> [Duration] {
        let id = nextID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { tell in
                let isThere = state.withLock { state in
                    if state.sleepers.count >= count || Task.isCancelled { return true }
                    state.watchers.append(Watcher(id: id, count: count, tell: tell))
                    return false
                }
                if isThere { tell.resume() }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                defer { state.watchers.removeAll { $0.id == id } }
                return state.watchers.first { $0.id == id }
            }
            watcher?.tell.resume()
        }
        if Task.isCancelled { return Array(repeating: .zero, count: count) }
        return state.withLock { state in state.sleepers.map { $0.deadline - state.monotonic }.sorted() }
    }

    private func nextID() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    private func sleep(_ duration: Duration) async {
        guard duration > .zero else { return }
        let id = nextID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { lie(down: id, for: duration, wake: $0) }
        } onCancel: {
            for sleeper in state.withLock({ $0.removeSleepers { $0.id == id } }) { sleeper.wake.resume() }
        }
    }

    private func lie(down id: Int, for duration: Duration, wake: CheckedContinuation<Void, Never>) {
        let watchers = state.withLock { state in
            // Cancelled before it lay down: `onCancel` found nobody to wake.
            if Task.isCancelled { return [Watcher(id: id, count: 0, tell: wake)] }
            state.sleepers.append(Sleeper(id: id, deadline: state.monotonic + duration, wake: wake))
            let told = state.watchers.filter { $0.count <= state.sleepers.count }
            state.watchers.removeAll { $0.count <= state.sleepers.count }
            return told
        }
        for watcher in watchers { watcher.tell.resume() }
    }
}

extension ManualTime.State {
    fileprivate mutating func removeSleepers(
        where isDue: (ManualTime.Sleeper) -> Bool
    ) -> [ManualTime.Sleeper] {
        let due = sleepers.filter(isDue)
        sleepers.removeAll(where: isDue)
        return due
    }
}
