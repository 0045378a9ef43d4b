/// Which of the deliveries of one incident that wait for one webhook need not be sent any more.
struct Coalescing: Equatable {
    /// A pending delivery, as far as that depends on it.
    struct Waiting: Equatable {
        let id: Int64
        let kind: String
        let attempts: Int
        /// Whether it can say that the incident opened and ended, both.
        let hasLateBody: Bool
        /// Whether it is under way, so that it may have arrived already.
        let isHeld: Bool
    }

    struct Step: Equatable {
        let superseded: Int64
        let by: Int64
    }

    private(set) var steps: [Step] = []
    /// The delivery that becomes a late note.
    private(set) var late: Int64?

    private static let opened = "incident.opened"
    private static let reminder = "incident.reminder"
    private static let resolved = "incident.resolved"

    /// `queue` are the pending deliveries of an incident, oldest first.
    init(_ queue: [Waiting]) {
        let end = queue.last { $0.kind == Self.resolved }
        for (index, waiting) in queue.enumerated() where !waiting.isHeld {
            if let end, waiting.id < end.id {
                if waiting.kind == Self.opened {
                    // What was tried already keeps its body: the receiver may know it by the same id.
                    guard end.hasLateBody, !end.isHeld, end.attempts == 0 else { continue }
                    late = end.id
                }
                steps.append(Step(superseded: waiting.id, by: end.id))
            } else if waiting.kind == Self.reminder, index + 1 < queue.count {
                steps.append(Step(superseded: waiting.id, by: queue[index + 1].id))
            }
        }
    }
}
