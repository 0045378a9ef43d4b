public import Rules
import Synchronization

/// Time that moves only when a test says so, or, if told to, that jumps to the end of every sleep.
public final class ManualTime: Sendable {
    private struct Sleeper {
        let id: Int
        let until: Timestamp
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Timestamp
        /// How far the wall clock was set.
        var jump = Duration.zero
        var nextID = 0
        var sleepers: [Sleeper] = []
        var watchers: [(id: Int, count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>
    private let jumps: Bool

    /// - Parameter jumps: whether a sleep ends at once, with the time moved to its end.
    public init(at milliseconds: Int64 = 1_795_435_200_000, jumps: Bool = false) {
        state = Mutex(State(now: Timestamp(milliseconds: milliseconds)))
        self.jumps = jumps
    }

    public var now: Timestamp { state.withLock(\.now) }

    public var source: TimeSource {
        TimeSource(
            now: { self.state.withLock { $0.now.advanced(by: $0.jump) } }, sleep: { await self.sleep($0) },
            uptime: { .milliseconds(self.now.milliseconds) },
            clocks: {
                self.state.withLock { state in
                    Clocks(
                        wall: state.now.advanced(by: state.jump),
                        uptime: .milliseconds(state.now.milliseconds))
                }
            })
    }

    /// Sets the wall clock; nobody who sleeps takes notice.
    public func setClock(by duration: Duration) {
        state.withLock { $0.jump += duration }
    }

    /// Moves the time and wakes those whose sleep is over.
    public func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let now = state.now
            let woken = state.sleepers.filter { $0.until <= now }
            state.sleepers.removeAll { $0.until <= now }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Returns as soon as `count` tasks sleep, or when the test is called off.
    public func sleepers(_ count: Int) async {
        let id = nextID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.sleepers.count >= count || Task.isCancelled { return true }
                    state.watchers.append((id, count, continuation))
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                defer { state.watchers.removeAll { $0.id == id } }
                return state.watchers.first { $0.id == id }
            }
            watcher?.continuation.resume()
        }
    }

    private func nextID() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    private func sleep(_ duration: Duration) async {
        guard !jumps else {
            await Task.yield()
            return state.withLock { $0.now = $0.now.advanced(by: duration) }
        }
        let id = nextID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    guard !Task.isCancelled, duration > .zero else { return [continuation] }
                    let until = state.now.advanced(by: duration)
                    state.sleepers.append(Sleeper(id: id, until: until, continuation: continuation))
                    let count = state.sleepers.count
                    let ready = state.watchers.filter { $0.count <= count }.map(\.continuation)
                    state.watchers.removeAll { $0.count <= count }
                    return ready
                }
                for continuation in ready { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let found = state.sleepers.first { $0.id == id }
                state.sleepers.removeAll { $0.id == id }
                return found
            }
            sleeper?.continuation.resume()
        }
    }
}
