import Rules

/// One rule and one machine up to a moment, by the table of the running gateway.
///
/// When incidents opened and ended is taken from the history, since people end them too.
struct SeriesReplay {
    private var table: SeriesTable
    private let rule: String
    private let machine: String
    /// The incidents of the rule on the machine, oldest first.
    private let history: [Incident]
    private var isFresh = true
    /// How the machine stood after its last sample, and when that was.
    private(set) var last: (at: Timestamp, standing: Standing)?

    init(of machine: String, by rule: String, in table: SeriesTable, history: [Incident]) {
        (self.machine, self.rule, self.table, self.history) = (machine, rule, table, history)
    }

    mutating func take(_ poll: Poll) {
        follow(until: poll.at)
        if let standing = table.standing(of: machine, by: rule, in: poll) { last = (poll.at, standing) }
        let judgement = table.judge(poll, nextIncident: 1)
        table.adopt(judgement, of: poll)
    }

    /// Has the table hold the incident that was open just before `time`.
    private mutating func follow(until time: Timestamp) {
        defer { isFresh = false }
        let ended = history.last { $0.resolvedAt ?? .distantFuture < time }
        let open = history.last { $0.openedAt < time && $0.resolvedAt ?? .distantFuture >= time }
        switch (table.openIncidents.first, open) {
        case (nil, var open?):
            (open.resolvedAt, open.resolution) = (nil, nil)
            table.restore(open)
        case (let current?, nil):
            table.replace(current.resolved(ended?.resolution ?? .recovered, at: time))
        case (nil, nil):
            // Whether the breach has ended since shows with the samples.
            if isFresh, let ended, ended.resolution == .byHand { table.restore(ended) }
        case (.some, .some): break
        }
    }
}
