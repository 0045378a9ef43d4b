import Foundation
import HTTP
import Notifiers
import Rules
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// When nothing was seen is kept, shown, and told once.
@Suite(.timeLimit(.minutes(5))) struct LedgerTests {
    func intervals(_ bench: Bench, _ query: String = "") async throws -> [String] {
        try await bench.get("/api/blind\(query)").list.map {
            "\($0["kind"] ?? "") \($0["subject"] ?? "") \($0["started_at"] ?? "") \($0["ended_at"] ?? "")"
        }
    }

    func moment(_ second: Double) -> String { Bench.moment(second).description }

    @Test func aTimeWithoutAProcessIsToldOnceAfterIt() async throws {
        let folder = try TemporaryFolder()
        do {
            let bench = try Bench(folder)
            var judge = try await bench.judge()
            bench.time.advance(by: .seconds(100))
            try await judge.take(.tick)
            bench.time.advance(by: .seconds(5))
            try await judge.take(.tick)
            #expect(try await bench.service.store.aliveAt() == Bench.moment(100))
            #expect(try await intervals(bench).isEmpty)
        }
        let down = "down gateway \(moment(100)) \(moment(400))"
        do {
            let later = try Bench(folder)
            later.time.advance(by: .seconds(400))
            try await later.running(try await later.judge()) { await later.network.sent(1) }
            // The webhook that wants what is critical only is not told.
            #expect(later.network.told == ["ops incident.late gateway"])
            #expect(try await intervals(later) == [down])
            #expect(try await later.ids("/api/incidents?rule=gateway.blind&status=resolved") == [1])
        }
        let again = try Bench(folder)
        again.time.advance(by: .seconds(405))
        var judge = try await again.judge()
        try await judge.take(.tick)
        #expect(try await intervals(again) == [down])
        #expect(try await again.service.store.pending() == [:])
        #expect(try await intervals(again, "?since=\(moment(401))").isEmpty)
        #expect(try await intervals(again, "?until=\(moment(100))").isEmpty)
    }

    @Test func aProcessThatEndsBeforeItHasToldTellsItTheNextTime() async throws {
        let folder = try TemporaryFolder()
        do { _ = try await Bench(folder).judge() }
        do {
            let bench = try Bench(folder)
            bench.time.advance(by: .seconds(60))
            try await bench.service.store.execute("DROP TABLE blind")
            await #expect(throws: StoreError.self) { try await bench.judge() }
            try await bench.service.store.execute(
                """
                CREATE TABLE blind (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL,
                    started_at INTEGER NOT NULL, ended_at INTEGER)
                """)
        }
        let bench = try Bench(folder)
        bench.time.advance(by: .seconds(90))
        _ = try await bench.judge()
        #expect(try await intervals(bench) == ["down gateway \(moment(0)) \(moment(90))"])
        #expect(try await bench.service.store.pending() == ["ops": 1])
    }

    @Test func aClockThatIsSetIsAnInterval() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        try await judge.take(.tick)
        bench.time.advance(by: .seconds(7))
        bench.time.setClock(by: .seconds(4))
        try await judge.take(.tick)
        #expect(try await intervals(bench).isEmpty)
        bench.time.advance(by: .seconds(1))
        bench.time.setClock(by: .seconds(-3604))
        try await judge.take(.tick)
        try await judge.take(.tick)
        let jump = "clock gateway \(moment(8 - 3600)) \(moment(12))"
        #expect(try await intervals(bench) == [jump])
        bench.service.log.flush()
        #expect(bench.lines.all().contains { $0.contains("the wall clock was set") })
    }

    @Test func windowsOfADurationFillUnderAClockThatWasSetBack() async throws {
        let bench = try Bench()
        let yaml = Bench.rules().replacingOccurrences(of: "window: 2", with: "window: 10s")
        var judge = try await bench.judge(yaml)
        // One poll under a clock that is an hour ahead, then the true time.
        try await judge.take(try poll(at: 3600, ["a": (99, 1)]))
        for second in 1...8 {
            bench.time.advance(by: .seconds(1))
            try await judge.take(try poll(at: Double(second), ["a": (99, 1)]))
        }
        #expect(try await bench.ids("/api/incidents").isEmpty)
        for second in 9...12 {
            bench.time.advance(by: .seconds(1))
            try await judge.take(try poll(at: Double(second), ["a": (99, 1)]))
        }
        #expect(try await bench.ids("/api/incidents") == [1])
    }

    @Test func aSilenceOutlivesAClockThatRanAhead() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        let silence = Silence(
            .made(0), matcher: Matcher(),
            schedule: .once(from: bench.time.now, until: Bench.moment(600)), by: "eve", reason: "work",
            createdAt: bench.time.now)
        try await judge.take(.request(.silence(silence)) { _ in })
        try await judge.take(.tick)
        bench.time.setClock(by: .seconds(3600))
        try await judge.take(.tick)
        bench.time.setClock(by: .seconds(-3600))
        try await judge.take(.tick)
        try await judge.take(try poll(at: 1, ["a": (99, 1)]))
        try await judge.take(try poll(at: 2, ["a": (99, 1)]))
        #expect(try await bench.ids("/api/incidents") == [1])
        #expect(try await bench.service.store.pending() == [:])
    }

    /// At which seconds what is past its retention was deleted, the clock being set by `jump` at `second`.
    func prunings(
        aliveAt: Timestamp?, jump: Duration = .zero, at second: Int = 0, minutes: Int
    ) async -> [Int64] {
        let time = ManualTime()
        let start = time.now
        let moments = Mutex<[Int64]>([])
        let retention = Retention(time: time.source, aliveAt: aliveAt) { _ in
            moments.withLock { $0.append(start.duration(to: time.now).wholeMilliseconds / 1000) }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await retention.run() }
            for minute in 0..<minutes {
                await time.sleepers(1)
                if minute * 60 == second { time.setClock(by: jump) }
                time.advance(by: .seconds(60))
            }
            await time.sleepers(1)
            group.cancelAll()
        }
        return moments.withLock { $0 }
    }

    @Test func nothingIsDeletedUntilTheClockIsSteady() async throws {
        #expect(await prunings(aliveAt: Bench.moment(-60), minutes: 2) == [0, 60, 120])
        #expect(await prunings(aliveAt: nil, minutes: 61) == [3600, 3660])
        #expect(await prunings(aliveAt: Bench.moment(60), minutes: 61) == [3600, 3660])
        let year = Duration.seconds(365 * 86_400)
        for jump in [year, .zero - year] {
            let moments = await prunings(
                aliveAt: Bench.moment(-60), jump: jump, at: 120, minutes: 64)
            #expect(moments == [0, 60, 120, 3780, 3840])
        }
    }

    @Test func anIntervalThatLastsIsShownAndPagesFollow() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        for second in 1...3 {
            for source in ["fleet", "lab"] {
                let at = Bench.moment(Double(second * 10))
                try await judge.take(.trouble(Trouble(.sourceFailing, source, .began(message: "x"), at: at)))
                if second < 3 {
                    try await judge.take(.trouble(Trouble(.sourceFailing, source, .over, at: at)))
                }
            }
        }
        let all = try await intervals(bench)
        #expect(all.count == 6)
        #expect(all.first == "source lab \(moment(30)) <null>")
        let page = try await bench.get("/api/blind?limit=4")
        #expect(page.fields["link"]?.contains("cursor=b3") == true)
        #expect(try await intervals(bench, "?limit=4&cursor=b3") == Array(all.suffix(2)))
        #expect(try await bench.get("/api/blind?kind=down").status == 400)
    }
}
