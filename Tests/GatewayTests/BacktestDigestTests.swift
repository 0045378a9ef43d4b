import Foundation
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

/// A backtest counts the messages that a webhook gets, and not the events that digests put together.
@Suite(.timeLimit(.minutes(5))) struct BacktestDigestTests {
    /// Polls each five seconds for twenty minutes, in some of which many machines breach at once.
    @Test(arguments: [1, 2, 3] as [UInt64]) func asManyMessagesAreCountedAsWereSent(seed: UInt64) async throws
    {
        var state = seed
        func random(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        let rules = DigestTests.rules("digest: {over: 5/m}")
        let time = ManualTime()
        var line = try await Line(try TemporaryFolder(), time, rules)
        var sent: [Timestamp] = []
        for second in 1...1500 {
            time.advance(by: .seconds(1))
            if second % 5 == 0, second <= 1200 {
                let busy = (second / 100) % 3 == 1 ? 12 : Int(random(3))
                for machines in [1...20] {
                    let values = machines.map { $0 <= busy && random(2) == 0 ? 95.0 : 20 }
                    let poll = try #require(
                        Poll(
                            source: "fleet", at: time.now, metrics: ["mem"],
                            machines: NameList(machines.map { "m\($0)" }), values: values))
                    _ = try await line.pipeline.take(poll)
                }
            }
            _ = try await line.pipeline.tick()
            sent += try await line.deliver("ops").map { _ in time.now }
        }
        let digests = try line.digests("ops").count
        #expect(digests > 5)
        #expect(sent.count > digests, "others were told one by one")
        let path = try line.folder.write(rules, to: "edited.yaml")
        let single = try line.folder.write(
            rules.replacing("digest: {over: 5/m}", with: "digest: off"), to: "single.yaml")
        let told = try messages(path, line)
        let minutes = Dictionary(sent.map { ($0.milliseconds / 60_000, 1) }, uniquingKeysWith: +)
        #expect(told == Counts(count: sent.count, most: minutes.values.max() ?? 0))
        let events = try line.deliveries("ops").filter { $0.incident != nil }.count
        #expect(try messages(single, line).count == events)
    }

    private struct Counts: Equatable {
        let count: Int
        let most: Int
    }

    private func messages(_ path: String, _ line: Line) throws -> Counts {
        let command = try BacktestCommand(line: [
            "--rules", path, "--database", line.folder.database, "--json",
        ])
        let json = try command.run(environment: [:], now: line.time.now, width: 120)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let webhooks = try #require(object["webhooks"] as? [[String: Any]])
        let ops = try #require(webhooks.first { $0["name"] as? String == "ops" })
        return Counts(
            count: try #require(ops["edited"] as? Int),
            most: try #require(ops["most_a_minute_edited"] as? Int))
    }
}
