import HTTP
import Synchronization

/// Finished answers to recent questions, good until the incidents change.
final class ResponseCache: Sendable {
    private struct State {
        var generation: UInt64 = 0
        var answers: [String: HTTPServer.Response] = [:]
    }

    private let state = Mutex(State())
    private static let limit = 64
    /// A longer answer is made anew each time, so that the cache cannot grow large.
    private static let longestBody = 1 << 20

    /// Says that answers from before are no longer true.
    func invalidate() {
        state.withLock { state in
            state.generation += 1
            state.answers.removeAll(keepingCapacity: true)
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
        guard made.body.count <= Self.longestBody else { return made }
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.answers.count >= Self.limit { state.answers.removeAll(keepingCapacity: true) }
            state.answers[key] = made
        }
        return made
    }
}
