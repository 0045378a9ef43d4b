import Rules
import Testing

@testable import Store

/// Whatever of the history is indexed, the same is found: what a reader finds who goes through all of it.
@Suite struct HistoryIndexTests {
    /// What is asked, drawn by chance.
    private static func question(_ history: inout History) -> IncidentQuery {
        var query = IncidentQuery()
        func time(_ minutes: Int) -> Timestamp { Timestamp(milliseconds: Int64(minutes) * 60_000) }
        for _ in 0..<(1 + history.random(3)) {
            switch history.random(12) {
            case 0: query.status = [Incident.Status.allCases[history.random(3)]]
            case 1: query.status = [.resolved, Incident.Status.allCases[history.random(2)]]
            case 2: query.rule = "cpu-\(history.random(4))"
            case 3: query.machine = "m\(history.random(10))"
            case 4: query.machines = Glob(["m*", "?ar*", "*3", "m?", "*x*", "R*"][history.random(6)])
            case 5: query.severity = [[.info], [.info, .critical], [.warning]][history.random(3)]
            case 6: query.labels = ["team": "t\(history.random(3))"]
            case 7: query.since = time(history.random(3000))
            case 8: query.until = time(history.random(3000))
            case 9: query.at = time(history.random(3000))
            case 10:
                query.text =
                    ["CPU- is", "strange", "m1", "9", "prod", "look", "rare.É", "t1 mean", "8"][
                        history.random(9)]
            default: query.before = Int64(history.random(3000))
            }
        }
        return query
    }

    @Test(arguments: 1...3)
    func theSameIsFoundHoweverMuchIsIndexed(seed: UInt64) async throws {
        var history = try History(seed: seed)
        var last: Int64 = 0
        for round in 1...6 {
            // So few, and far enough apart, that there are several chunks.
            let opened = try (1...60).map { number in
                try history.incident(last + Int64(number), special: number == 30)
            }
            try await history.open(opened)
            last += 60
            for _ in 0..<10 {
                let open = history.incidents.indices.filter { history.incidents[$0].resolvedAt == nil }
                guard let first = open.first else { continue }
                let index = open[history.random(open.count)]
                let time = Timestamp(milliseconds: Int64(history.random(300) + Int(first)) * 60_000)
                let isKnown = history.incidents[index].acknowledgedAt != nil
                try await history.move(
                    isKnown || history.random(2) == 0 ? .resolved : .acknowledged, index, at: time)
            }
            try await history.note("Look at Fan-\(round)", on: Int64(1 + history.random(Int(last))))
            if history.random(2) == 0 { while try await history.writer.index(backlog: 1) {} }
            for _ in 0..<40 {
                let query = Self.question(&history)
                let expected = history.expected(query).filter { $0 < query.before ?? .max }
                #expect(try history.found(query, by: 1 + history.random(20)) == expected, "\(query)")
            }
        }
    }

    /// Of many machines, and of many words, nobody looks up each.
    @Test func moreThanCanBeLookedUpOneByOneAreFoundAllTheSame() async throws {
        var history = try History()
        try await history.open(
            try (1...400 as ClosedRange<Int64>).map { number in
                let machine = "\(number % 4 == 0 ? "db" : "web")-\(number)"
                let time = Timestamp(milliseconds: number * 60_000)
                return Incident(
                    id: number, rule: "cpu", severity: .info, machine: machine, source: "fleet",
                    metric: "cpu", aggregate: .mean, window: .samples(3),
                    threshold: try #require(Threshold(.above, 85)), value: 90, peak: 90, lastValue: 90,
                    message: "cpu is high", labels: [:], openedAt: time, rulesVersion: 1)
            })
        while try await history.writer.index(backlog: 1) {}
        try await history.note("web-server restarted", on: 8)
        for (glob, text) in [
            ("web-*", nil), (nil, "web"), ("web-*", "web-1"), ("*-*", "db-"), ("db-*", "web"),
        ] {
            var query = IncidentQuery()
            query.machines = glob.map { Glob($0) }
            query.text = text
            let expected = history.expected(query)
            #expect(!expected.isEmpty)
            #expect(try history.found(query, by: 70) == expected, "\(query)")
        }
    }

    @Test func pagesStayExactWhileIncidentsArriveAndAreIndexed() async throws {
        var history = try History()
        try await history.open(try (1...100).map { try history.incident($0) })
        var query = IncidentQuery()
        query.text = "production"
        query.limit = 7
        var found: [Int64] = []
        for round in 0..<15 {
            let (page, more) = try history.reader.incidents(matching: query)
            found += page.map(\.id)
            query.before = page.last?.id
            #expect(more == (round < 14))
            try await history.open([try history.incident(Int64(101 + round))])
            if round % 3 == 1 { _ = try await history.writer.index(backlog: 1) }
        }
        #expect(found == (1...100).reversed())
    }

