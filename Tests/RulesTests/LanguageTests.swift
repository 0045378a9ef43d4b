import Testing

@testable import Rules

/// What rules say beside a mean above a bound.
@Suite struct LanguageTests {
    private func rule(
        _ threshold: Threshold?, _ aggregate: Aggregate = .mean, window: WindowSpan = .samples(1),
        within: Duration = .zero, holdFor: Duration = .zero, keepOpen: Duration = .zero,
        selection: Rule.Selection = Rule.Selection()
    ) throws -> Rule {
        Rule(
            name: "r", metric: "cpu", aggregate: aggregate, window: window,
            threshold: try #require(threshold), within: within, holdFor: holdFor, keepOpen: keepOpen,
            selection: selection)
    }

    private func kinds(_ fleet: inout Fleet, _ values: [Double]) throws -> String {
        try values.map { value in
            switch try fleet.poll(["a": value]).first?.kind {
            case .opened: "o"
            case .resolved: "r"
            default: "."
            }
        }.joined()
    }

    @Test func outsideOpensOnEitherSideAndResolvesBetween() throws {
        var fleet = Fleet([try rule(Threshold(outside: 10, 90, clear: (20, 80)))])
        #expect(try kinds(&fleet, [50, 91, 85, 15, 20, 9, 80, 10, 90]) == ".o..ror..")
        #expect(fleet.events.map(\.incident.peak) == [91, 91, 9, 9])
    }

    @Test func aBreachMustHoldForItsTime() throws {
        var fleet = Fleet([try rule(Threshold(.above, 50), holdFor: .seconds(3))])
        #expect(try kinds(&fleet, [90, 90, 90, 10, 90, 90, 90, 90, 10]) == ".......or")
    }

    @Test func aGapInterruptsWhatMustHold() throws {
        var fleet = Fleet([try rule(Threshold(.above, 50), holdFor: .seconds(3))])
        #expect(try kinds(&fleet, [90, 90, 90]) == "...")
        #expect(try fleet.poll(["a": 90], after: 4).isEmpty)
        #expect(try kinds(&fleet, [90, 90, 90]) == "..o")
    }

    @Test func anIncidentStaysOpenUntilItHasBeenOverForItsTime() throws {
        var fleet = Fleet([try rule(Threshold(.above, 50, clear: 40), keepOpen: .seconds(2))])
        #expect(try kinds(&fleet, [90, 30, 30, 45, 40, 40, 40, 90]) == "o.....ro")
    }

