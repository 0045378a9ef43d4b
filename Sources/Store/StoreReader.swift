public import Rules
import Synchronization

/// Reads the database beside the writer, from any thread; it cannot write.
///
/// Each call blocks until SQLite answers, so it belongs on a thread that may wait, such as the HTTP server's.
public final class StoreReader: Sendable {
    /// One connection, used by one call at a time.
    private final class Desk: Sendable {
        let connection: Mutex<Connection>
        init(path: String) throws(StoreError) {
            let opened = try Connection(path: path, mode: .readOnly)
            connection = Mutex(opened)
        }
    }

    private let desks: [Desk]
    private let turn = Atomic<Int>(0)
    let path: String
    let instance: String

    /// Opens `count` connections to the database that `writer` has made ready at `path`.
    public convenience init(path: String, of writer: StoreWriter, count: Int = 2) throws(StoreError) {
        try self.init(path: path, instance: writer.instance, count: count)
    }

    init(path: String, instance: String, count: Int) throws(StoreError) {
        self.path = path
        self.instance = instance
        var desks: [Desk] = []
        for _ in 0..<max(1, count) { desks.append(try Desk(path: path)) }
        self.desks = desks
    }

    func read<Result: Sendable>(
        _ body: (Connection) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let index = turn.wrappingAdd(1, ordering: .relaxed).newValue
        let desk = desks[Int(index.magnitude) % desks.count]
        return try desk.connection.withLock { (connection) throws(StoreError) in try body(connection) }
    }

    /// Reads what belongs together while the writer goes on.
    func snapshot<Result: Sendable>(
        _ body: (Connection) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try read { (db) throws(StoreError) in try db.snapshot { () throws(StoreError) in try body(db) } }
    }

    /// All that is known of one incident; nil when there is none of that number.
    public func record(of id: Int64) throws(StoreError) -> IncidentRecord? {
        try snapshot { [instance] (db) throws(StoreError) in
            let incidents = try db.rows(
                "SELECT \(IncidentRow.columns) FROM incident WHERE id = ?", [.integer(id)], IncidentRow.read)
            guard let incident = incidents.first else { return nil }
            let deliveries = try db.rows(
                "SELECT \(DeliveryRow.columns) FROM delivery WHERE incident = ? ORDER BY id", [.integer(id)]
            ) { row throws(StoreError) in try DeliveryRow.read(row, instance) }
            var reports: [IncidentRecord.Report] = []
            for delivery in deliveries {
                let attempts = try Self.attempts(of: delivery.id, db)
                reports.append(.init(delivery: delivery, attempts: attempts))
            }
            let events = try Self.events(of: id, db)
            let remarks = try Self.remarks(on: id, db)
            return IncidentRecord(incident: incident, events: events, deliveries: reports, remarks: remarks)
        }
    }

    private static func events(of incident: Int64, _ db: Connection) throws(StoreError) -> [IncidentRecord
        .Entry]
    {
        try db.rows(
            "SELECT id, kind, at, decided_at, committed_at, evidence, note FROM event WHERE incident = ? ORDER BY id",
            [.integer(incident)]
        ) { row in entry(row) }
    }

    static func entry(_ row: borrowing Row) -> IncidentRecord.Entry {
        let epoch = Timestamp(milliseconds: 0)
        return IncidentRecord.Entry(
            id: row.integer(0) ?? 0, kind: row.text(1) ?? "", at: row.time(2) ?? epoch,
            decidedAt: row.time(3) ?? epoch, committedAt: row.time(4) ?? epoch,
            evidence: row.text(5) ?? "[]", note: row.text(6))
    }

    static func attempts(of delivery: Int64, _ db: Connection) throws(StoreError) -> [Attempt] {
        try db.rows(
            "SELECT number, at, duration_ms, status, error, answer FROM attempt WHERE delivery = ? ORDER BY id",
            [.integer(delivery)], attempt)
    }

