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
        /// From opening to resolution, of those opened on that day.
        public var toResolve = Durations()
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
            let sorted = lengths.sorted()
            return shares.map { share in
                guard !sorted.isEmpty else { return nil }
                let rank = Int((share * Double(sorted.count)).rounded(.up))
                return .milliseconds(sorted[min(max(rank, 1), sorted.count) - 1])
            }
        }
    }

    public init() {}

    mutating func add(_ row: borrowing Row) {
        total += 1
        guard let opened = row.integer(0) else { return }
        let day = opened.flooredDay
        byDay[day, default: Day()].opened += 1
        if let at = row.integer(2) { toAcknowledge.add(at - opened) }
        if let at = row.integer(1) {
            resolved += 1
            toResolve.add(at - opened)
            byDay[day, default: Day()].toResolve.add(at - opened)
        } else if row.integer(2) == nil {
            open += 1
        } else {
            acknowledged += 1
        }
        if let severity = row.text(3).flatMap(Severity.init) { bySeverity[severity, default: 0] += 1 }
        byRule[row.text(4) ?? "", default: 0] += 1
        byMachine[row.text(5) ?? "", default: 0] += 1
    }
}

extension Int64 {
    /// Of milliseconds since 1970 in UTC.
    fileprivate var flooredDay: Int64 {
        let (days, rest) = quotientAndRemainder(dividingBy: 86_400_000)
        return rest < 0 ? days - 1 : days
    }
}

extension StoreReader {
    /// What became of the incidents that were opened from one moment up to another; one pass over an index.
    public func statistics(from: Timestamp, to: Timestamp) throws(StoreError) -> Statistics {
        try read { (db) throws(StoreError) in
            var statistics = Statistics()
            try db.statement(
                """
                SELECT opened_at, resolved_at, acknowledged_at, severity, rule, machine
                FROM incident INDEXED BY incident_opened WHERE opened_at >= ? AND opened_at < ?
                """
            ).forEach([.time(from), .time(to)]) { row in statistics.add(row) }
            return statistics
        }
    }
}
