import Rules
import Store
import TestSupport
import Testing

@Suite struct OutboxTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func time(_ second: Int64) -> Timestamp { Timestamp(milliseconds: second * 1000) }

    /// A store with machine `a` opened at 1 s and resolved at 2 s, and `b` opened at 2 s.
    func filled() async throws -> StoreWriter {
        let store = try folder.open(at: 5000)
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (99, 1), "b": (1, 1)]), by: &table)
        _ = try await store.take(try poll(at: 2, ["a": (1, 1), "b": (99, 1)]), by: &table)
        return store
    }

    func finding(_ delivery: Delivery, _ next: Finding.Next) -> Finding {
        let attempt = Attempt(
            number: delivery.attempts + 1, at: time(6), duration: .milliseconds(3), status: 500, error: nil,
            answer: [])
        return Finding(delivery: delivery.id, attempt: attempt, next: next)
    }

    @Test func eventsOfAnIncidentAreDueOneAfterTheOther() async throws {
        let store = try await filled()
        let first = try await store.due(for: "ops", at: time(6), holding: [], limit: 10)
        #expect(first.map(\.incident) == [1, 2])
        #expect(first.map(\.sequence) == [1, 3])
        #expect(first.map(\.messageID) == ["msg_test_1_3uw", "msg_test_3_3uw"])
        #expect(first.map { String(decoding: $0.body, as: UTF8.self) } == ["opened", "opened"])
        try await store.record([finding(first[0], .delivered)])
        let second = try await store.due(for: "ops", at: time(6), holding: [first[1].id], limit: 10)
        #expect(second.map { String(decoding: $0.body, as: UTF8.self) } == ["resolved"])
    }

    @Test func aRetryWaitsForItsTimeAndHoldsBackItsIncidentOnly() async throws {
        let store = try await filled()
        let first = try await store.due(for: "ops", at: time(6), holding: [], limit: 1)
        try await store.record([finding(first[0], .retry(at: time(11)))])
        #expect(try await store.due(for: "ops", at: time(6), holding: [], limit: 10).map(\.incident) == [2])
        #expect(try await store.nextDue(for: "ops", holding: [3]) == time(11))
        let again = try await store.due(for: "ops", at: time(11), holding: [], limit: 10)
        #expect(again.map(\.attempts).sorted() == [0, 1])
        #expect(again.map(\.messageID).contains("msg_test_1_3uw"))
    }

    @Test func theDeadAreKeptWithTheirAttempts() async throws {
        let store = try await filled()
        let first = try await store.due(for: "ops", at: time(6), holding: [], limit: 1)
        try await store.record([finding(first[0], .dead)])
        let reader = try StoreReader(path: folder.database, of: store)
        let record = try #require(try reader.record(of: 1))
        #expect(record.deliveries.map(\.delivery.state) == [.dead, .pending])
        #expect(record.deliveries.first?.attempts.map(\.status) == [500])
        #expect(record.events.map(\.kind) == ["incident.opened", "incident.resolved"])
    }

    @Test func aDeliveryThatWasDeletedGivesItsNumberToNoOther() async throws {
        let store = try await filled()
        var ids: [String] = []
        while let next = try await store.due(for: "ops", at: time(6), holding: [], limit: 1).first {
            ids.append(next.messageID)
            try await store.record([finding(next, .delivered)])
        }
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 3, ["b": (1, 1)]), by: &table, letters: [])
        while try await store.prune(samplesBefore: time(9999), incidentsBefore: time(9999)) {}
        _ = try await store.take(try poll(at: 4, ["b": (99, 1)]), by: &table)
        let next = try await store.due(for: "ops", at: time(6), holding: [], limit: 10)
        #expect(ids == ["msg_test_1_3uw", "msg_test_2_3uw", "msg_test_3_3uw"])
        #expect(next.map(\.messageID) == ["msg_test_4_3uw"])
        #expect(next.map(\.event) == [5])
    }

    @Test func eachWebhookCountsItsOwnDeliveries() async throws {
        let store = try await filled()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(
            try poll(at: 3, ["a": (99, 1), "c": (99, 1)]), by: &table, letters: ["ops", "new"])
        let reader = try StoreReader(path: folder.database, of: store)
        let all = try (1...4).flatMap { try reader.record(of: $0)?.deliveries.map(\.delivery) ?? [] }
        #expect(all.filter { $0.webhook == "ops" }.map(\.sequence).sorted() == [1, 2, 3, 4, 5])
        #expect(all.filter { $0.webhook == "new" }.map(\.sequence) == [1, 2])
    }

    @Test func textsAndBodiesOfNoLengthComeBackEmpty() async throws {
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        let poll = try poll(at: 1, ["a": (99, 1)])
        let judgement = table.judge(poll, nextIncident: 1)
        var change = Change(decidedAt: poll.at)
        change.samples = (poll, judgement.placement)
        change.notices = judgement.events.map { Notice($0, letters: [Letter(to: "", body: [])]) }
        try await store.commit(change)
        table.adopt(judgement, of: poll)
        let delivery = try #require(try await store.due(for: "", at: time(6), holding: [], limit: 1).first)
        #expect(delivery.webhook == "")
        #expect(delivery.body == [])
    }

    @Test func aRangeOfWhatIsNotOverIsNotSentAgain() async throws {
        let store = try await filled()
        let before = try await store.due(for: "ops", at: time(6), holding: [], limit: 9)
        let range = ReplayRange(webhook: "ops", state: .pending)
        #expect(try await store.replay(range, at: time(99)) == (0, 0))
        let after = try await store.due(for: "ops", at: time(6), holding: [], limit: 9)
        #expect(!after.isEmpty && after.map(\.dueAt) == before.map(\.dueAt))
    }

    @Test func retentionWithoutTimeLeftDeletesNothingAndHasMoreToDo() async throws {
        let store = try await filled()
        let end = time(9999)
        #expect(try await store.prune(samplesBefore: end, incidentsBefore: end, budget: .zero))
        let reader = try StoreReader(path: folder.database, of: store)
        #expect(try reader.samples(of: "a", "cpu", source: "fleet", from: time(0), to: time(9)).count == 2)
    }

    @Test func whatIsPendingSurvivesRetention() async throws {
        let store = try await filled()
        while try await store.prune(samplesBefore: time(9999), incidentsBefore: time(9999)) {}
        #expect(try await store.pending() == ["ops": 3])
    }
}

