import Foundation
import Testing

/// Many short lives of a gateway, each as its seed has it: docs/testing.md tells how to read and replay them.
@Suite(.serialized) struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seeds = environment["SEEDS"].flatMap { UInt64($0) } ?? 1000
    private static let first = environment["FIRST"].flatMap { UInt64($0) } ?? 1

    @Test(.enabled(if: environment["SEED"] == nil))
    func nothingIsLostDoubledOrTurnedAround() async {
        for life in await Life.all(Self.first..<Self.first + Self.seeds) {
            print(life.report)
            Issue.record("seed \(life.seed): \(life.breach ?? "")")
        }
    }

    @Test(.enabled(if: environment["SEED"] == nil))
    func aSeedDecidesEverything() async {
        let changed = await Life.all(1..<41) { life in Life(seed: life.seed).hash != life.hash }
        for life in changed { Issue.record("seed \(life.seed) has not the same life twice") }
    }

    /// Each way to be wrong is found within so many lives.
    @Test(.enabled(if: environment["SEED"] == nil), arguments: Mutant.allCases)
    func aGatewayThatIsWrongIsFoundOut(mutant: Mutant) async {
        let found = await Life.all(1..<101, mutant: mutant, limit: 1)
        #expect(!found.isEmpty)
        for life in found { print("\(mutant) is found out by seed \(life.seed): \(life.breach ?? "")") }
    }

    @Test(.enabled(if: environment["SEED"] != nil))
    func oneLifeIsShown() async throws {
        let seed = try #require(Self.environment["SEED"].flatMap { UInt64($0) })
        let mutant = Self.environment["MUTANT"].flatMap(Mutant.init)
        let life = (await Life.all(seed..<seed + 1, mutant: mutant, limit: 1) { _ in true }).first
        print(life?.report ?? "")
        #expect(life?.breach == nil)
    }
}
