import Rules
import Testing

@Suite struct JudgeTests {
    @Test func opensOnAFullWindowAndResolvesOnRecovery() throws {
        var fleet = Fleet([try rule(window: .samples(3), .above, 85)])
        #expect(try fleet.poll(["a": 88]).isEmpty)
        #expect(try fleet.poll(["a": 89]).isEmpty)
        let opened = try #require(try fleet.poll(["a": 97]).first)
        #expect(opened.kind == .opened)
        #expect(opened.incident.id == 1)
        #expect(opened.incident.message == "cpu mean 91.33 over the last 3 samples is above 85")
        #expect(opened.incident.peak == 97)
        #expect(opened.incident.rulesVersion == 7)
        #expect(opened.evidence.map(\.value) == [88, 89, 97])
        #expect(opened.evidence.map(\.at.milliseconds) == [1000, 2000, 3000])
        #expect(try fleet.poll(["a": 99]).isEmpty, "an incident that is open does not open again")
        let resolved = try #require(try fleet.poll(["a": 10]).first)
        #expect(resolved.kind == .resolved)
        #expect(resolved.incident.resolution == .recovered)
        #expect(resolved.incident.peak == 99)
        #expect(resolved.incident.lastValue == (97 + 99 + 10) / 3.0)
        #expect(try fleet.poll(["a": 10]).isEmpty)
    }

    /// Pushed samples, and targets that answer late, come in polls of some of the machines.
    @Test func aPollOfSomeMachinesLeavesTheOthersAsTheyAre() throws {
        var fleet = Fleet([try rule(window: .samples(2), .above, 85)])
        #expect(try fleet.take([("a", 90)], at: 1000).isEmpty)
        #expect(try fleet.take([("b", 90)], at: 1001).isEmpty)
        #expect(try fleet.take([("b", 90)], at: 2001).map(\.incident.machine) == ["b"])
        #expect(try fleet.take([("c", 10)], at: 2002).isEmpty)
        let opened = try fleet.take([("c", 10), ("a", 92)], at: 2003)
        #expect(opened.map(\.incident.machine) == ["a"])
        #expect(opened.first?.evidence.map(\.at.milliseconds) == [1000, 2003])
        #expect(try fleet.take([("b", 10)], at: 3001).map(\.kind) == [.resolved])
    }

