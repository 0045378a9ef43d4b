import Testing

@testable import Rules

/// How a machine stands with a rule, and why a rule does not watch it.
@Suite struct StandingTests {
    private func reason(_ metric: String, _ adjust: (inout Rule.Selection) -> Void = { _ in }) throws
        -> String?
    {
        var selection = Rule.Selection()
        adjust(&selection)
        let rule = Rule(
            name: "r", metric: metric, window: .samples(1), threshold: try #require(Threshold(.above, 85)),
            selection: selection)
        let fleet = ObservedSource(
            name: "fleet", metrics: ["cpu", "mem"], labels: ["env": "test"], maxGap: .seconds(3))
        return rule.reasonNotToWatch("web-1", of: fleet)
    }

    @Test func whatARuleDoesNotWatchIsToldWhy() throws {
        #expect(try reason("cpu") == nil)
        #expect(try reason("disk") == "the source fleet has no metric 'disk'; it has cpu, mem")
        #expect(
            try reason("cpu") { $0.sources = ["lab", "site"] }
                == "the rule is for the sources lab, site, and not for fleet")
        #expect(
            try reason("cpu") { $0.labels = ["env": "production"] }
                == "the rule is for sources with env=production, and fleet has env=test")
        #expect(
            try reason("cpu") { $0.labels = ["env": "test", "team": "db"] }
                == "the rule is for sources with team=db, and fleet has no label team")
        #expect(
            try reason("cpu") { $0.machines = [Glob("db-*")] }
                == "the rule is for the machines db-*, and web-1 is none of them")
    }

    @Test func ofWhatAPollDoesNotSayNothingStands() throws {
        var fleet = Fleet([
            try rule("cpu-high", window: .samples(1), .above, 85),
            Rule(name: "no-cpu", missing: 2, metric: "cpu"),
        ])
        _ = try fleet.take([("a", 1), ("b", .nan)], mem: 1, at: 1000)
        let poll = try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: 2000), metrics: ["mem"],
                machines: NameList(["a", "b"]), values: [1, 1]))
        #expect(fleet.table.standing(of: "a", by: "cpu-high", in: poll) == nil)
        #expect(fleet.table.standing(of: "a", by: "other", in: poll) == nil)
        #expect(fleet.table.standing(of: "a", by: "no-cpu", in: poll)?.value == 1)
        #expect(fleet.table.standing(of: "b", by: "no-cpu", in: poll) == nil, "it never had a cpu")
    }
}

/// Edits that ask for other windows.
@Suite struct EditedTableTests {
    private let source = ObservedSource(
        name: "fleet", metrics: ["cpu"], maxGap: .seconds(3), sampleLimit: 6)

    private func ruleset(_ window: Int, holdFor: Duration = .zero) throws -> Ruleset {
        let rule = Rule(
            name: "cpu-high", metric: "cpu", window: .samples(window),
            threshold: try #require(Threshold(.above, 85)), holdFor: holdFor)
        return Ruleset(version: 1, rules: [rule], sources: [source])
    }

    /// Each machine has the same cpu.
    private func poll(_ second: Int64, _ cpu: Double, of machines: [String]) throws -> Poll {
        try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: second * 1000), metrics: ["cpu"],
                machines: NameList(machines), values: machines.map { _ in cpu }))
    }

    @Test func machinesForWhichALongerWindowLeavesNoRoomAreCountedAndNotWatched() throws {
        let names = ["a", "b", "c"]
        var table = SeriesTable(of: source, by: try ruleset(2))
        var opened: [String] = []
        func take(_ second: Int64, _ cpu: Double) throws -> Int {
            let poll = try poll(second, cpu, of: names)
            let judgement = table.judge(poll, nextIncident: 1)
            table.adopt(judgement, of: poll)
            opened += judgement.events.map(\.incident.machine)
            return judgement.placement.beyondLimit
        }
        #expect(try take(1, 1) == 0)
        // Three samples each of two machines are all that is remembered.
        table = table.edited(source, by: try ruleset(4), open: [], held: []).table
        for second in Int64(2)...5 { #expect(try take(second, 90) == 1) }
        #expect(opened == ["a", "b"])
        let open = table.openIncidents
        table = table.edited(source, by: try ruleset(2), open: open, held: []).table
        for second in Int64(6)...7 { #expect(try take(second, 90) == 0) }
        #expect(opened == ["a", "b", "c"])
    }

    @Test func aBreachThatEndsWhileAnEditIsPreparedLeavesNothingToReadAgain() throws {
        let (short, long) = (try ruleset(1), try ruleset(2, holdFor: .seconds(2)))
        var table = SeriesTable(of: source, by: short)
        func take(_ second: Int64, _ cpu: Double) throws -> Judgement {
            let poll = try poll(second, cpu, of: ["a"])
            let judgement = table.judge(poll, nextIncident: 1)
            table.adopt(judgement, of: poll)
            return judgement
        }
        let incident = try #require(try take(1, 90).events.first).incident
        let held = incident.resolved(.byHand, at: Timestamp(milliseconds: 1500))
        table.replace(held)
        let (empty, gaps) = table.edited(source, by: long, open: [], held: [held])
        #expect(gaps.metrics == ["cpu"])
        var backfill = Backfill(empty, metrics: gaps.metrics, by: long)
        let end = try take(2, 10)
        #expect(end.released == [incident.id])
        backfill.follow(end)
        for (second, value) in [(1, 90.0), (2, 10)] as [(Int64, Double)] {
            let time = Timestamp(milliseconds: second * 1000)
            backfill.remember(StoredSamples(metric: "cpu", firstSlot: 0, at: time, values: [value]))
        }
        let edited = table.edited(source, by: long, open: [], held: [], backfill: backfill)
        #expect(edited.gaps.metrics.isEmpty)
    }
}
