import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// What stays open is told again, neither too often nor never.
@Suite(.timeLimit(.minutes(5))) struct ReminderTests {
    static let yaml = Bench.rules().replacing("above: 85,", with: "above: 85, repeat: 1h,")

    func pipeline(_ folder: TemporaryFolder, _ time: ManualTime) async throws -> Pipeline {
        let store = try StoreWriter(path: folder.database, newInstance: "test", now: time.source.now)
        var pipeline = try await Pipeline(store: store, now: time.source.now)
        _ = try await pipeline.adopt(try configuration(Self.yaml))
        return pipeline
    }

    func reminders(_ taken: Taken) -> [Int64] {
        taken.events.filter { $0.kind == .reminder }.map(\.incident.id)
    }

    @Test func aRestartNeitherRepeatsNorForgetsAReminder() async throws {
        let folder = try TemporaryFolder()
        let time = ManualTime()
        do {
            var pipeline = try await pipeline(folder, time)
            for second in 0...1 { _ = try await pipeline.take(try poll(at: Double(second), ["a": (99, 99)])) }
            time.advance(by: .seconds(3600))
            #expect(reminders(try await pipeline.tick()) == [], "the first second belongs to the window")
            time.advance(by: .seconds(1))
            #expect(reminders(try await pipeline.tick()) == [2], "memory-high says no repeat")
            #expect(reminders(try await pipeline.tick()) == [])
            // Its progress is written without forgetting when it was told.
            _ = try await pipeline.take(try poll(at: 3601, ["a": (99.5, 99)]))
        }
        time.advance(by: .seconds(20))
        do {
            var pipeline = try await pipeline(folder, time)
            #expect(reminders(try await pipeline.tick()) == [])
        }
        time.advance(by: .seconds(3580))
        var pipeline = try await pipeline(folder, time)
        #expect(reminders(try await pipeline.tick()) == [2])
        time.advance(by: .seconds(3600))
        _ = try await pipeline.perform(.acknowledge(incident: 2, Action.Words(by: "ann")))
        #expect(reminders(try await pipeline.tick()) == [])
    }

    /// What was held back when it was due to be told again is told once by the end of that.
    @Test func whatIsToldLateIsToldAgainOnlyLater() async throws {
        let yaml = Self.yaml.replacing("clear: 80,", with: "clear: 80, repeat: 1h,").replacing(
            "repeat: 1h, severity: critical", with: "inhibits: memory-high, severity: critical")
        let time = ManualTime()
        var life = try await Life(try TemporaryFolder(), yaml, now: time.source.now)
        _ = try await life.take(try poll(at: 0, ["a": (99, 1)]))
        _ = try await life.take(try poll(at: 1, ["a": (99, 99)]))
        time.advance(by: .seconds(3601))
        for second in [3600.0, 3601] { _ = try await life.take(try poll(at: second, ["a": (1, 99)])) }
        #expect(try await life.tick().deliveries == 1)
        time.advance(by: .seconds(3599))
        #expect(try await life.tick().deliveries == 0)
        time.advance(by: .seconds(1))
        #expect(reminders(try await life.tick()) == [2])
    }

    @Test func troubleOfItsOwnIsToldAgainEachFourHours() async throws {
        let folder = try TemporaryFolder()
        let time = ManualTime()
        do {
            var pipeline = try await pipeline(folder, time)
            _ = try await pipeline.take(
                Trouble(.sourceFailing, "fleet", .began(message: "x"), at: time.now))
            time.advance(by: .seconds(4 * 3600))
            #expect(reminders(try await pipeline.tick()) == [1])
        }
        time.advance(by: .seconds(20))
        var pipeline = try await pipeline(folder, time)
        #expect(reminders(try await pipeline.tick()) == [])
        time.advance(by: .seconds(4 * 3600))
        #expect(reminders(try await pipeline.tick()) == [1])
        let over = Trouble(.sourceFailing, "fleet", .over, at: time.now)
        #expect(try await pipeline.take(over).events.map(\.kind) == [.resolved])
        time.advance(by: .seconds(4 * 3600))
        #expect(reminders(try await pipeline.tick()) == [])
    }

    @Test func theIntervalIsWithinBounds() throws {
        #expect(try configuration(Self.yaml).rules.map(\.reminder) == [.seconds(3600), nil])
        for wrong in ["59s", "31d", "often"] {
            #expect(throws: ConfigurationError.self) {
                try configuration(Self.yaml.replacing("1h", with: wrong))
            }
        }
    }
}
