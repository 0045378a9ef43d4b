/// A text that is shown to nobody: however it is printed, it reads `<redacted>`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The text itself, for the one place that needs it.
    public let revealed: String

    public init(_ text: String) {
        revealed = text
    }

    public var description: String { "<redacted>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