    /// Nothing that waits becomes true before the commit.
    @Test func aFailedCommitDoesNotMoveWhatIsPending() throws {
        var fleet = Fleet([try rule(Threshold(.above, 50), holdFor: .seconds(2))])
        _ = try fleet.poll(["a": 10])
        let failed = try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: 2000), metrics: ["cpu"],
                machines: NameList(["a"]), values: [90]))
        _ = fleet.table.judge(failed, nextIncident: 1)
        #expect(try fleet.poll(["a": 90], after: 3).isEmpty)
        #expect(try kinds(&fleet, [90, 90]) == ".o")
    }

    @Test func aForecastSaysWhenItGetsThere() throws {
        let trend = Threshold(.reach, 95)
        let hour = Duration.seconds(3600)
        var fleet = Fleet(
            [try rule(trend, .forecast, window: .duration(hour * 24), within: hour * 24)], maxGap: hour * 2)
        for step in 0..<25 { #expect(try fleet.poll(["a": 50 + Double(step) / 2], after: 3600).isEmpty) }
        // Half a point an hour until here; then two.
        for step in 1...8 { _ = try fleet.poll(["a": 62 + 2 * Double(step)], after: 3600) }
        let opened = try #require(fleet.events.first?.incident)
        #expect(opened.aggregate == .forecast && opened.lastValue > 95)
        #expect(opened.message.hasPrefix("cpu reaches 95 in about "))
        #expect(opened.message.hasSuffix(" h at the trend of the last 1d"))
    }

    @Test(arguments: [
        ([80.0, 85, 90], "cpu reaches 95 in about 1 s at the trend of the last 3 samples"),
        ([94.0, 96, 98], "cpu has reached 95 at the trend of the last 3 samples"),
        ([95.0, 95, 95], "cpu has reached 95 at the trend of the last 3 samples"),
    ])
    func aForecastTellsOfWhatIsThereToo(values: [Double], message: String) throws {
        let threshold = Threshold(.reach, 95)
        var fleet = Fleet([
            try rule(threshold, .forecast, window: .samples(3), within: .seconds(60))
        ])
        _ = try kinds(&fleet, values)
        #expect(fleet.events.map(\.incident.message) == [message])
        #expect(try kinds(&fleet, [50, 40, 30]).contains("r"))
        #expect(fleet.events.last?.incident.closing?.hasSuffix(", back below 95") == true)
    }

    @Test(arguments: [([80.0, 85, 90], "full in about 1 s"), ([94.0, 96, 98], "full in now")])
    func aMessageOfAForecastSaysWhen(values: [Double], message: String) throws {
        var fleet = Fleet([
            Rule(
                name: "r", metric: "cpu", aggregate: .forecast, window: .samples(3),
                threshold: try #require(Threshold(.reach, 95)), within: .seconds(60),
                wording: try Wording("full in {{eta}}"))
        ])
        _ = try kinds(&fleet, values)
        #expect(fleet.events.map(\.incident.message) == [message])
    }

    @Test func aForecastThatFallsMirrorsIt() throws {
        var fleet = Fleet([
            try rule(Threshold(.fallTo, 10), .forecast, window: .samples(2), within: .seconds(5))
        ])
        #expect(try kinds(&fleet, [90, 80, 20, 90, 95]) == "..or.")
        #expect(
            fleet.events.first?.incident.message == "cpu has fallen to 10 at the trend of the last 2 samples"
                || fleet.events.first?.incident.message
                    == "cpu falls to 10 in about 0 s at the trend of the last 2 samples"
        )
    }

    @Test func aRateOfOneSampleIsNotFull() throws {
        var fleet = Fleet([try rule(Threshold(.above, -1), .rate, window: .duration(.seconds(1)))])
        #expect(try kinds(&fleet, [1, 2, 3, 4]) == "....")
    }

    @Test func onlySelectedMachinesAreWatchedAndOthersMayComeLater() throws {
        var selection = Rule.Selection()
        selection.machines = [Glob("10.0.*"), Glob("db")]
        var fleet = Fleet([try rule(Threshold(.above, 50), selection: selection)])
        #expect(
            try fleet.poll(["10.0.1": 90, "10.1.1": 90]).map(\.incident.machine) == ["10.0.1"])
        #expect(
            try fleet.poll(["x": 90, "db": 90, "10.0.1": 90, "10.0.2": 90]).map(\.incident.machine)
                == ["db", "10.0.2"])
        #expect(try fleet.poll(["x": 90, "10.0.2": 1]).map(\.kind) == [.resolved])
    }

    @Test func aRuleForOtherSourcesOrLabelsLeavesThisOneAlone() throws {
        for (labels, sources, count) in [
            (["env": "test"], [String](), 1), (["env": "prod"], [], 0), ([:], ["fleet"], 1),
            ([:], ["lab"], 0),
        ] {
            var selection = Rule.Selection()
            (selection.labels, selection.sources) = (labels, sources)
            var fleet = Fleet([try rule(Threshold(.above, 50), selection: selection)])
            #expect(try fleet.poll(["a": 90]).count == count, "\(labels) \(sources)")
        }
    }

    @Test func anIncidentThatItsRuleIsNotForAnyMoreEnds() throws {
        var fleet = Fleet([try rule(Threshold(.above, 50))])
        let open = try fleet.poll(["a": 90, "b": 90]).map(\.incident)
        var selection = Rule.Selection()
        selection.machines = [Glob("b")]
        let edited = Ruleset(
            version: 8, rules: [try rule(Threshold(.above, 50), selection: selection)],
            sources: [fleet.table.source])
        let ended = edited.farewells(to: open, at: Timestamp(milliseconds: 5000)).map(\.incident)
        #expect(ended.map(\.machine) == ["a"])
        #expect(ended.map(\.resolution) == [.ruleChanged])
        #expect(ended.map(\.closing) == ["rule changed; cpu mean was 90"])
    }

    @Test func theEndSaysWhereTheValueIs() throws {
        var fleet = Fleet([try rule(Threshold(.above, 85, clear: 80))])
        #expect(try kinds(&fleet, [91, 71.25]) == "or")
        let incident = try #require(fleet.events.last?.incident)
        #expect(incident.message == "cpu mean 91 over the last sample is above 85")
        #expect(incident.closing == "cpu mean 71.25 over the last sample is back at or below 80")
        #expect(incident.summary == incident.closing)
        #expect(fleet.events.first?.incident.closing == nil)
    }

    /// More machines than there is room for are refused, and those that are watched stay so.
    @Test func windowsTakeNoMoreMemoryThanTheirBound() throws {
        let threshold = try #require(Threshold(.above, 50))
        let rule = Rule(name: "r", metric: "cpu", window: .samples(11), threshold: threshold)
        let source = ObservedSource(
            name: "fleet", metrics: ["cpu"], maxGap: .seconds(3), sampleLimit: 30)
        var table = SeriesTable(of: source, by: Ruleset(version: 1, rules: [rule], sources: [source]))
        var refused: [Int] = []
        var opened: [String] = []
        for second in Int64(1)...12 {
            let poll = try #require(
                Poll(
                    source: "fleet", at: Timestamp(milliseconds: second * 1000), metrics: ["cpu"],
                    machines: NameList(["a", "b", "c", "d", "e"]), values: [90, 90, 90, 90, 90]))
            let judgement = table.judge(poll, nextIncident: 1)
            table.adopt(judgement, of: poll)
            refused.append(judgement.placement.beyondLimit)
            opened += judgement.events.map(\.incident.machine)
        }
        #expect(Set(refused) == [2])
        #expect(opened == ["a", "b", "c"])
    }

    @Test func aWindowByDurationGrowsNoFurtherThanTheBound() throws {
        let threshold = try #require(Threshold(.above, 50))
        let rule = Rule(name: "r", metric: "cpu", window: .duration(.seconds(100)), threshold: threshold)
        let source = ObservedSource(
            name: "fleet", metrics: ["cpu"], maxGap: .seconds(3), sampleLimit: 64)
        var table = SeriesTable(of: source, by: Ruleset(version: 1, rules: [rule], sources: [source]))
        var evidence = 0
        for second in Int64(1)...150 {
            let poll = try #require(
                Poll(
                    source: "fleet", at: Timestamp(milliseconds: second * 1000), metrics: ["cpu"],
                    machines: NameList(["a", "b"]), values: [90, 1]))
            let judgement = table.judge(poll, nextIncident: 1)
            table.adopt(judgement, of: poll)
            evidence = max(evidence, judgement.events.first?.evidence.count ?? 0)
        }
        #expect((16...33).contains(evidence), "of a hundred samples, as many as there is room for")
    }
}
