import Dispatch
import Synchronization

/// A task that is run one job at a time, each when it is told to.
///
/// Its jobs end where it awaits the store: whoever steps several of these decides how they interleave, and can have
/// the process die at any await.
final class Stepper: TaskExecutor {
    private struct State {
        var job: UnownedJob?
        var isDone = false
    }

    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    /// How long the store may take, in real time, before the task counts as standing still.
    private static let patience = DispatchTimeInterval.seconds(60)

    private init() {}

    /// Begins a task; nothing of it runs before the first step.
    static func begin(_ body: @escaping @Sendable () async -> Void) -> Stepper {
        let stepper = Stepper()
        Task(executorPreference: stepper) {
            await body()
            stepper.state.withLock { $0.isDone = true }
        }
        return stepper
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Whoever steps may run the job to the task's end, and let go of this executor, before the signal is given.
        let own = unsafe Unmanaged.passRetained(self)
        state.withLock { $0.job = job }
        arrival.signal()
        unsafe own.release()
    }

    /// Waits until the next job can run; false where there is none any more.
    func isReady() throws(Breach) -> Bool {
        while true {
            let (hasJob, isDone) = state.withLock { ($0.job != nil, $0.isDone) }
            if hasJob { return true }
            if isDone { return false }
            guard arrival.wait(timeout: .now() + Self.patience) == .success else {
                throw Breach("a task stands still")
            }
        }
    }

    func step() {
        let job = state.withLock { state in
            defer { state.job = nil }
            return state.job
        }
        unsafe job?.runSynchronously(on: asUnownedTaskExecutor())
    }
}

/// What a task and whoever steps it hand each other; never used by both at once.
final class Box<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// An invariant that does not hold, in words.
struct Breach: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