@Suite struct QueryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Incident 1: `a`, 1 s to 2 s. Incident 2: `b.example`, since 2 s.
    func reader() async throws -> StoreReader {
        let store = try folder.open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 1))
        _ = try await store.take(try poll(at: 1, ["a": (99, 1), "b.example": (1, 1)]), by: &table)
        _ = try await store.take(try poll(at: 2, ["a": (1, 1), "b.example": (99, 1)]), by: &table)
        return try StoreReader(path: folder.database, of: store)
    }

    func time(_ second: Int64) -> Timestamp { Timestamp(milliseconds: second * 1000) }

    @Test func eachFilterRestricts() async throws {
        let reader = try await reader()
        func ids(_ fill: (inout IncidentQuery) -> Void) throws -> [Int64] {
            var query = IncidentQuery()
            fill(&query)
            return try reader.incidents(matching: query).page.map(\.id)
        }
        #expect(try ids { _ in } == [2, 1])
        #expect(try ids { $0.status = [.open] } == [2])
        #expect(try ids { $0.status = [.resolved] } == [1])
        #expect(try ids { $0.rule = "cpu-high" } == [2, 1])
        #expect(try ids { $0.rule = "disk-full" } == [])
        #expect(try ids { $0.machines = Glob("b.*") } == [2])
        #expect(try ids { $0.machine = "a" } == [1])
        #expect(try ids { $0.metric = "mem" } == [])
        #expect(try ids { $0.severity = [.critical] } == [2, 1])
        #expect(try ids { $0.source = "other" } == [])
        #expect(try ids { $0.labels = ["env": "production"] } == [2, 1])
        #expect(try ids { $0.labels = ["env": "prod"] } == [])
        #expect(try ids { $0.since = time(2) } == [2])
        #expect(try ids { $0.until = time(2) } == [1])
        #expect(try ids { $0.at = time(1) } == [1])
        #expect(try ids { $0.at = time(2) } == [2])
        #expect(try ids { $0.text = "EXAMPLE mean" } == [2])
        #expect(try ids { $0.text = "100%" } == [])
    }

    @Test func pagesNeitherSkipNorRepeat() async throws {
        let reader = try await reader()
        var query = IncidentQuery()
        query.limit = 1
        let first = try reader.incidents(matching: query)
        #expect(first.page.map(\.id) == [2])
        #expect(first.more)
        query.before = 2
        let second = try reader.incidents(matching: query)
        #expect(second.page.map(\.id) == [1])
        #expect(!second.more)
    }
}
