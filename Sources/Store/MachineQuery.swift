public import Rules

/// Which of the machines that are watched to list; what is nil does not restrict.
public struct MachineQuery: Hashable, Sendable {
    /// A glob: `10.0.*`.
    public var name: String?
    public var source: String?
    /// Those that came before the machine of this number: where the last page ended.
    public var before: Int64?
    /// 1 to 1,000.
    public var limit = 50

    public init() {}
}

/// A machine while one source reported it.
public struct Tenure: Sendable {
    public let id: Int64
    public let name: String
    public let source: String
    public let since: Timestamp
    /// When another machine took its place; nil while it is watched.
    public let until: Timestamp?
    let slot: Int
}

/// The last value of a metric that is stored.
public struct Reading: Hashable, Sendable {
    public let source: String
    public let metric: String
    public let at: Timestamp
    public let value: Double
}

extension StoreReader {
    /// How many polls back a last value is looked for.
    private static let depth = 20

    /// The machines that are watched, those that came last first, and whether there are more.
    public func machines(
        matching query: MachineQuery
    ) throws(StoreError) -> (page: [(tenure: Tenure, readings: [Reading], open: Int)], more: Bool) {
        try snapshot { (db) throws(StoreError) in
            var conditions = ["until IS NULL AND id < ?"]
            var values = [SQLValue.integer(query.before ?? .max)]
            if let name = query.name {
                conditions.append("name GLOB ?")
                values.append(.text(name))
            }
            if let source = query.source {
                conditions.append("source = ?")
                values.append(.text(source))
            }
            let found = try db.rows(
                """
                SELECT id, name, source, since, until, slot FROM machine INDEXED BY machine_current
                WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?
                """, values + [.integer(Int64(query.limit + 1))], Self.tenure)
            let page = Array(found.prefix(query.limit))
            let readings = try Self.readings(of: page, db)
            var rows: [(Tenure, [Reading], Int)] = []
            for (tenure, readings) in zip(page, readings) {
                let open = try db.integer(
                    "SELECT count(*) FROM incident WHERE source = ? AND machine = ? AND resolved_at IS NULL",
                    .text(tenure.source), .text(tenure.name))
                rows.append((tenure, readings, Int(open ?? 0)))
            }
            return (rows, found.count > query.limit)
        }
    }

    /// When which source reported the machine of that name, the first first, and its last values.
    public func machine(_ name: String) throws(StoreError) -> (tenures: [Tenure], readings: [Reading]) {
        try snapshot { (db) throws(StoreError) in
            let tenures = try Self.tenures(of: name, db)
            let current = tenures.filter { $0.until == nil }
            return (tenures, try Self.readings(of: current, db).flatMap { $0 })
        }
    }

    static func tenures(of name: String, _ db: Connection) throws(StoreError) -> [Tenure] {
        try db.rows(
            "SELECT id, name, source, since, until, slot FROM machine WHERE name = ? ORDER BY since, id",
            [.text(name)], Self.tenure)
    }

    private static func tenure(_ row: borrowing Row) -> Tenure {
        Tenure(
            id: row.integer(0) ?? 0, name: row.text(1) ?? "", source: row.text(2) ?? "",
            since: row.time(3) ?? Timestamp(milliseconds: 0), until: row.time(4),
            slot: Int(row.integer(5) ?? 0))
    }

    /// The last values of machines that are watched, in their order.
    private static func readings(of tenures: [Tenure], _ db: Connection) throws(StoreError) -> [[Reading]] {
        var found = Array(repeating: [String: Reading](), count: tenures.count)
        for source in Set(tenures.map(\.source)) {
            let members = tenures.indices.filter { tenures[$0].source == source }
            let blocks = try db.rows(
                "SELECT id, metric, number FROM block WHERE source = ?", [.text(source)]
            ) { ($0.integer(0) ?? 0, ($0.text(1) ?? "", Int($0.integer(2) ?? 0))) }
            let places = Dictionary(blocks) { first, _ in first }
            let byBlock = Dictionary(grouping: members) { tenures[$0].slot / SampleBlock.machines }
            var missing = members.count * Set(blocks.map(\.1.0)).count
            let polls = try db.rows(
                "SELECT at FROM poll WHERE source = ? ORDER BY at DESC LIMIT ?",
                [.text(source), .integer(Int64(depth))]
            ) { $0.time(0) ?? Timestamp(milliseconds: 0) }
            for at in polls where missing > 0 {
                try db.statement("SELECT block, data FROM sample WHERE at = ?").forEach([.time(at)]) { row in
                    guard let (metric, number) = places[row.integer(0) ?? 0], let here = byBlock[number]
                    else { return }
                    let values = SampleBlock.decode(row.blob(1))
                    for index in here where tenures[index].since <= at && found[index][metric] == nil {
                        let offset = tenures[index].slot % SampleBlock.machines
                        guard offset < values.count, !values[offset].isNaN else { continue }
                        found[index][metric] = Reading(
                            source: source, metric: metric, at: at, value: values[offset])
                        missing -= 1
                    }
                }
            }
        }
        return found.map { $0.values.sorted { $0.metric < $1.metric } }
    }
}

