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
    private let desk: StoreDesk

    private init(_ desk: StoreDesk) { self.desk = desk }

    /// Begins a task that awaits nothing but the store at `desk`; nothing of it runs before the first step.
    static func begin(_ desk: StoreDesk, _ body: @escaping @Sendable () async -> Void) -> Stepper {
        let stepper = Stepper(desk)
        Task(executorPreference: stepper) {
            await body()
            stepper.state.withLock { $0.isDone = true }
        }
        return stepper
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.job = job }
    }

    /// Has the store do what it was asked; false where there is no further job.
    func isReady() throws(Breach) -> Bool {
        desk.work()
        let (hasJob, isDone) = state.withLock { ($0.job != nil, $0.isDone) }
        guard hasJob || isDone else { throw Breach("a task stands still") }
        return hasJob
    }

    func step() {
        let job = state.withLock { state in
            defer { state.job = nil }
            return state.job
        }
        unsafe job?.runSynchronously(on: asUnownedTaskExecutor())
    }
}

/// Where the store works: on the thread of whoever waits for it, which is faster than one of its own by as much as it
/// takes to wake a thread.
final class StoreDesk: SerialExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Does what the store was asked, in order.
    func work() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        }
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
