/// A change worth telling.
public struct Event: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case opened = "incident.opened"
        /// Still open after the rule's `repeat`.
        case reminder = "incident.reminder"
        case acknowledged = "incident.acknowledged"
        case resolved = "incident.resolved"
    }

    public let kind: Kind
    public let at: Timestamp
    /// The incident as it was right after the change.
    public var incident: Incident
    /// The samples of the window that decided it, oldest first; none when no sample did.
    public let evidence: [Sample]
    /// What people are told beside it; nil for nothing.
    public var note: String?
    /// Whether its rule is flapping on its machine with this change.
    public var isFlapping = false

    public init(kind: Kind, at: Timestamp, incident: Incident, evidence: [Sample], note: String? = nil) {
        self.kind = kind
        self.at = at
        self.incident = incident
        self.evidence = evidence
        self.note = note
    }
}
