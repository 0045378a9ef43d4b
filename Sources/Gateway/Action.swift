import Rules

/// Something that a person asks the gateway to do.
enum Action: Hashable, Sendable {
    case acknowledge(incident: Int64, by: String?)
}

/// What was done.
struct ActionReply: Sendable {
    /// What became true with it.
    var taken = Taken()
    /// The incident as it is now, where one was acted on.
    var incident: Incident?
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
