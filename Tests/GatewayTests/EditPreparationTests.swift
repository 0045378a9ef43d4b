import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// An edit of the rules that has much to read: polls do not wait for it.
@Suite(.timeLimit(.minutes(5))) struct EditPreparationTests {
    /// What was answered to whoever had an edit adopted.
    private final class Answers: Sendable {
        private let all = Mutex<[String]>([])

        var texts: [String] { all.withLock { $0 } }

        func edit(_ name: String, _ yaml: String) throws -> Inbox.Item {
            .configuration(try configuration(yaml)) { result in
                let text =
                    switch result {
                    case .success(let version): "\(name): version \(version)"
                    case .failure(let refusal): "\(name): \(refusal)"
                    }
                self.all.withLock { $0.append(text) }
            }
        }
    }

    private static func rules(window: Int) -> String {
        Bench.rules().replacing("window: 2", with: "window: \(window)")
    }

    /// A judge that has taken nine polls with a cpu of 50, and reads as little at once as it can.
    private func judge(_ bench: Bench) async throws -> Judge {
        var judge = try await bench.judge(Self.rules(window: 2), blocksAtOnce: 1)
        for second in 1...9 { try await judge.take(try poll(at: Double(second), ["a": (50, 1)])) }
        return judge
    }

    @Test func pollsAreJudgedWhileAnEditReadsWhatItNeeds() async throws {
        let bench = try Bench()
        var judge = try await judge(bench)
        let answers = Answers()
        #expect(await judge.attempt(try answers.edit("longer", Self.rules(window: 9))) == nil)
        #expect(await judge.attempt(try answers.edit("shorter", Self.rules(window: 3))) == nil)
        #expect(await judge.attempt(.poll(try poll(at: 10, ["a": (99, 1)]))) == nil)
        #expect(await judge.attempt(.poll(try poll(at: 11, ["a": (99, 1)]))) == nil)
        #expect(answers.texts.isEmpty)
        #expect(try await bench.ids("/api/incidents?rule=cpu-high").count == 1, "by the rules in force")
        while answers.texts.isEmpty { #expect(await judge.resume() == nil) }
        #expect(answers.texts == ["longer: version 2"])
        try await judge.take(try poll(at: 12, ["a": (1000, 1)]))
        let incident = try #require(try await bench.get("/api/incidents?rule=cpu-high").list.first)
        #expect(incident["last_value"] as? Double == 166.44, "six of 50, two of 99, one of 1000")
        while answers.texts.count < 2 { #expect(await judge.resume() == nil) }
        #expect(answers.texts == ["longer: version 2", "shorter: version 3"])
        #expect(await judge.resume() == nil, "nothing is left to do")
    }

    @Test func whatPeopleDoMeanwhileIsKept() async throws {
        let bench = try Bench()
        var judge = try await judge(bench)
        for second in 10...11 { try await judge.take(try poll(at: Double(second), ["a": (99, 1)])) }
        let answers = Answers()
        #expect(await judge.attempt(try answers.edit("longer", Self.rules(window: 11))) == nil)
        let acknowledge = Action.acknowledge(incident: 1, .init(by: "kim"))
        #expect(await judge.attempt(.request(acknowledge, audit: nil) { _ in }) == nil)
        while answers.texts.isEmpty { #expect(await judge.resume() == nil) }
        try await judge.take(try poll(at: 12, ["a": (0, 1)]))
        let last = try #require(try await bench.service.store.alerts().last)
        #expect(last.contains(#""type":"incident.resolved""#) && last.contains(#""acknowledged_by":"kim""#))
    }

    @Test func aRunningGatewayTakesPollsBetweenThePiecesOfAnEdit() async throws {
        let bench = try Bench()
        let judge = try await judge(bench)
        try await bench.running(judge) {
            bench.service.inbox.put(try configuration(Self.rules(window: 9)))
            for second in 10...19 {
                _ = bench.service.inbox.put(try poll(at: Double(second), ["a": (99, 1)]))
            }
            await bench.lines.contain("rules accepted", count: 2)
        }
        #expect(try await bench.service.store.polls().count == 19)
        #expect(try await bench.ids("/api/incidents?rule=cpu-high").count == 1)
    }

    @Test func whatIsNotReadyAtTheEndIsToldSo() async throws {
        let bench = try Bench()
        var judge = try await judge(bench)
        let answers = Answers()
        #expect(await judge.attempt(try answers.edit("longer", Self.rules(window: 9))) == nil)
        bench.service.inbox.close()
        await judge.run()
        #expect(answers.texts == ["longer: stopping"])
    }

    @Test func whatAStoreThatFailsKeepsFromBeingTakenIsToldSoAtTheEnd() async throws {
        let bench = try Bench()
        let judge = try await judge(bench)
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        let longer = try configuration(Self.rules(window: 9))
        async let answer = bench.service.inbox.adopt(longer)
        try await bench.running(judge) {
            // It has read all that it needs, and waits for the database.
            await bench.lines.contain("store failing; polls are held")
            await bench.time.sleepers(1)
            bench.service.inbox.close()
            bench.time.advance(by: .seconds(1))
        }
        #expect(await answer == .failure(.stopping))
        try intruder.leave()
    }

    @Test func anEditThatNeedsNothingIsTakenAtOnce() async throws {
        let bench = try Bench()
        var judge = try await judge(bench)
        let answers = Answers()
        #expect(await judge.attempt(try answers.edit("other", Bench.rules(cpu: 70))) == nil)
        #expect(answers.texts == ["other: version 2"])
    }
}
