import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct ExplainTimeTests {
    /// What a command prints, the next one takes.
    @Test func aTimeIsTakenAsItIsPrinted() async throws {
        try await ExplainTests().explained([50, 88, 86, 90]) { bench, _ in
            bench.time.advance(by: .seconds(10))
            let result = try await ClientCommandTests().run(
                ["explain", "a", "cpu-high", "--at", "2026-11-23T12:00:04Z"], on: bench)
            #expect(result.output.hasPrefix("decision   breach"))
            for time in ["6s ago", "6s", "2026-11-23 12:00:04", "2026-11-23 12:00:04Z", "12:00:04"] {
                let same = try await ClientCommandTests().run(
                    ["explain", "a", "cpu-high", "--at", time], on: bench)
                #expect(same.output == result.output, "\(time)")
            }
            let late = try await ClientCommandTests().run(
                ["explain", "a", "cpu-high", "--at", "2026-11-24"], on: bench)
            #expect(late.error.contains("2026-11-24T00:00:00.000Z is in the future"))
            let swapped = try await ClientCommandTests().run(["explain", "cpu-high", "a"], on: bench)
            #expect(swapped.error.hasSuffix("MACHINE comes first: explain a cpu-high"))
            let gone = try await ClientCommandTests().run(["explain", "a", "gone"], on: bench)
            #expect(gone.output.contains("asks       any sample missing for 2 polls\n"))
        }
    }
}
