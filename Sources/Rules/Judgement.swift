/// What one poll means to the table it was judged by. Nothing of it is true until the table adopts it.
public struct Judgement: Sendable {
    /// Where each row of the poll belongs.
    public let placement: Placement
    /// What is to be told, in the order in which incidents are numbered.
    public internal(set) var events: [Event] = []
    /// Open incidents whose last value or peak moved, without an event.
    public internal(set) var progress: [Incident] = []
    /// Incidents resolved by hand whose series are back within `clear`.
    public internal(set) var released: [Int64] = []
    /// How often a rule looked at a machine.
    public internal(set) var evaluations = 0

    /// The incidents that rules have after the poll, where that changed.
    var changes: [Change] = []
    /// Since when verdicts have held that are to open or end an incident, where that changed; true before `changes`.
    var waits: [Wait] = []

    init(placement: Placement) {
        self.placement = placement
    }

    /// How many incidents opened, each with the next number.
    public internal(set) var opened = 0

    struct Wait: Sendable {
        let rule: Int
        let slot: Int
        let since: Int64
    }

    struct Change: Sendable {
        let rule: Int
        let slot: Int
        /// The open incident; nil once it ended.
        let incident: Incident?
    }
}

/// The slots of a poll's rows, and the machines that came and went with it.
public struct Placement: Sendable {
    /// The slot of each row; -1 for a machine beyond the source's limit or named before in the same poll.
    public internal(set) var slots: [Int32] = []
    /// Machines that got a slot with this poll.
    public internal(set) var added: [Member] = []
    /// Machines long silent that lost their slot to a new one.
    public internal(set) var forgotten: [Member] = []
    /// How many rows were refused because the source is at its limit of machines.
    public internal(set) var beyondLimit = 0
    /// The index as it is after the poll; nil when no machine came or went.
    var index: MachineIndex?

    public struct Member: Hashable, Sendable {
        public let slot: Int32
        public let name: String
    }
}
