import Rules
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_435_200_123, "2026-11-23T12:00:00.123Z"),
        ] as [(Int64, String)])
    func readsAsRFC3339(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }
}

@Suite struct TimestampReadingTests {
    @Test func clocksThatDoNotKeepStillAreReadAllTheSame() {
        var wall = Timestamp(milliseconds: 0)
        let clocks = Clocks.read(
            {
                defer { wall = wall.advanced(by: .seconds(3600)) }
                return wall
            }, { .seconds(7) })
        #expect(clocks.wall.milliseconds > 0 && clocks.uptime == .seconds(7))
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-23T12:00:00.1239Z", 1_795_435_200_123),
            ("2026-11-23T14:00:00.123+02:00", 1_795_435_200_123),
            ("2026-11-23t12:00:00.1z", 1_795_435_200_100),
        ] as [(String, Int64)])
    func readsWhatRFC3339Allows(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-02-29T00:00:00Z", "2026-11-23T12:00:00", "2026-11-23T24:00:00Z",
        "2026-11-23T12:00:00.Z", "2026-13-01T00:00:00Z", "2026-11-23T12:00:00+2:00",
        "yesterday at around noon",
    ])
    func refusesTheRest(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
