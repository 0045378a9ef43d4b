import Notifiers
import Rules
import Store

/// Something that a person asks the gateway to do.
enum Action: Hashable, Sendable {
    case acknowledge(incident: Int64, Words)
    case resolve(incident: Int64, Words)
    case note(incident: Int64, Words)
    case silence(Silence)
    case unsilence(Int64)
    /// What a link of a message says; `text` is the link's token.
    case redeem(ActionToken, text: String)
    case replay(delivery: Int64)
    case replayAll(ReplayRange)
    case test(webhook: String, by: String?)

    /// Who does it, and what they say.
    struct Words: Hashable, Sendable {
        var by: String?
        var note: String?
    }
}

/// What was done.
struct ActionReply: Sendable {
    /// What became true with it.
    var taken = Taken()
    /// The incident as it is now, where one was acted on.
    var incident: Incident?
    /// The silence as it is now, where one was made or ended.
    var silence: Silence?
    /// The delivery that was made or replayed, where there is one.
    var delivery: Int64?
    /// How many deliveries of a range are not sent again, since the receiver accepted a later one.
    var overtaken = 0
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
