import Rules
import Testing

/// Where the rows of a poll belong, against a dictionary of names.
@Suite struct PlacementTests {
    /// Lists that repeat, move, grow, shrink and name a machine twice.
    private func lists(_ random: inout SplitMix64) -> [[String]] {
        var names = (0..<8).map { "m\($0)" }
        var lists: [[String]] = []
        for number in 0..<40 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: names.shuffle(using: &random)
            case 1: names.remove(at: Int.random(in: 0..<names.count, using: &random))
            case 2: names.insert("n\(number)", at: Int.random(in: 0...names.count, using: &random))
            case 3: names.append(names[0])
            // As many bytes as before in as many names, cut elsewhere.
            case 4: names += ["ab", "c"]
            case 5 where names.suffix(2) == ["ab", "c"]:
                names = names.dropLast(2) + ["a", "bc"]
            default: break
            }
            lists.append(names)
        }
        return lists
    }

    @Test func namesMustFillTheirBytesInOrder() throws {
        let bytes = Array("webdb".utf8)
        let names = try #require(NameList(bytes: bytes, ends: [3, 3, 5]))
        #expect((0..<names.count).map { names[$0] } == ["web", "", "db"])
        for ends in [[], [3], [3, 6], [5, 3], [5, 3, 5]] {
            #expect(NameList(bytes: bytes, ends: ends) == nil)
        }
    }

    @Test(arguments: [100, 9])
    func eachRowHasTheSlotThatItsNameHadFirst(limit: Int) throws {
        for seed in UInt64(0)..<200 {
            var random = SplitMix64(seed: seed)
            var fleet = Fleet([try rule(window: .samples(2), .above, 85)], maxMachines: limit)
            var slots: [String: Int32] = [:]
            for (number, names) in lists(&random).enumerated() {
                let poll = try #require(
                    Poll(
                        source: "fleet", at: Timestamp(milliseconds: Int64(number) * 2000), metrics: ["cpu"],
                        machines: NameList(names), values: names.map { _ in 1 }))
                let judgement = fleet.table.judge(poll, nextIncident: 1)
                let placement = judgement.placement
                for member in placement.forgotten {
                    #expect(slots.removeValue(forKey: member.name) == member.slot)
                }
                for member in placement.added {
                    #expect(slots.updateValue(member.slot, forKey: member.name) == nil)
                }
                #expect(Set(slots.values).count == slots.count)
                #expect(slots.count <= limit)
                var seen: Set<String> = []
                let expected = names.map { seen.insert($0).inserted ? slots[$0] ?? -1 : -1 }
                #expect(placement.slots == expected, "seed \(seed), poll \(number): \(names)")
                #expect(placement.beyondLimit == names.filter { slots[$0] == nil }.count)
                // Judged twice, adopted once: a commit that failed in between leaves no trace.
                if number % 3 == 0 {
                    #expect(fleet.table.judge(poll, nextIncident: 1).placement.slots == expected)
                }
                fleet.table.adopt(judgement, of: poll)
            }
        }
    }
}

/// Windows by duration beside windows by count on one metric, against the samples written out.
@Suite struct DurationOracleTests {
    @Test func twoHundredRandomSeriesAgreeWithThePlainDefinition() throws {
        for seed in UInt64(0)..<200 {
            var random = SplitMix64(seed: seed)
            let seconds = Int64.random(in: 1...90, using: &random)
            let count = Int.random(in: 1...5, using: &random)
            var fleet = Fleet([
                try rule("long", window: .duration(.seconds(seconds)), .above, 50),
                try rule("short", .max, window: .samples(count), .above, 90),
            ])
            var (run, time): ([(at: Int64, value: Double)], Int64) = ([], 0)
            for _ in 0..<150 {
                let gap: Int64 = Int.random(in: 0..<60, using: &random) == 0 ? 5000 : 1000
                time += gap
                let value = Double.random(in: 0...100, using: &random)
                run = (gap > 3000 ? [] : run) + [(time, value)]
                let start = time - seconds * 1000
                let window = run.filter { $0.at > start }.map(\.value)
                let told = try fleet.take([("a", value)], at: time)
                for event in told where event.incident.rule == "long" {
                    #expect(run[0].at <= start)
                    #expect(event.evidence.map(\.value) == window)
                    #expect(event.incident.lastValue == window.reduce(0, +) / Double(window.count))
                }
                for event in told where event.incident.rule == "short" {
                    #expect(event.evidence.map(\.value) == run.suffix(count).map(\.value))
                }
                let isOpen = fleet.table.openIncidents.contains { $0.rule == "long" }
                if run[0].at <= start {
                    #expect(
                        isOpen == (window.reduce(0, +) / Double(window.count) > 50), "seed \(seed) at \(time)"
                    )
                }
            }
        }
    }
}
