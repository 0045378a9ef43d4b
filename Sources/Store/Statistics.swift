public import Rules

/// What became of the incidents that were opened in a span of time.
public struct Statistics: Sendable {
    public var total = 0
    public var open = 0
    public var acknowledged = 0
    public var resolved = 0
    public var bySeverity: [Severity: Int] = [:]
    /// From opening to acknowledgement.
    public var toAcknowledge = Durations()
    /// From opening to resolution.
    public var toResolve = Durations()
    public var byRule: [String: Int] = [:]
    public var byMachine: [String: Int] = [:]
    /// By the day of opening, in days since 1970-01-01 in UTC.
    public var byDay: [Int64: Day] = [:]

    public struct Day: Sendable {
        public var opened = 0
        var resolved = 0
        var resolving: Int64 = 0

        /// From opening to resolution, of those opened on that day.
        public var meanTimeToResolve: Duration? {
            resolved == 0 ? nil : .milliseconds(Double(resolving) / Double(resolved))
        }
    }

    /// Lengths of time, in milliseconds.
    public struct Durations: Sendable {
        private var lengths: [Int64] = []

        public var count: Int { lengths.count }

        public init() {}

        mutating func add(_ length: Int64) { lengths.append(max(0, length)) }

        public var mean: Duration? {
            guard !lengths.isEmpty else { return nil }
            return .milliseconds(lengths.reduce(0.0) { $0 + Double($1) } / Double(lengths.count))
        }

        /// The shortest length that is at least as long as `share` of all (nearest rank), for each share of 0 to 1.
        public func quantiles(_ shares: [Double]) -> [Duration?] {
            var lengths = lengths
            return shares.map { share in
                guard !lengths.isEmpty else { return nil }
                let rank = Int((share * Double(lengths.count)).rounded(.up))
                return .milliseconds(lengths.select(min(max(rank, 1), lengths.count) - 1))
            }
        }
    }

    public init() {}
}

extension [Int64] {
    /// The element that would stand at `index` were they sorted; orders them in part (Hoare's selection).
    fileprivate mutating func select(_ index: Int) -> Int64 {
        var (low, high) = (0, count - 1)
        while low < high {
            let pivot = self[low + (high - low) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while self[right] > pivot { right -= 1 }
                if left <= right {
                    swapAt(left, right)
                    (left, right) = (left + 1, right - 1)
                }
            }
            if index <= right { high = right } else if index >= left { low = left } else { break }
        }
        return self[index]
    }
}

extension Int64 {
    /// Of milliseconds since 1970 in UTC.
    fileprivate var flooredDay: Int64 {
        let (days, rest) = quotientAndRemainder(dividingBy: 86_400_000)
        return rest < 0 ? days - 1 : days
    }
}

/// Counts incidents.
private struct StatisticsCount {
    private var statistics = Statistics()
    private var severities = [0, 0, 0]
    /// By the number of the term.
    private var rules: [Int] = []
    private var machines: [Int] = []
    /// The day that was counted last: most follow on the same.
    private var day = Statistics.Day()
    private var dayNumber = Int64.min

    mutating func add(_ entry: Figures.Entry) {
        add(entry.opened, entry.resolved, entry.acknowledged, entry.severity)
        Self.count(entry.rule, in: &rules)
        Self.count(entry.machine, in: &machines)
    }

    mutating func add(_ incident: Incident) {
        add(
            incident.openedAt.milliseconds, incident.resolvedAt?.milliseconds ?? .max,
            incident.acknowledgedAt?.milliseconds ?? .max,
            Severity.allCases.firstIndex(of: incident.severity) ?? 0)
        statistics.byRule[incident.rule, default: 0] += 1
        statistics.byMachine[incident.machine, default: 0] += 1
    }

    private mutating func add(_ opened: Int64, _ resolved: Int64, _ acknowledged: Int64, _ severity: Int) {
        statistics.total += 1
        severities[severity] += 1
        turn(to: opened.flooredDay)
        day.opened += 1
        if acknowledged != .max { statistics.toAcknowledge.add(acknowledged - opened) }
        if resolved != .max {
            statistics.resolved += 1
            statistics.toResolve.add(resolved - opened)
            day.resolved += 1
            day.resolving += max(0, resolved - opened)
        } else if acknowledged == .max {
            statistics.open += 1
        } else {
            statistics.acknowledged += 1
        }
    }

    private mutating func turn(to number: Int64) {
        guard number != dayNumber else { return }
        if day.opened > 0 { statistics.byDay[dayNumber] = day }
        dayNumber = number
        day = statistics.byDay[number] ?? Statistics.Day()
    }

    private static func count(_ term: Int, in counts: inout [Int]) {
        while counts.count <= term { counts.append(contentsOf: repeatElement(0, count: max(1024, term / 2))) }
        counts[term] += 1
    }

    /// What was counted, with the names of the terms.
    mutating func finished(_ db: Connection) throws(StoreError) -> Statistics {
        turn(to: .min)
        for (severity, count) in zip(Severity.allCases, severities) where count > 0 {
            statistics.bySeverity[severity] = count
        }
        let name = try db.statement("SELECT text FROM term WHERE id = ?")
        func add(_ counts: [Int], to named: inout [String: Int]) throws(StoreError) {
            for (term, count) in counts.enumerated() where count > 0 {
                try name.forEach([.integer(Int64(term))]) { row in
                    named[String((row.text(0) ?? "").dropFirst()), default: 0] += count
                }
            }
        }
        try add(rules, to: &statistics.byRule)
        try add(machines, to: &statistics.byMachine)
        return statistics
    }
}

extension StoreReader {
    /// What became of the incidents that were opened from one moment up to another: by the figures of the index, and of
    /// those that these do not have as they are, one by one.
    public func statistics(from: Timestamp, to: Timestamp) throws(StoreError) -> Statistics {
        try snapshot { (db) throws(StoreError) in
            let (start, end) = (from.milliseconds, to.milliseconds)
            let marks = try IndexMarks(in: db)
            var count = StatisticsCount()
            let changed = Set(
                try db.rows(
                    "SELECT incident FROM event WHERE id > ?", [.integer(marks.indexedEvent)]
                ) { $0.integer(0) ?? 0 })
            try db.statement(
                "SELECT block, data FROM figure WHERE opened_last >= ? AND opened_first < ?"
            ).forEach([.integer(start), .integer(end)]) { row in
                let figures = Figures(row.integers(1))
                let first = (row.integer(0) ?? 0) << Figures.blockBits
                for offset in 0..<figures.count {
                    guard let entry = figures[offset], entry.opened >= start, entry.opened < end,
                        changed.isEmpty || !changed.contains(first + Int64(offset))
                    else { continue }
                    count.add(entry)
                }
            }
            let one = "SELECT \(IncidentRow.columns) FROM incident WHERE id = ?"
            var others: [Incident] = []
            for id in changed where id <= marks.indexedIncident {
                others += try db.rows(one, [.integer(id)], IncidentRow.read)
            }
            others += try db.rows(
                "SELECT \(IncidentRow.columns) FROM incident WHERE id > ?",
                [.integer(marks.indexedIncident)], IncidentRow.read)
            for incident in others where incident.openedAt >= from && incident.openedAt < to {
                count.add(incident)
            }
            return try count.finished(db)
        }
    }
}