    static func attempt(_ row: borrowing Row) -> Attempt {
        Attempt(
            number: Int(row.integer(0) ?? 0), at: row.time(1) ?? Timestamp(milliseconds: 0),
            duration: .milliseconds(row.integer(2) ?? 0), status: row.integer(3).map { Int($0) },
            error: row.text(4), answer: row.blob(5))
    }

    /// How many deliveries to each webhook are not over, and how many were given up.
    public func outbox() throws(StoreError) -> [String: OutboxCount] {
        try snapshot { (db) throws(StoreError) in
            var counts: [String: OutboxCount] = [:]
            for state in [Delivery.State.pending, .dead, .held] {
                // Spelled out, since a partial index is used for a condition that is known beforehand only.
                let rows = try db.rows(
                    """
                    SELECT webhook, count(*) FROM delivery WHERE state = '\(state.rawValue)' GROUP BY webhook
                    """
                ) { ($0.text(0) ?? "", Int($0.integer(1) ?? 0)) }
                for (webhook, count) in rows {
                    counts[webhook, default: OutboxCount()].set(state, to: count)
                }
            }
            return counts
        }
    }

    /// The names of the machines that `source` has or had, as far as they are remembered, each once.
    public func machines(of source: String) throws(StoreError) -> [String] {
        try read { (db) throws(StoreError) in
            try db.rows("SELECT DISTINCT name FROM machine WHERE source = ?", [.text(source)]) {
                $0.text(0) ?? ""
            }
        }
    }

    /// The stored samples of one machine's metric from one moment up to another, oldest first.
    public func samples(
        of machine: String, _ metric: String, source: String, from: Timestamp, to: Timestamp
    ) throws(StoreError) -> [Sample] {
        try read { (db) throws(StoreError) in
            let tenures = try db.rows(
                "SELECT slot, since, until FROM machine WHERE name = ? AND source = ? ORDER BY since",
                [.text(machine), .text(source)]
            ) { (Int($0.integer(0) ?? 0), $0.integer(1) ?? 0, $0.integer(2)) }
            var samples: [Sample] = []
            for (slot, since, until) in tenures {
                // A slot may have belonged to another machine before, and to a third one after.
                let start = max(from.milliseconds, since)
                let end = min(to.milliseconds, until.map { $0 - 1 } ?? .max)
                samples += try db.rows(
                    """
                    SELECT p.at, s.data FROM block b JOIN poll p ON p.source = b.source
                    JOIN sample s ON s.at = p.at AND s.block = b.id
                    WHERE b.source = ? AND b.metric = ? AND b.number = ? AND p.at BETWEEN ? AND ? ORDER BY p.at
                    """,
                    [
                        .text(source), .text(metric), .integer(Int64(slot / SampleBlock.machines)),
                        .integer(start), .integer(end),
                    ]
                ) { row -> Sample? in
                    let value = SampleBlock.value(at: slot % SampleBlock.machines, in: row.blob(1))
                    guard let at = row.time(0), let value else { return nil }
                    return Sample(at: at, value: value)
                }.compactMap { $0 }
            }
            return samples
        }
    }
}

/// The deliveries of one webhook that did not arrive.
public struct OutboxCount: Hashable, Sendable {
    public private(set) var pending = 0
    public private(set) var dead = 0
    public private(set) var held = 0

    public init() {}

    fileprivate mutating func set(_ state: Delivery.State, to count: Int) {
        switch state {
        case .dead: dead = count
        case .held: held = count
        case .pending, .delivered, .superseded: pending = count
        }
    }
}

/// One incident with everything that followed from it.
public struct IncidentRecord: Sendable {
    public let incident: Incident
    public let events: [Entry]
    public let deliveries: [Report]
    /// What people did and said, in order.
    public let remarks: [Remark]

    /// An event as it was recorded.
    public struct Entry: Sendable {
        public let id: Int64
        public let kind: String
        public let at: Timestamp
        public let decidedAt: Timestamp
        public let committedAt: Timestamp
        /// The samples that decided it, as JSON.
        public let evidence: String
        /// What people were told beside it.
        public let note: String?
    }

    /// A delivery with its attempts.
    public struct Report: Sendable {
        public let delivery: Delivery
        public let attempts: [Attempt]
    }
}
