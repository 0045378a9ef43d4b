import HTTP
import Synchronization

/// Finished answers to recent questions, good until the incidents change.
final class ResponseCache: Sendable {
    private struct State {
        var generation: UInt64 = 0
        var answers: [String: HTTPServer.Response] = [:]
        /// The bytes of their bodies.
        var size = 0

        mutating func clear() {
            answers.removeAll(keepingCapacity: true)
            size = 0
        }
    }

    private let state = Mutex(State())
    private static let limit = 64
    /// The most bytes of all bodies together; a longer answer is made anew each time.
    private static let sizeLimit = 4 << 20

    /// Says that answers from before are no longer true.
    func invalidate() {
        state.withLock { state in
            state.generation += 1
            state.clear()
        }
    }

    /// The answer kept under `key`, or the one that `make` gives.
    ///
    /// One that was read before a change and finished after it is given to its reader and not kept.
    func answer(
        _ key: String, _ make: () throws(Problem) -> HTTPServer.Response
    ) throws(Problem) -> HTTPServer.Response {
        let (known, generation) = state.withLock { ($0.answers[key], $0.generation) }
        if let known { return known }
        let made = try make()
        let size = made.body.count
        guard size <= Self.sizeLimit else { return made }
        state.withLock { state in
            guard state.generation == generation, state.answers[key] == nil else { return }
            let isFull = state.answers.count >= Self.limit || state.size + size > Self.sizeLimit
            if isFull { state.clear() }
            state.answers[key] = made
            state.size += size
        }
        return made
    }
}
