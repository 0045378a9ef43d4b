import Collector
import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// The dead-man's switch is pinged while the gateway does its work, and only then.
@Suite(.timeLimit(.minutes(5))) struct HeartbeatTests {
    static let yaml = Bench.rules(more: "heartbeat: {url: \"https://switch.example/hush\", every: 10s}")

    func beating(_ bench: Bench, _ work: () async throws -> Void) async throws {
        bench.service.health.adopt(try configuration(Self.yaml), version: 1)
        bench.service.heartbeats.put(try configuration(Self.yaml))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await bench.service.beat() }
            try await work()
            group.cancelAll()
        }
    }

    /// The next beat, 10 s later.
    func pass(_ bench: Bench) async {
        await bench.time.sleepers(1)
        bench.time.advance(by: .seconds(10))
        await bench.time.sleepers(1)
    }

    @Test func itIsWithheldWithoutPollsAndWhileTheStoreFails() async throws {
        let bench = try Bench()
        try await beating(bench) {
            await pass(bench)
            #expect(bench.network.told.isEmpty)
            bench.receive(try poll(at: 10, ["a": (1, 1)]))
            await pass(bench)
            #expect(bench.network.told.isEmpty, "the last poll is older than three intervals")
            bench.receive(try poll(at: 28, ["a": (1, 1)]))
            await pass(bench)
            #expect(bench.network.told.count == 1)
            bench.receive(try poll(at: 38, ["a": (1, 1)]))
            _ = bench.service.health.note(storeError: .full)
            await pass(bench)
            #expect(bench.network.told.count == 1)
        }
        bench.service.log.flush()
        let lines = bench.lines.all(.info).filter { $0.contains("heartbeat") }
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { !$0.contains("hush") })
    }

    @Test func aFailureIsLoggedOnceAndSoIsItsEnd() async throws {
        let bench = try Bench { _, number in .status(number < 3 ? 500 : 200) }
        try await beating(bench) {
            for beat in 1...4 {
                await bench.time.sleepers(1)
                bench.receive(try poll(at: Double(beat * 10 - 2), ["a": (1, 1)]))
                await pass(bench)
            }
        }
        #expect(bench.network.told.count == 4)
        bench.service.log.flush()
        #expect(
            bench.lines.all(.info).filter { $0.contains("heartbeat") } == [
                "level=warning msg=\"no heartbeat\" error=\"withheld: no poll has succeeded yet\"",
                "level=warning msg=\"no heartbeat\" error=\"answered with status 500\"",
                "level=info msg=\"heartbeat again\"",
            ])
    }

    @Test func itsSettingsAreChecked() throws {
        #expect(try configuration(Self.yaml).heartbeat?.every == .seconds(10))
        #expect(
            try configuration(Self.yaml.replacing(", every: 10s", with: "")).heartbeat?.every == .seconds(60))
        #expect(try configuration(Bench.rules()).heartbeat == nil)
        for wrong in ["heartbeat: {every: 10s}", "heartbeat: {url: \"https://a.example/\", every: 1s}"] {
            #expect(throws: ConfigurationError.self) { try configuration(Bench.rules(more: wrong)) }
        }
    }
}
