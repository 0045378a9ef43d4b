import Rules
import Testing

/// Files of time zones as no system should have them.
@Suite struct ZoneFileTests {
    /// A file with one transition, at second 0, to a type of this number; its types are UTC and an hour east of it.
    private func file(to type: UInt8, footer: String) -> [UInt8] {
        func header(_ transitions: UInt8, _ types: UInt8) -> [UInt8] {
            let counts: [UInt8] = [0, 0, 0, transitions, types, 0]
            return Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap { [0, 0, 0, $0] }
        }
        let types: [UInt8] = [0, 0, 0, 0, 0, 0] + [0, 0, 0x0E, 0x10, 0, 0]
        let data = [UInt8](repeating: 0, count: 8) + [type] + types
        return header(0, 0) + header(1, 2) + data + Array("\n\(footer)\n".utf8)
    }

    private func offset(_ zone: Zone?, at second: Int64) throws -> Int {
        try #require(zone).offset(at: Timestamp(milliseconds: second * 1000))
    }

    @Test func aTransitionToATypeThatIsNotThereIsNoZone() throws {
        let zone = Zone("x", tzif: file(to: 1, footer: "AAA-1"))
        #expect(try offset(zone, at: -1) == 0)
        #expect(try offset(zone, at: 0) == 3600)
        #expect(Zone("x", tzif: file(to: 2, footer: "AAA-1")) == nil)
    }

    /// What follows the last transition is then as it was.
    @Test(arguments: ["", "AAA-1BBB,J60,J300", "AAA-1BBB,M3.5.0", "AAA-1BBB,M3.5.0,M10.5.0 ", "AAA-1,"])
    func aRuleThatIsNotUnderstoodIsNone(footer: String) throws {
        let zone = Zone("x", tzif: file(to: 1, footer: footer))
        // In July 2026.
        #expect(try offset(zone, at: 1_783_000_000) == 3600)
        let other = Zone("x", tzif: file(to: 1, footer: "AAA-1BBB,M3.5.0,M10.5.0"))
        #expect(try offset(other, at: 1_783_000_000) == 7200)
    }
}
