import Rules
import Testing

@Suite struct WindowTests {
    /// Feeds values one second apart and returns the verdict after each, following one incident.
    func verdicts(_ values: [Double], size: Int, _ threshold: Threshold) throws -> [Verdict] {
        var window = try #require(Window(size: size, maxGap: 3000))
        var open = false
        return values.enumerated().map { second, value in
            _ = window.take(Sample(at: Timestamp(milliseconds: Int64(second) * 1000), value: value))
            let verdict = window.verdict(of: .mean, by: threshold, whileOpen: open)
            if verdict != .warming { open = verdict == .breach }
            return verdict
        }
    }

    @Test func firesOnlyOnAFullWindowAndStrictlyBeyondTheLimit() throws {
        let above85 = try #require(Threshold(.above, 85))
        #expect(
            try verdicts([99, 99, 57, 99.01, 98.99], size: 3, above85)
                == [.warming, .warming, .ok, .breach, .ok])
    }

    @Test func staysOpenBetweenClearAndTheLimit() throws {
        let threshold = try #require(Threshold(.above, 90, clear: 85))
        #expect(try verdicts([88, 91, 88, 85], size: 1, threshold) == [.ok, .breach, .breach, .ok])
    }

    @Test func refusesAClearOnTheBreachingSide() {
        #expect(Threshold(.above, 90, clear: 91) == nil)
        #expect(Threshold(.below, 10, clear: 9) == nil)
        #expect(Threshold(.above, .nan) == nil)
        #expect(Window(size: 0, maxGap: 1) == nil)
    }

    @Test func startsAnewAfterALongGapAndIgnoresOldSamples() throws {
        var window = try #require(Window(size: 2, maxGap: 3000))
        func sample(_ at: Int64) -> Sample { Sample(at: Timestamp(milliseconds: at), value: 1) }
        #expect(window.take(sample(0)) == .taken)
        #expect(window.take(sample(0)) == .stale)
        #expect(window.take(sample(3000)) == .taken)
        #expect(window.isFull)
        #expect(window.take(sample(6001)) == .restarted)
        #expect(window.samples == [sample(6001)])
    }

    @Test func agreesWithANaiveMeanOnRandomSeries() throws {
        var random = SystemRandomNumberGenerator()
        let threshold = try #require(Threshold(.above, 50))
        for _ in 0..<1000 {
            let size = Int.random(in: 1...9, using: &random)
            let values = (0..<30).map { _ in Double.random(in: 0...100, using: &random) }
            let expected = values.indices.map { index -> Verdict in
                guard index + 1 >= size else { return .warming }
                let mean = values[(index + 1 - size)...index].reduce(0, +) / Double(size)
                return mean > 50 ? .breach : .ok
            }
            #expect(try verdicts(values, size: size, threshold) == expected, "\(values) by \(size)")
        }
    }
}