/// The samples of a stretch of time in one: what a chart of few points needs of many.
public struct Bucket: Hashable, Sendable {
    /// When the stretch begins.
    public let at: Timestamp
    public var min: Double
    public var max: Double
    public var sum: Double
    public var count: Int
}

extension StoreReader {
    /// The stored samples of one metric of a machine, of one source or of all, oldest first; nil when there are more
    /// than `limit`.
    public func samples(
        of machine: String, _ metric: String, source: String?, from: Timestamp, to: Timestamp, limit: Int
    ) throws(StoreError) -> [Sample]? {
        var samples: [Sample] = []
        try forEachSample(of: machine, metric, source: source, from: from, to: to) { sample in
            samples.append(sample)
            return samples.count <= limit
        }
        return samples.count > limit ? nil : samples.sorted { $0.at < $1.at }
    }

    /// The same in at most `count` equal stretches of the time from `from` to `to`, those without a sample left out.
    public func buckets(
        of machine: String, _ metric: String, source: String?, from: Timestamp, to: Timestamp, count: Int
    ) throws(StoreError) -> [Bucket] {
        let span = Swift.max(1, to.milliseconds - from.milliseconds)
        let width = (span + Int64(count) - 1) / Int64(count)
        var buckets: [Int64: Bucket] = [:]
        try forEachSample(of: machine, metric, source: source, from: from, to: to) { sample in
            let index = (sample.at.milliseconds - from.milliseconds) / width
            let start = Timestamp(milliseconds: from.milliseconds + index * width)
            let empty = Bucket(at: start, min: sample.value, max: sample.value, sum: 0, count: 0)
            var bucket = buckets[index] ?? empty
            bucket.min = Swift.min(bucket.min, sample.value)
            bucket.max = Swift.max(bucket.max, sample.value)
            bucket.sum += sample.value
            bucket.count += 1
            buckets[index] = bucket
            return true
        }
        return buckets.values.sorted { $0.at < $1.at }
    }

    /// Hands the samples to `take`, by tenure and oldest first, until it gives false; `to` is not part of the span.
    private func forEachSample(
        of machine: String, _ metric: String, source: String?, from: Timestamp, to: Timestamp,
        _ take: (Sample) -> Bool
    ) throws(StoreError) {
        try read { (db) throws(StoreError) in
            var isWanted = true
            for tenure in try Self.tenures(of: machine, db) where source == nil || tenure.source == source {
                // A slot may have belonged to another machine before, and to a third one after.
                let start = Swift.max(from, tenure.since)
                let end = Swift.min(to, tenure.until ?? to)
                let slot = tenure.slot
                try db.statement(Self.samplesOfBlock).forEach([
                    .text(tenure.source), .text(metric), .integer(Int64(slot / SampleBlock.machines)),
                    .time(start), .time(end),
                ]) { row in
                    guard isWanted, let at = row.time(0),
                        let value = SampleBlock.value(at: slot % SampleBlock.machines, in: row.blob(1))
                    else { return }
                    isWanted = take(Sample(at: at, value: value))
                }
            }
        }
    }

    private static let samplesOfBlock = """
        SELECT p.at, s.data FROM block b JOIN poll p ON p.source = b.source
        JOIN sample s ON s.at = p.at AND s.block = b.id
        WHERE b.source = ? AND b.metric = ? AND b.number = ? AND p.at >= ? AND p.at < ? ORDER BY p.at
        """
}
