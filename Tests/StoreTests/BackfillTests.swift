import Rules
import Store
import TestSupport
import Testing

/// What an edit of the rules needs, read beside the polls that go on.
@Suite struct BackfillTests {
    private struct Preparation {
        let rules: Ruleset
        var backfill: Backfill
        var reader: SampleReader
    }

    /// Other windows and waits with each edit.
    private static func rules(_ edit: Int) throws -> Ruleset {
        let threshold = try #require(Threshold(.above, 55, clear: 50))
        let rules = ["cpu", "mem"].enumerated().map { column, metric in
            let length = 2 + (edit * 5 + column * 3) % 7
            return Rule(
                name: "\(metric)-high", metric: metric,
                window: edit % 3 == column ? .duration(.seconds(length)) : .samples(length),
                threshold: threshold, holdFor: .seconds((edit + column) % 4), keepOpen: .seconds(edit % 3))
        }
        return Ruleset(version: edit, rules: rules, sources: [fleet])
    }

    private static func value(_ second: Int64, _ machine: Int64) -> Double {
        let mixed: Int64 = second * (7919 + second * 31) + machine * 613
        return Double(mixed % 1000) / 10
    }

    /// Machines come and go, and incidents open and end, while it is read.
    private static func moving(_ second: Int64) throws -> Poll {
        let machines: [Int64] = (0..<(3 + second / 40)).filter { (second / 9 + $0) % 5 != 0 }
        var values: [Double] = []
        for machine in machines { values += [value(second, machine), value(second, machine + 7)] }
        let names = NameList(machines.map { "m\($0)" })
        let time = Timestamp(milliseconds: second * 1000)
        return try #require(
            Poll(source: "fleet", at: time, metrics: ["cpu", "mem"], machines: names, values: values))
    }

    private func told(_ events: [Event]) -> [String] {
        events.map {
            "\($0.kind.rawValue) \($0.incident.rule) \($0.incident.machine) \($0.incident.lastValue)"
        }
    }

    @Test func whatIsReadBesideThePollsIsWhatAStartWouldRead() async throws {
        let store = try TemporaryFolder().open()
        var rules = try Self.rules(0)
        var table = try await store.table(of: fleet, by: rules)
        var preparation: Preparation?
        var (count, edits, polls) = (0, 0, 0)
        for second in Int64(1)...400 where second % 41 > 4 || second < 41 {
            if preparation == nil, second % 4 == 0 {
                let next = try Self.rules(edits + 1)
                let (empty, gaps) = try await store.incompleteTable(of: fleet, by: next, after: table)
                let last = try #require(try await store.lastPoll(of: "fleet"))
                preparation = Preparation(
                    rules: next, backfill: Backfill(empty, metrics: gaps.metrics, by: next),
                    reader: SampleReader(of: empty, gaps.metrics, lastPoll: last))
            }
            for _ in 0..<2 {
                guard var current = preparation else { break }
                if let (samples, reader) = try await store.samples(by: current.reader, atLeast: 1) {
                    for row in samples { current.backfill.remember(row) }
                    current.reader = reader
                    preparation = current
                } else {
                    (rules, preparation) = (current.rules, nil)
                    table = try await store.table(
                        of: fleet, by: rules, after: table, backfill: current.backfill)
                    edits += 1
                }
            }
            if preparation != nil { polls += 1 }
            let poll = try Self.moving(second)
            let anew = try await store.table(of: fleet, by: rules)
            let next = try await store.nextIncident()
            let expected = told(anew.judge(poll, nextIncident: next).events)
            preparation?.backfill.follow(table.judge(poll, nextIncident: next))
            #expect(told(try await store.take(poll, by: &table, letters: [])) == expected, "at \(second)")
            count += expected.count
        }
        #expect(edits > 15)
        #expect(polls > 100, "many were judged while an edit was prepared")
        #expect(count > 200)
    }

    /// Else the edit would read it all again while polls wait.
    @Test func whatWasReadLeavesNoGap() async throws {
        let store = try TemporaryFolder().open()
        var table = try await store.table(of: fleet, by: try ruleset(window: 2))
        for second in Int64(1)...5 {
            _ = try await store.take(try poll(at: second, ["a": (50, 1)]), by: &table)
        }
        let edited = try ruleset(window: 4)
        let (empty, gaps) = try await store.incompleteTable(of: fleet, by: edited, after: table)
        #expect(gaps.metrics == ["cpu"])
        let last = try #require(try await store.lastPoll(of: "fleet"))
        var backfill = Backfill(empty, metrics: gaps.metrics, by: edited)
        var reader = SampleReader(of: empty, gaps.metrics, lastPoll: last)
        while let (samples, next) = try await store.samples(by: reader, atLeast: 1) {
            for row in samples { backfill.remember(row) }
            reader = next
        }
        let filled = try await store.incompleteTable(of: fleet, by: edited, after: table, backfill: backfill)
        #expect(filled.gaps.metrics.isEmpty)
    }
}