    @Test func aMeanThatEqualsTheThresholdIsNoBreach() throws {
        var fleet = Fleet([try rule(window: .samples(1), .above, 85)])
        #expect(try fleet.poll(["a": 85]).isEmpty)
        #expect(
            try fleet.poll(["a": 85.000001]).map(\.incident.message)
                == ["cpu mean 85.000001 over the last sample is above 85"])
    }

    @Test func staysOpenBetweenClearAndTheLimit() throws {
        var fleet = Fleet([try rule(window: .samples(1), .above, 90, clear: 85)])
        var kinds: [Event.Kind?] = []
        for value in [88.0, 91, 88, 85.1, 85, 88] { kinds.append(try fleet.poll(["a": value]).first?.kind) }
        #expect(kinds == [nil, .opened, nil, nil, .resolved, nil])
    }

    @Test func belowMirrorsAbove() throws {
        var fleet = Fleet([try rule("low", .min, window: .samples(2), .below, 10, clear: 20)])
        var kinds: [Event.Kind?] = []
        for value in [50.0, 9, 30, 15, 30, 30] { kinds.append(try fleet.poll(["a": value]).first?.kind) }
        #expect(kinds == [nil, .opened, nil, nil, nil, .resolved])
        #expect(fleet.events.last?.incident.peak == 9)
    }

    @Test func aLongGapStartsTheWindowAnew() throws {
        var fleet = Fleet([try rule(window: .samples(2), .above, 85)])
        #expect(try fleet.poll(["a": 99]).isEmpty)
        #expect(try fleet.poll(["a": 99], after: 4).isEmpty, "3 s is the longest gap")
        #expect(try fleet.poll(["a": 99], after: 3).count == 1)
    }

    @Test func anIncidentOutlivesAGapAndResolvesOnTheNextFullWindow() throws {
        var fleet = Fleet([try rule(window: .samples(2), .above, 85)])
        for value in [99.0, 99] { _ = try fleet.poll(["a": value]) }
        #expect(try fleet.poll(["a": 1], after: 100).isEmpty)
        #expect(try fleet.poll(["a": 1]).map(\.kind) == [.resolved])
    }

    @Test func samplesThatAreNotNewerAreIgnored() throws {
        var fleet = Fleet([try rule(window: .samples(2), .above, 85)])
        _ = try fleet.poll(["a": 99])
        let again = try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: 1000), metrics: ["cpu"],
                machines: NameList(["a"]),
                values: [99]))
        let judgement = fleet.table.judge(again, nextIncident: 1)
        #expect(judgement.events.isEmpty)
    }

    @Test func aWindowByDurationIsFullOnceItsSpanHasPassed() throws {
        var fleet = Fleet([try rule(window: .duration(.seconds(3)), .above, 50)])
        var opened: [Int] = []
        for (index, value) in [90.0, 90, 90, 90, 0, 0, 0].enumerated()
        where try !fleet.poll(["a": value]).isEmpty { opened.append(index) }
        #expect(
            opened == [3, 5], "full 3 s after the first sample; the mean of the last 3 s falls at the sixth")
        #expect(fleet.events.first?.evidence.count == 3)
        #expect(fleet.events.first?.incident.message == "cpu mean 90 over the last 3s is above 50")
    }

    @Test func aFailedCommitLeavesNothingBehind() throws {
        var fleet = Fleet([try rule(window: .samples(2), .above, 85)])
        _ = try fleet.poll(["a": 99])
        let poll = try #require(
            Poll(
                source: "fleet", at: Timestamp(milliseconds: 2000), metrics: ["cpu"],
                machines: NameList(["a", "new"]), values: [99, 99]))
        let first = fleet.table.judge(poll, nextIncident: 1)
        let again = fleet.table.judge(poll, nextIncident: 1)
        #expect(first.events == again.events)
        #expect(first.events.count == 1)
        #expect(first.placement.added == again.placement.added)
    }

    @Test func aMachineNamedTwiceInAPollCountsOnce() throws {
        var fleet = Fleet([try rule(window: .samples(1), .above, 85)])
        #expect(try fleet.take([("a", 99), ("a", 99)], at: 1000).count == 1)
    }
}

@Suite struct MachineLimitTests {
    @Test func aNewMachineBeyondTheLimitIsRefusedWhileAllOthersReport() throws {
        var fleet = Fleet([try rule(window: .samples(1), .above, 85)], maxMachines: 2)
        #expect(try fleet.poll(["a": 1, "b": 1, "c": 99]).isEmpty)
        #expect(try fleet.poll(["a": 99, "b": 99, "c": 99]).map(\.incident.machine) == ["a", "b"])
    }

    @Test func aMachineLongSilentGivesWayUnlessItsIncidentIsOpen() throws {
        var fleet = Fleet([try rule(window: .samples(1), .above, 85)], maxMachines: 2)
        _ = try fleet.poll(["open": 99, "silent": 1])
        #expect(try fleet.poll(["new": 99], after: 60).map(\.incident.machine) == ["new"])
        #expect(try fleet.poll(["other": 99], after: 60).isEmpty, "both slots hold an open incident")
        #expect(try fleet.poll(["open": 1]).map(\.incident.machine) == ["open"])
    }

    @Test func tenThousandNewNamesEachPollStayBounded() throws {
        var fleet = Fleet([try rule(window: .samples(1), .above, 85)], maxMachines: 1000)
        for round in 0..<5 {
            let names = (0..<10_000).map { ("\(round)-\($0)", 1.0) }
            #expect(try fleet.take(names, at: Int64(round) * 60_000).isEmpty)
        }
        #expect(
            try fleet.take([("4-0", 99.0), ("4-1000", 99)], at: 241_000).map(\.incident.machine) == ["4-0"])
    }
}
