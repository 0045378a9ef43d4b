import Testing

@testable import Rules

@Suite struct MissingTests {
    private let gone = Rule(name: "gone", missing: 3, severity: .critical)

    @Test func opensAfterSoManyPollsWithoutTheMachineAndEndsWhenItIsBack() throws {
        var fleet = Fleet([gone])
        #expect(try fleet.poll(["a": 1, "b": 1]).isEmpty)
        #expect(try fleet.poll(["b": 1]).isEmpty)
        #expect(try fleet.poll(["b": 1]).isEmpty)
        let opened = try #require(try fleet.poll(["b": 1]).first)
        let incident = opened.incident
        #expect(opened.kind == .opened)
        #expect(opened.evidence.isEmpty)
        #expect(
            incident.message
                == "a has not been reported by fleet for 3 polls (last seen 1970-01-01T00:00:01.000Z)")
        #expect((incident.machine, incident.metric) == ("a", "*"))
        #expect(incident.aggregate == .missing)
        #expect(incident.window == .samples(3))
        #expect((incident.threshold.limit, incident.value, incident.peak) == (3, 3, 3))
        #expect(try fleet.poll(["b": 1]).isEmpty, "an incident that is open does not open again")
        #expect(fleet.table.openIncidents.map(\.lastValue) == [4])
        let resolved = try #require(try fleet.poll(["a": 1, "b": 1]).first)
        #expect(resolved.incident.resolution == .recovered)
        #expect((resolved.incident.lastValue, resolved.incident.peak) == (0, 4))
        // It counts anew.
        #expect(try fleet.poll(["b": 1]).isEmpty)
        #expect(try fleet.poll(["b": 1]).isEmpty)
        #expect(try fleet.poll(["b": 1]).map(\.kind) == [.opened])
    }

    @Test func onlyTheMachinesOfTheRuleAreMissedAndItsWordsAreUsed() throws {
        var selection = Rule.Selection()
        selection.machines = [Glob("web-*")]
        let rule = Rule(
            name: "gone", missing: 2, selection: selection, addedLabels: ["team": "web"],
            wording: try Wording("{{machine}} of {{labels.team}}: {{value}} polls, limit {{window}}{{eta}}"),
            runbook: "https://wiki.example/gone")
        var fleet = Fleet([rule])
        #expect(try fleet.poll(["db-1": 1, "web-1": 1]).isEmpty)
        // Added once the table knows machines.
        #expect(try fleet.poll(["db-1": 1, "db-2": 1, "web-1": 1, "web-2": 1]).isEmpty)
        #expect(try fleet.poll([:]).isEmpty)
        let opened = try fleet.poll([:]).map(\.incident)
        #expect(opened.map(\.machine) == ["web-1", "web-2"])
        #expect(opened.first?.message == "web-1 of web: 2 polls, limit 2 polls")
        #expect(opened.first?.labels == ["env": "test", "team": "web"])
        #expect(opened.first?.runbook == "https://wiki.example/gone")
        let ended = try fleet.poll(["web-1": 1]).map(\.incident)
        #expect(ended.map(\.closing) == ["web-1 is reported by fleet again"])
        let web2 = try #require(fleet.table.openIncidents.first)
        #expect(
            web2.resolved(.byHand, at: web2.openedAt).closing
                == "resolved by hand; web-2 has not been reported by fleet for 3 polls")
    }

    @Test func aResponseThatNamesNoMachineCountsForEach() throws {
        var fleet = Fleet([Rule(name: "gone", missing: 1)])
        #expect(try fleet.poll(["a": 1, "b": 1]).isEmpty)
        let messages = try fleet.poll([:]).map(\.incident.message)
        #expect(
            messages
                == ["a", "b"].map {
                    "\($0) has not been reported by fleet for 1 poll (last seen 1970-01-01T00:00:01.000Z)"
                })
    }

    @Test func ofOneMetricTheOthersSayNothing() throws {
        var fleet = Fleet([Rule(name: "no-cpu", missing: 2, metric: "cpu"), Rule(name: "gone", missing: 2)])
        #expect(try fleet.take([("a", 1), ("b", .nan)], mem: 1, at: 1000).isEmpty)
        #expect(try fleet.take([("a", .nan), ("b", .nan)], mem: 1, at: 2000).isEmpty)
        // b never had a cpu, and cannot lose it.
        let events = try fleet.take([("a", .nan), ("b", .nan)], mem: 1, at: 3000)
        #expect(
            events.map(\.incident.message) == [
                "cpu of a has not been reported by fleet for 2 polls (last seen 1970-01-01T00:00:01.000Z)"
            ])
        #expect(try fleet.take([("a", 2), ("b", .nan)], mem: 1, at: 4000).map(\.kind) == [.resolved])
    }

    @Test func endsWhenThePlaceOfTheMachineIsGivenAway() throws {
        var fleet = Fleet([gone], maxMachines: 2)
        #expect(try fleet.poll(["a": 1, "b": 1]).isEmpty)
        for _ in 0..<3 { _ = try fleet.poll(["b": 1]) }
        #expect(fleet.events.map(\.kind) == [.opened])
        let ended = try #require(try fleet.poll(["b": 1, "c": 1]).first)
        #expect(ended.incident.machine == "a")
        #expect(ended.incident.resolution == .machineForgotten)
        #expect(fleet.table.openIncidents.isEmpty)
        // The one that has its place now is missed as any other.
        for _ in 0..<3 { _ = try fleet.poll(["b": 1]) }
        #expect(fleet.events.last?.incident.machine == "c")
        #expect(fleet.events.last?.kind == .opened)
    }

    @Test func whatIsResolvedByHandStaysSoUntilTheMachineIsBack() throws {
        var fleet = Fleet([gone])
        _ = try fleet.poll(["a": 1])
        for _ in 0..<3 { _ = try fleet.poll([:]) }
        let incident = try #require(fleet.table.openIncidents.first)
        fleet.table.replace(incident.resolved(.byHand, at: Timestamp(milliseconds: 4500)))
        for _ in 0..<5 { #expect(try fleet.poll([:]).isEmpty) }
        #expect(try fleet.poll(["a": 1]).isEmpty)
        for _ in 0..<2 { #expect(try fleet.poll([:]).isEmpty) }
        #expect(try fleet.poll([:]).map(\.kind) == [.opened])
    }

    /// Targets that answer late, and machines that push, come in polls of their own.
    @Test func pollsThatFollowOneAnotherCloselyCountAsOne() throws {
        var fleet = Fleet([Rule(name: "gone", missing: 2)], pollSpacing: .milliseconds(500))
        for second in 1...3 as ClosedRange<Int64> {
            #expect(try fleet.take([("a", 1)], at: second * 1000).isEmpty)
            #expect(try fleet.take([("b", 1)], at: second * 1000 + 100).isEmpty)
        }
        #expect(try fleet.take([("a", 1)], at: 4000).isEmpty)
        #expect(try fleet.take([("a", 1)], at: 5000).map(\.incident.machine) == ["b"])
    }

    @Test func aRuleThatJudgesValuesTakesOverNoIncidentOfOneThatDoesNot() throws {
        var fleet = Fleet([Rule(name: "cpu", missing: 1, metric: "cpu")])
        _ = try fleet.poll(["a": 1])
        let incident = try #require(try fleet.poll([:]).first).incident
        let other = try Ruleset(
            version: 8, rules: [rule("cpu", window: .samples(1), .above, 1)], sources: [fleet.table.source])
        #expect(!other.watches(incident))
    }
}
