import Rules
import TestSupport
import Testing

@testable import Store

/// What the questions of the API cost: a few rows of the index and of the page, however many are stored.
@Suite struct QueryPlanTests {
    private typealias Condition = @Sendable (inout IncidentQuery) -> Void

    /// Three incidents far apart, amid others, fit each of these.
    private static let conditions: [(kind: Int, name: String, set: Condition)] = [
        (1, "status", { $0.status = [.open, .acknowledged] }),
        (1, "acknowledged", { $0.status = [.acknowledged] }),
        (2, "rule", { $0.rule = "rare-rule" }), (3, "machine", { $0.machine = "Rare.é" }),
        (4, "glob", { $0.machines = Glob("Ra*") }), (4, "end of a glob", { $0.machines = Glob("*.é") }),
        (5, "metric", { $0.metric = "odd" }), (6, "severity", { $0.severity = [.critical] }),
        (7, "source", { $0.source = "lab" }), (8, "label", { $0.labels = ["env": "test"] }),
        (9, "word", { $0.text = "strang" }), (9, "note", { $0.text = "dusty" }),
        (10, "at", { $0.at = Timestamp(milliseconds: 5900 * 420_000 + 600_000) }),
    ]

    /// Most incidents fit each of these.
    private static let wide: [(kind: Int, name: String, set: Condition)] = [
        (0, "all", { _ in }), (1, "resolved", { $0.status = [.resolved] }),
        (11, "since", { $0.since = Timestamp(milliseconds: 50 * 420_000) }),
        (12, "until", { $0.until = Timestamp(milliseconds: 5950 * 420_000) }),
        (6, "two severities", { $0.severity = [.info, .critical] }), (2, "wide rule", { $0.rule = "cpu-1" }),
        (4, "wide glob", { $0.machines = Glob("*") }), (9, "wide word", { $0.text = "mean" }),
        (8, "wide label", { $0.labels = ["env": "production"] }),
    ]

    /// 6,000 whose numbers reach over two chunks of the index; three are special, and the last of them is open, and
    /// acknowledged.
    private func history() async throws -> History {
        var history = try History()
        var opened: [Incident] = []
        for number in 1...6000 as ClosedRange<Int64> {
            var incident = try history.incident(
                number * 7, special: [100, 3000, 5900].contains(number), isOpen: number == 5900)
            if incident.rule != "rare-rule", incident.resolvedAt == nil {
                incident = incident.resolved(.recovered, at: incident.openedAt)
            }
            opened.append(incident)
        }
        try await history.open(opened)
        for id in [700, 21_000, 41_300] as [Int64] { try await history.note("was dusty", on: id) }
        try await history.move(.acknowledged, 5899, at: Timestamp(milliseconds: 0))
        while try await history.writer.index(backlog: 1) {}
        return history
    }

    @Test func eachFilterAndEachPairOfFiltersTakesFewSteps() async throws {
        let history = try await history()
        let all = Self.conditions + Self.wide
        let fitting = all.map { condition in
            var query = IncidentQuery()
            condition.set(&query)
            return Set(history.expected(query))
        }
        for (index, first) in all.enumerated() {
            for (other, second) in all.enumerated().dropFirst(index) {
                var query = IncidentQuery()
                first.set(&query)
                second.set(&query)
                _ = steps(history)
                let (page, _) = try history.reader.incidents(matching: query)
                let steps = steps(history)
                let expected = fitting[index].intersection(fitting[other]).sorted(by: >).prefix(50)
                // A second condition of the same kind takes the place of the first.
                if index == other || first.kind != second.kind {
                    #expect(page.map(\.id) == Array(expected), "\(first.name), \(second.name)")
                }
                // To go through 6,000 rows takes ten times that.
                #expect(steps < 6000, "\(first.name), \(second.name): \(steps) steps")
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

    @Test func whatAStartNeedsTakesFewStepsWhateverIsOver() async throws {
        let history = try await history()
        for source in [nil, "fleet", "lab"] {
            _ = await history.writer.takeSteps()
            let open = try await history.writer.openIncidents(of: source)
            #expect(open.map(\.id) == (source == "fleet" ? [] : [5900 * 7]))
            #expect(try await history.writer.heldIncidents(of: source).isEmpty)
            let steps = await history.writer.takeSteps()
            #expect(steps < 500, "\(source ?? "all"): \(steps) steps")
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

    @Test func aPageOfTheAuditTakesFewStepsWhateverItsSpan() async throws {
        let history = try History()
        for second in 1...3000 as ClosedRange<Int64> {
            try await history.writer.keep(
                AuditEntry(
                    at: Timestamp(milliseconds: second * 1000), who: "kim", address: "127.0.0.1",
                    method: "POST", route: "/api/silences", status: 201))
        }
        let (early, late) = (Timestamp(milliseconds: 500_000), Timestamp(milliseconds: 2_500_000))
        for (before, since, until, newest) in [
            (nil, nil, nil, 3000), (1700, nil, nil, 1699), (nil, early, nil, 3000), (nil, late, nil, 3000),
            (nil, nil, early, 499), (nil, nil, late, 2499), (nil, early, late, 2499),
            (1700, early, late, 1699),
        ] as [(Int64?, Timestamp?, Timestamp?, Int64)] {
            var query = AuditQuery()
            (query.before, query.since, query.until) = (before, since, until)
            let (sql, values) = query.sql
            let plan = try plan(history.reader, sql, values)
            #expect(!plan.contains("TEMP B-TREE"), "\(sql): \(plan)")
            _ = steps(history)
            let (page, more) = try history.reader.audit(matching: query)
            #expect(page.map(\.id) == (0..<50).map { newest - $0 }, "\(sql)")
            #expect(more)
            // To go through 500 entries takes twice that.
            let steps = steps(history)
            #expect(steps < 3000, "\(sql): \(steps) steps")
        }
    }
}

extension StoreWriter {
    fileprivate func takeSteps() -> Int { db.takeSteps() }
}
