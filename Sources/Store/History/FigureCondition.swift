import Rules

/// What a question asks of times, and of machines where many fit; all of it is answered by figures.
struct FigureCondition {
    let statuses: Set<Incident.Status>
    let since: Int64
    let until: Int64
    let at: Int64?
    /// Whether a machine fits, by the number of its term; nil where it is not asked here.
    let machines: [Bool]?

    /// Nil where figures are not asked for.
    init?(_ query: IncidentQuery, machines: [Bool]?) {
        let isWhole = query.status.isEmpty || query.status.count == Incident.Status.allCases.count
        statuses = isWhole ? [] : query.status
        since = query.since?.milliseconds ?? .min
        until = query.until?.milliseconds ?? .max
        at = query.at?.milliseconds
        self.machines = machines
        if isWhole, since == .min, until == .max, at == nil, machines == nil { return nil }
    }

    func holds(_ entry: Figures.Entry) -> Bool {
        guard entry.opened >= since, entry.opened < until else { return false }
        if let at, entry.opened > at || entry.resolved <= at { return false }
        if let machines, !machines.indices.contains(entry.machine) || !machines[entry.machine] {
            return false
        }
        if statuses.isEmpty { return true }
        let status: Incident.Status =
            entry.resolved != .max ? .resolved : entry.acknowledged != .max ? .acknowledged : .open
        return statuses.contains(status)
    }

    enum Share { case none, some, all }

    /// How many of a block it may hold of, by the block's bounds.
    func share(first: Int64, last: Int64, ended: Int64) -> Share {
        if last < since || first >= until { return .none }
        if let at, first > at || ended <= at { return .none }
        if !statuses.isEmpty, !statuses.contains(.resolved), ended != .max { return .none }
        let isInside = first >= since && last < until
        let isOver = statuses.isEmpty || statuses.contains(.resolved) && ended != .max
        return isInside && at == nil && isOver && machines == nil ? .all : .some
    }
}
