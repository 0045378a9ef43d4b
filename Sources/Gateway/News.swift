import Synchronization

/// Wakes those who wait for the next commit of events.
final class News: Sendable {
    private struct State {
        var edition: UInt64 = 0
        var lastWaiter: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Counts the announcements. To be looked at before the events are read, so that none between is missed.
    var edition: UInt64 { state.withLock(\.edition) }

    /// How many wait.
    var waiting: Int { state.withLock(\.waiting.count) }

    func announce() {
        let waiting = state.withLock { state in
            state.edition += 1
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once there was an announcement after `edition`, or the task is cancelled.
    func next(after edition: UInt64) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.edition != edition || Task.isCancelled { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }
}
