/// What a rule says of a series after a sample.
public enum Verdict: String, Sendable {
    /// The window is not full yet: no incident opens or resolves.
    case warming
    case ok
    case breach
}
