import HTTP
import Rules
import Testing

@testable import Collector

/// The rounds as a value: what goes in, and what is to be done.
@Suite struct TargetRoundsTests {
    private let targets = ["a", "b", "c"].map { Target(name: $0, url: "http://\($0)/metrics") }

    private func answer(_ index: Int, fails: Bool = false, at second: Int64 = 1) -> TargetRounds.Answer {
        let decoded = Decoded(
            metrics: ["cpu"], machines: NameList([targets[index].machine]), values: [1], refusals: [],
            refusedCount: 0)
        return .init(
            target: targets[index], endedAt: Timestamp(milliseconds: second * 1000),
            result: fails ? .failure(.http(HTTPFailure(.timeout, "no answer"))) : .success(decoded),
            counters: CounterMemory())
    }

    /// Actions as texts: `start a +0.1`, `deliver a b`.
    private func texts(_ actions: [TargetRounds.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .start(let target, let offset, _): "start \(target.name) +\(offset.wholeMilliseconds)"
            case .deliver(let answers): "deliver " + answers.map(\.target.name).joined(separator: " ")
            }
        }
    }

    @Test func allAnswersOfARoundAreOnePoll() {
        var rounds = TargetRounds(memory: SourceMemory())
        #expect(
            texts(rounds.begin(targets, spread: .milliseconds(30)))
                == ["start a +0", "start b +10", "start c +20"])
        #expect(texts(rounds.take(answer(1))) == [])
        #expect(texts(rounds.take(answer(0))) == [])
        #expect(texts(rounds.endPatience()) == ["deliver b a"])
        #expect(texts(rounds.take(answer(2))) == ["deliver c"])
        #expect(texts(rounds.endPatience()) == [])
    }

    @Test func aTargetThatFailedIsNotWaitedFor() {
        var rounds = TargetRounds(memory: SourceMemory())
        _ = rounds.begin(targets, spread: .zero)
        _ = rounds.take(answer(0))
        _ = rounds.take(answer(1))
        #expect(texts(rounds.take(answer(2, fails: true))) == ["deliver a b c"])
        #expect(rounds.status.failing == 1 && rounds.commonFailure == nil)
        _ = rounds.begin(targets, spread: .zero)
        #expect(texts(rounds.take(answer(0))) == [])
        #expect(texts(rounds.take(answer(1))) == ["deliver a b"])
        // Nothing of it is worth a poll; that it still fails is known.
        #expect(texts(rounds.take(answer(2, fails: true, at: 9))) == [])
        #expect(
            rounds.status.failures == [
                .init(target: "c", since: Timestamp(milliseconds: 1000), error: "no answer")
            ])
        // What failed last time may still be the only one in time.
        #expect(texts(rounds.begin(targets, spread: .zero)).count == 3)
        #expect(texts(rounds.take(answer(2))) == [])
        #expect(texts(rounds.endPatience()) == ["deliver c c"])
        #expect(rounds.status.failing == 0)
    }

    @Test func whenAllFailTheSourceFails() {
        var rounds = TargetRounds(memory: SourceMemory())
        _ = rounds.begin(targets, spread: .zero)
        for index in [2, 0, 1] { _ = rounds.take(answer(index, fails: true)) }
        #expect(rounds.commonFailure?.description == "all 3 targets fail; a: no answer")
        // All are waited for: there is nobody else.
        _ = rounds.begin(targets, spread: .zero)
        #expect(texts(rounds.take(answer(0))) == [])
    }

    @Test func aTargetIsAskedOnceAtATime() {
        var rounds = TargetRounds(memory: SourceMemory())
        _ = rounds.begin(targets, spread: .zero)
        #expect(texts(rounds.endPatience()) == [])
        #expect(texts(rounds.begin(targets, spread: .zero)) == [])
        _ = rounds.take(answer(0))
        #expect(texts(rounds.begin(targets, spread: .zero)) == ["start a +0"])
    }

    @Test func requestsAreBounded() {
        let many = (0..<1000).map { Target(name: "t\($0)", url: "http://t\($0)/") }
        var rounds = TargetRounds(memory: SourceMemory())
        #expect(rounds.begin(many, spread: .zero).count == TargetRounds.concurrency)
        let first = TargetRounds.Answer(
            target: many[0], endedAt: Timestamp(milliseconds: 0),
            result: .failure(.http(HTTPFailure(.timeout, ""))), counters: CounterMemory())
        #expect(texts(rounds.take(first)) == ["start t256 +0"])
    }

    @Test func targetsThatAreGoneAreForgotten() {
        var rounds = TargetRounds(memory: SourceMemory())
        _ = rounds.begin(targets, spread: .zero)
        _ = rounds.take(answer(0, fails: true))
        _ = rounds.endPatience()
        _ = rounds.begin([targets[1]], spread: .zero)
        #expect(rounds.status.total == 1 && rounds.status.failing == 0)
        #expect(texts(rounds.take(answer(2))) == [])
        #expect(texts(rounds.take(answer(1))) == ["deliver b"])
    }
}