    @Test func aNoteIsFoundBeforeAndAfterItIsIndexed() async throws {
        var history = try History()
        try await history.open(try (1...3).map { try history.incident($0) })
        try await history.note("The fan of rack-7 was dusty", on: 1)
        var query = IncidentQuery()
        query.text = "DUST rack"
        #expect(try history.found(query) == [1])
        while try await history.writer.index(backlog: 1) {}
        #expect(try history.found(query) == [1])
        try await history.note("dusty rack too", on: 3)
        #expect(try history.found(query) == [3, 1])
        while try await history.writer.index(backlog: 1) {}
        #expect(try history.found(query) == [3, 1])
        // Not the beginning of a word.
        query.text = "usty"
        #expect(try history.found(query) == [])
    }

    @Test func whatIsDeletedLeavesTheIndex() async throws {
        var history = try History()
        try await history.open(
            try (1...40).map {
                try history.incident($0).resolved(.recovered, at: Timestamp(milliseconds: $0))
            })
        let open = try history.incident(40_000, special: true, isOpen: true)
        try await history.open([open])
        while try await history.writer.index(backlog: 1) {}
        let end = Timestamp(milliseconds: 21)
        while try await history.writer.prune(samplesBefore: end, incidentsBefore: end) {}
        var query = IncidentQuery()
        query.since = Timestamp(milliseconds: 0)
        #expect(try history.found(query) == [40_000] + (21...40).reversed())
        let all = Timestamp(milliseconds: 10_000_000_000)
        #expect(try history.reader.statistics(from: Timestamp(milliseconds: 0), to: all).total == 21)
        while try await history.writer.prune(samplesBefore: all, incidentsBefore: all) {}
        #expect(try history.found(query) == [40_000])
        let terms = try history.reader.read { (db) throws(StoreError) in
            try db.integer("SELECT count(*) FROM term WHERE text LIKE 'rcpu%'") ?? -1
        }
        #expect(terms == 0)
    }

    @Test func figuresAreThoseOfAllIncidents() async throws {
        var history = try History(seed: 9)
        try await history.open(try (1...2000).map { try history.incident($0) })
        while try await history.writer.index(backlog: 1) {}
        try await history.open(try (2001...2050).map { try history.incident($0) })
        for index in 0..<30 where history.incidents[index].resolvedAt == nil {
            try await history.move(.acknowledged, index, at: Timestamp(milliseconds: 2_000_000))
        }
        let (from, to) = (Timestamp(milliseconds: 600_000), Timestamp(milliseconds: 122_000_000))
        let found = try history.reader.statistics(from: from, to: to)
        let those = history.incidents.filter { $0.openedAt >= from && $0.openedAt < to }
        #expect(found.total == those.count)
        #expect(found.resolved == those.count { $0.status == .resolved })
        #expect(found.acknowledged == those.count { $0.status == .acknowledged })
        #expect(found.byRule == Dictionary(grouping: those, by: \.rule).mapValues(\.count))
        #expect(found.byMachine == Dictionary(grouping: those, by: \.machine).mapValues(\.count))
        #expect(found.bySeverity == Dictionary(grouping: those, by: \.severity).mapValues(\.count))
        #expect(found.byDay.values.reduce(0) { $0 + $1.opened } == those.count)
        let lengths = those.compactMap { $0.resolvedAt.map($0.openedAt.duration(to:)) }.sorted()
        #expect(
            found.toResolve.quantiles([0.5, 0.95, 1])
                == [0.5, 0.95, 1].map { lengths[Int((Double(lengths.count) * $0).rounded(.up)) - 1] })
    }

    @Test(arguments: [
        "cpu-high is 10.0.0.7", "(10.0.0.7)", "a_b", "\u{1f}a=b", "ÄÖ É", "日本 語", "🔥 hot", "%", "--",
        "a\u{0}b",
        "\"x\" OR NOT near(", String(repeating: "long", count: 100),
    ])
    func everyWordIsFoundByItsOwnBeginnings(text: String) {
        let words = Term.words(of: text)
        for piece in text.split(separator: " ") {
            let asked = Term.beginnings(in: String(piece))
            guard piece.contains(where: { $0.isLetter || $0.isNumber }) else { continue }
            #expect(asked.allSatisfy { start in words.contains { $0.hasPrefix(start) } } || asked.isEmpty)
        }
    }
}
