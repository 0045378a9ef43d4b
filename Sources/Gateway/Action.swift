import Rules
import Store

/// Something that a person asks the gateway to do.
enum Action: Hashable, Sendable {
    case acknowledge(incident: Int64, by: String?)
    case replay(delivery: Int64)
    case replayAll(ReplayRange)
    case test(webhook: String, by: String?)
}

/// What was done.
struct ActionReply: Sendable {
    /// What became true with it.
    var taken = Taken()
    /// The incident as it is now, where one was acted on.
    var incident: Incident?
    /// The delivery that was made or replayed, where there is one.
    var delivery: Int64?
}

/// Why nothing was done.
enum ActionRefusal: Error, Hashable, Sendable {
    /// There is nothing of that number or name.
    case notFound(String)
    /// It is not in a state for that: `incident 42 is resolved already`.
    case conflict(String)
    /// The store cannot be written.
    case store(String)
    case stopping
}
