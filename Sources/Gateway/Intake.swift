import Collector
import Rules
import Synchronization

/// Takes the samples that are pushed, for the sources that are pushed to.
final class Intake: Sendable {
    private struct State {
        var sources: [String: Source] = [:]
        var memories: [String: SourceMemory] = [:]
    }

    /// A body that was pushed.
    struct Push: Sendable {
        let source: String
        /// Whose the samples are, unless the body says so itself.
        let machine: String?
        let contentType: String
        let body: [UInt8]
    }

    /// What a push came to.
    enum Result {
        case taken(PollOutcome.Reading)
        case unknownSource, notPushedTo
        case undecodable(DecodeError)
        /// Polls that wait for the store fill their memory.
        case full
    }

    private let state = Mutex(State())

    /// Goes over to other sources; one of the same name keeps what its counters read.
    func adopt(_ sources: [Source]) {
        state.withLock { state in
            state.sources = Dictionary(sources.map { ($0.name, $0) }) { first, _ in first }
            state.memories = state.memories.filter { state.sources[$0.key] != nil }
        }
    }

    /// Takes a push; `deliver` gives false when its samples cannot be taken.
    ///
    /// Decoding happens under the lock, so that the pushes to a source follow one another.
    func take(_ push: Push, at time: Timestamp, deliver: (PollOutcome) -> Bool) -> Result {
        state.withLock { state in
            guard let source = state.sources[push.source] else { return .unknownSource }
            guard source.isPush else { return .notPushedTo }
            var memory = state.memories[source.name] ?? SourceMemory()
            do throws(DecodeError) {
                let reading = try source.pushed(
                    push.body, contentType: push.contentType, machine: push.machine, at: time,
                    memory: &memory)
                let outcome = PollOutcome(
                    source: source.name, startedAt: time, duration: .zero, result: .success(reading))
                guard deliver(outcome) else { return .full }
                state.memories[source.name] = memory
                return .taken(reading)
            } catch {
                return .undecodable(error)
            }
        }
    }
}
