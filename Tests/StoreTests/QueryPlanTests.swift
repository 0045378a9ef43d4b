import Rules
import TestSupport
import Testing

@testable import Store

/// How SQLite goes about the questions of the API: by an index, and without sorting what it finds.
@Suite struct QueryPlanTests {
    private let folder: TemporaryFolder
    private let reader: StoreReader
    private let writer: StoreWriter

    init() throws {
        folder = try TemporaryFolder()
        writer = try folder.open()
        reader = try StoreReader(path: folder.database, of: writer)
    }

    private func plan(_ sql: String, _ values: [SQLValue]) throws -> String {
        try reader.read { (db) throws(StoreError) in
            try db.rows("EXPLAIN QUERY PLAN " + sql, values) { $0.text(3) ?? "" }
        }.joined(separator: "; ")
    }

    private static let lists: [(index: String, set: @Sendable (inout IncidentQuery) -> Void)] = [
        ("INTEGER PRIMARY KEY", { _ in }), ("INTEGER PRIMARY KEY", { $0.before = 7 }),
        ("incident_rule", { $0.rule = "a" }), ("incident_machine", { $0.machine = "a" }),
        ("incident_metric", { $0.metric = "a" }), ("incident_source", { $0.source = "a" }),
        ("incident_severity", { $0.severity = [.info] }),
        ("incident_open_id", { $0.status = [.open] }), ("incident_open_id", { $0.status = [.acknowledged] }),
        ("incident_open_id", { $0.status = [.open, .acknowledged] }),
        ("INTEGER PRIMARY KEY", { $0.text = "a b" }), ("INTEGER PRIMARY KEY", { $0.labels = ["a": "b"] }),
        ("INTEGER PRIMARY KEY", { $0.since = Timestamp(milliseconds: 0) }),
        (
            "incident_rule",
            { query in
                query.rule = "a"
                query.since = Timestamp(milliseconds: 0)
                query.text = "b"
                query.before = 7
            }
        ),
    ]

    @Test(arguments: lists.indices)
    func aListOfIncidentsIsFoundInItsOrder(number: Int) throws {
        var query = IncidentQuery()
        Self.lists[number].set(&query)
        let (sql, values) = StoreReader.list(query)
        let plan = try plan(sql, values)
        #expect(plan.contains(Self.lists[number].index), "\(plan)")
        #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
    }

    @Test func deliveriesEventsAndFiguresAreFoundByAnIndex() throws {
        var queries: [(String, [SQLValue])] = []
        for set in [
            { _ in }, { $0.incident = 7 }, { $0.state = .dead },
            { (query: inout DeliveryQuery) in
                query.webhook = "a"
                query.after = 7
            },
        ] as [(inout DeliveryQuery) -> Void] {
            var query = DeliveryQuery()
            set(&query)
            let (clauses, values) = query.sql
            queries.append(("SELECT id FROM delivery WHERE \(clauses) LIMIT 51", values))
        }
        queries.append(("SELECT * FROM event WHERE id > ? ORDER BY id LIMIT 100", [.integer(7)]))
        queries.append(("SELECT * FROM event WHERE incident = ? ORDER BY id", [.integer(7)]))
        queries.append(
            (
                "SELECT opened_at, rule FROM incident WHERE opened_at >= ? AND opened_at < ?",
                [.integer(7), .integer(8)]
            ))
        for (sql, values) in queries {
            let plan = try plan(sql, values)
            // A partial index that holds nothing else is read whole.
            let isPlain = !plan.contains("SCAN") || plan.contains("delivery_dead")
            #expect(isPlain, "\(sql): \(plan)")
        }
    }
}
