import Rules
import TestSupport
import Testing

@testable import Store

/// What the questions of the API cost: a few rows of the index and of the page, however many are stored.
@Suite struct QueryPlanTests {
    private typealias Condition = @Sendable (inout IncidentQuery) -> Void

    /// Three incidents far apart, amid others, fit each of these.
    private static let conditions: [(name: String, set: Condition)] = [
        ("status", { $0.status = [.open, .acknowledged] }), ("acknowledged", { $0.status = [.acknowledged] }),
        ("rule", { $0.rule = "rare-rule" }), ("machine", { $0.machine = "Rare.é" }),
        ("glob", { $0.machines = Glob("Ra*") }), ("end of a glob", { $0.machines = Glob("*.é") }),
        ("metric", { $0.metric = "odd" }), ("severity", { $0.severity = [.critical] }),
        ("source", { $0.source = "lab" }), ("label", { $0.labels = ["env": "test"] }),
        ("word", { $0.text = "strang" }), ("note", { $0.text = "dusty" }),
        ("at", { $0.at = Timestamp(milliseconds: 19_000 * 60_000) }),
    ]

    /// Most incidents fit each of these.
    private static let wide: [(name: String, set: Condition)] = [
        ("all", { _ in }), ("resolved", { $0.status = [.resolved] }),
        ("since", { $0.since = Timestamp(milliseconds: 500 * 60_000) }),
        ("until", { $0.until = Timestamp(milliseconds: 19_500 * 60_000) }),
        ("two severities", { $0.severity = [.info, .critical] }), ("wide rule", { $0.rule = "cpu-1" }),
        ("wide glob", { $0.machines = Glob("*") }), ("wide word", { $0.text = "mean" }),
        ("wide label", { $0.labels = ["env": "production"] }),
    ]

    /// 20,000 of which numbers 100, 9,000 and 19,000 are special: open, acknowledged, noted.
    private func history() async throws -> History {
        var history = try History()
        var opened: [Incident] = []
        for id in 1...20_000 as ClosedRange<Int64> {
            var incident = try history.incident(id, special: [100, 9000, 19_000].contains(id))
            if incident.rule != "rare-rule", incident.resolvedAt == nil {
                incident = incident.resolved(.recovered, at: incident.openedAt)
            }
            opened.append(incident)
        }
        try await history.open(opened)
        for index in [99, 8999, 18_999] {
            try await history.note("was dusty", on: Int64(index + 1))
            try await history.move(.acknowledged, index, at: Timestamp(milliseconds: 0))
        }
        while try await history.writer.index(backlog: 1) {}
        return history
    }

    @Test func eachFilterAndEachPairOfFiltersTakesFewSteps() async throws {
        let history = try await history()
        let all = Self.conditions + Self.wide
        for (index, first) in all.enumerated() {
            for second in all[index...] {
                var query = IncidentQuery()
                first.set(&query)
                second.set(&query)
                _ = steps(history)
                let (page, _) = try history.reader.incidents(matching: query)
                let steps = steps(history)
                #expect(
                    page.map(\.id) == history.expected(query).prefix(50).map { $0 },
                    "\(first.name), \(second.name)")
                // To go through 20,000 rows takes ten times that.
                #expect(steps < 20_000, "\(first.name), \(second.name): \(steps) steps")
            }
        }
    }

    private func steps(_ history: History) -> Int { (try? history.reader.read { $0.takeSteps() }) ?? .max }

    private func plan(_ reader: StoreReader, _ sql: String, _ values: [SQLValue]) throws -> String {
        try reader.read { (db) throws(StoreError) in
            try db.rows("EXPLAIN QUERY PLAN " + sql, values) { $0.text(3) ?? "" }
        }.joined(separator: "; ")
    }

    @Test func listsThatAreNotSearchedAreReadInTheirOrder() throws {
        let history = try History()
        for statuses in [[], [.open], [.acknowledged], [.open, .acknowledged]] as [Set<Incident.Status>] {
            var query = IncidentQuery()
            query.status = statuses
            let sql = try #require(StoreReader.list(query))
            let plan = try plan(history.reader, sql, [.integer(7), .integer(51)])
            #expect(plan.contains(statuses.isEmpty ? "INTEGER PRIMARY KEY" : "incident_open_id"), "\(plan)")
            #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test func deliveriesAreReadInTheirOrder() throws {
        let history = try History()
        var queries: [(webhook: String?, DeliveryQuery)] = []
        for webhook in [nil, "a"] {
            for state in [nil, .dead, .held, .superseded, .delivered, .pending] as [Delivery.State?] {
                for incident in [nil, 7] as [Int64?] {
                    var query = DeliveryQuery()
                    (query.state, query.incident) = (state, incident)
                    // Without a webhook, what is rare is looked for at each.
                    let isEach = webhook == nil && query.asksForFew
                    queries.append((isEach ? "each" : webhook, query))
                }
            }
        }
        var pull = DeliveryQuery()
        pull.after = 7
        queries.append(("a", pull))
        for (webhook, query) in queries {
            let (sql, values) = query.sql(of: webhook, from: 3)
            let plan = try plan(history.reader, sql, values)
            #expect(!plan.contains("SCAN"), "\(sql): \(plan)")
            // Those of one incident are few, and so are those that wait.
            let isSorted = query.incident == nil && query.state != .pending
            #expect(!isSorted || !plan.contains("TEMP B-TREE"), "\(sql): \(plan)")
        }
    }

    @Test func eventsAreReadInTheirOrder() throws {
        let history = try History()
        for (sql, value) in [
            ("SELECT * FROM event WHERE id > ? ORDER BY id LIMIT 100", 7),
            ("SELECT * FROM event WHERE incident = ? ORDER BY id", 7),
        ] {
            let plan = try plan(history.reader, sql, [.integer(Int64(value))])
            #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }
}
