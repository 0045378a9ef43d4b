import Rules
import Store
import TestSupport
import Testing

/// What rules remember between polls, read back from a real database.
@Suite struct RestoreTests {
    private static func rules(severity: Severity = .warning) throws -> [Rule] {
        let windows: [WindowSpan] = [.samples(4), .duration(.seconds(5))]
        var rules: [Rule] = []
        for aggregate in Aggregate.allCases {
            for (number, window) in windows.enumerated() {
                let limit = aggregate == .sum ? 220.0 : aggregate == .rate ? 40 : 55
                let side: Threshold.Side = aggregate == .forecast ? .reach : .above
                rules.append(
                    Rule(
                        name: "\(aggregate.rawValue)-\(number)", metric: "cpu", aggregate: aggregate,
                        window: window, threshold: try #require(Threshold(side, limit, clear: limit - 2)),
                        within: aggregate == .forecast ? .seconds(2) : .zero,
                        holdFor: .seconds(2 + number), keepOpen: .seconds(3 - number), severity: severity))
            }
        }
        return rules
    }

    private static func value(_ second: Int64) -> Double {
        Double((second * 7919 + second * second * 31) % 1000) / 10
    }

    private func told(_ events: [Event], at second: Int64) -> [String] {
        events.map { "\(second) \($0.kind.rawValue) \($0.incident.rule) \($0.incident.lastValue)" }
    }

    /// Pending openings and ends follow from the stored samples: nothing of them is lost, or begins anew.
    @Test func restartsAndReloadsAnywhereChangeNothing() async throws {
        let folder = try TemporaryFolder()
        var store: StoreWriter? = try folder.open()
        let rules = Ruleset(version: 1, rules: try Self.rules(), sources: [fleet])
        let edited = Ruleset(version: 2, rules: try Self.rules(severity: .critical), sources: [fleet])
        var table = SeriesTable(of: fleet, by: rules)
        var whole = SeriesTable(of: fleet, by: rules)
        var (interrupted, expected): ([String], [String]) = ([], [])
        var next: Int64 = 1
        for second in Int64(1)...150 where second % 41 > 4 || second < 41 {
            let poll = try poll(at: second, ["a": (Self.value(second), 1)])
            let judgement = whole.judge(poll, nextIncident: next)
            whole.adopt(judgement, of: poll)
            next += Int64(judgement.opened)
            expected += told(judgement.events, at: second)
            if second % 3 == 0 {
                store = nil
                let reopened = try folder.open()
                table = try await reopened.table(of: fleet, by: rules)
                store = reopened
            } else if second % 5 == 0 {
                table = try await #require(store).table(of: fleet, by: second % 2 == 0 ? edited : rules)
            }
            interrupted += told(try await #require(store).take(poll, by: &table, letters: []), at: second)
        }
        #expect(interrupted == expected)
        #expect(expected.count > 100)
        #expect(Set(expected.map { $0.split(separator: " ")[2] }).count == 22, "each rule has its part in it")
    }

    /// Else a poll after a clock was set back could be put before it, or at its very moment.
    @Test func aPollWithoutSamplesIsKnownAsTheLast() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let rules = try ruleset()
        var table = try await store.table(of: fleet, by: rules)
        _ = try await store.take(try poll(at: 1, ["a": (50, 1)]), by: &table)
        _ = try await store.take(try poll(at: 2, [:]), by: &table)
        let restored = try await store.table(of: fleet, by: rules)
        #expect(restored.lastPoll == table.lastPoll)
    }

    /// What a table keeps over an edit is what it would have read anew.
    @Test func whatIsKeptOverAnEditIsWhatIsStored() async throws {
        let store = try TemporaryFolder().open()
        let all = try Self.rules() + [try #require(Self.missing(3))]
        let lower = try #require(Threshold(.above, 40))
        func edited(_ edit: Int) throws -> Ruleset {
            var rules = all.enumerated().filter { ($0.offset * 7 + edit) % 5 != 0 }.map(\.element)
            if edit % 2 == 0 {
                let longer = Rule(
                    name: "longer", metric: "cpu", window: .samples(3 + edit % 4),
                    threshold: try #require(Threshold(.above, 55)), holdFor: .seconds(edit % 3))
                rules.append(longer)
            }
            if edit % 3 == 0 {
                rules = rules.map { $0.aggregate == .mean ? $0.with(threshold: lower) : $0 }
            }
            if edit % 4 == 0 { rules.removeAll { $0.missingPolls != nil || $0.window != .samples(4) } }
            return Ruleset(version: edit, rules: rules, sources: [fleet])
        }
        var rules = try edited(1)
        var kept = try await store.table(of: fleet, by: rules)
        var count = 0
        for second in Int64(1)...200 where second % 41 > 4 || second < 41 {
            let b = second % 23 > 6 ? (Self.value(second + 9), 2.0) : (.nan, .nan)
            let poll = try poll(at: second, ["a": (Self.value(second), 1), "b": b])
            if second % 3 == 0 {
                rules = try edited(Int(second / 3))
                kept = try await store.table(of: fleet, by: rules, after: kept)
            }
            let anew = try await store.table(of: fleet, by: rules)
            let next = try await store.nextIncident()
            let expected = told(anew.judge(poll, nextIncident: next).events, at: second)
            let events = told(try await store.take(poll, by: &kept, letters: []), at: second)
            #expect(events == expected)
            count += expected.count
        }
        #expect(count > 200)
    }

    private static func missing(_ polls: Int) -> Rule? {
        Threshold(.above, Double(polls), clear: 0).map {
            Rule(
                name: "gone", metric: Rule.anyMetric, aggregate: .missing, window: .samples(polls),
                threshold: $0)
        }
    }

    @Test func anEditReadsNoMoreThanItsRulesNewlyNeed() throws {
        let table = SeriesTable(of: fleet, by: try ruleset(window: 5))
        func gaps(_ ruleset: Ruleset) -> SeriesTable.Gaps {
            table.edited(fleet, by: ruleset, open: [], held: []).gaps
        }
        #expect(gaps(try ruleset(window: 5, above: 90)).metrics.isEmpty)
        #expect(gaps(try ruleset(window: 2)).metrics.isEmpty)
        #expect(gaps(try ruleset(window: 6)).metrics == ["cpu"])
    }

    @Test func anIncidentWithTwoBoundsComesBackAsItWas() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let threshold = try #require(Threshold(outside: 10, 90, clear: (20, 80)))
        let rule = Rule(
            name: "odd", metric: "cpu", window: .samples(1), threshold: threshold,
            addedLabels: ["team": "db", "env": "x"], runbook: "https://wiki.example/odd")
        let rules = Ruleset(version: 1, rules: [rule], sources: [fleet])
        var table = try await store.table(of: fleet, by: rules)
        let events = try await store.take(try poll(at: 1, ["a": (5, 1)]), by: &table)
        #expect(try await store.openIncidents() == events.map(\.incident))
        let incident = try #require(events.first?.incident)
        #expect(incident.labels == ["team": "db", "env": "x"])
        #expect(incident.runbook == "https://wiki.example/odd")
        #expect(incident.message == "cpu mean 5 over the last sample is outside 10 to 90")
        table = try await store.table(of: fleet, by: rules)
        #expect(try await store.take(try poll(at: 2, ["a": (15, 1)]), by: &table).isEmpty)
        let resolved = try await store.take(try poll(at: 3, ["a": (21, 1)]), by: &table)
        #expect(
            resolved.first?.incident.closing == "cpu mean 21 over the last sample is back within 20 to 80")
    }
}
