import Rules
import Testing

@Suite struct FlappingVerdictTests {
    private static func moment(_ minute: Int64) -> Timestamp { Timestamp(milliseconds: minute * 60_000) }

    /// What changes at `minutes` come to, each after those before it.
    private func verdicts(_ flapping: Flapping, _ minutes: [Int64]) -> [Flapping.Verdict] {
        var changes: [Flapping.Change] = []
        return minutes.map { minute in
            let time = Self.moment(minute)
            let verdict = flapping.verdict(at: time, before: Array(changes.prefix(flapping.changes)))
            changes.insert(.init(at: time, isFlapping: verdict != .calm), at: 0)
            return verdict
        }
    }

    @Test func beginsWithOneChangeTooManyAndEndsAfterAQuietTime() {
        let flapping = Flapping(changes: 2, in: .seconds(3600), steady: .seconds(1200))
        let begins = Flapping.Verdict.begins(count: 3, first: Self.moment(0))
        #expect(
            verdicts(flapping, [0, 10, 20, 30, 49, 69]) == [.calm, .calm, begins, .goesOn, .goesOn, .calm])
        // A quiet time before counts as one too.
        #expect(verdicts(flapping, [0, 10, 30, 40]) == [.calm, .calm, .calm, .calm])
    }

    @Test func countsOnlyTheChangesWithinTheSpan() {
        let flapping = Flapping(changes: 2, in: .seconds(3600), steady: .seconds(3600))
        #expect(verdicts(flapping, [0, 30, 60, 90, 120]) == Array(repeating: .calm, count: 5))
        #expect(verdicts(flapping, [0, 30, 59]).last == .begins(count: 3, first: Self.moment(0)))
    }
}
