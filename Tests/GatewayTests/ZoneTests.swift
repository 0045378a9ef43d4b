import Foundation
import Rules
import Testing

@testable import Gateway

@Suite struct ZoneTests {
    /// The offsets are held against those of Foundation, which has its own reader.
    @Test(arguments: [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
        "America/Sao_Paulo",
        "Pacific/Auckland", "Europe/Dublin", "Africa/Casablanca",
    ])
    func offsetsAreThoseOfTheSystem(name: String) throws {
        let zone = try #require(ZoneFile.read(name))
        let other = try #require(TimeZone(identifier: name))
        for day in stride(from: 0, to: 365 * 80, by: 3) {
            let second = Int64(day) * 86_400 + Int64(day * 7919 % 86_400)
            let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            let offset = zone.offset(at: Timestamp(milliseconds: second * 1000))
            #expect(offset == expected, "\(name) at \(Timestamp(milliseconds: second * 1000))")
        }
    }

    @Test(arguments: ["", "Nowhere/City", "../passwd", "/etc/passwd", "tzdata.zi", "Europe", "europe\u{0}"])
    func whatIsNoZoneIsNone(name: String) { #expect(ZoneFile.read(name) == nil) }

    @Test func bytesThatEndEarlyAreNoZone() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: ZoneFile.folder + "Europe/Berlin")))
        for count in stride(from: 0, to: bytes.count - 40, by: 7) {
            #expect(Zone("x", tzif: Array(bytes.prefix(count))) == nil)
        }
    }

    @Test(
        arguments: [
            ("Sat 02:00-04:00", "2026-11-28T02:00:00Z", true),
            ("Sat 02:00-04:00", "2026-11-28T04:00:00Z", false),
            ("Sun 22:00-06:00", "2026-11-30T05:59:59Z", true),
            ("Sun 22:00-06:00", "2026-11-30T06:00:00Z", false),
            ("Mon-Fri 22:00-06:00", "2026-11-28T01:00:00Z", true),
            ("Fri-Mon 00:00-24:00", "2026-11-29T12:00:00Z", true),
            ("Tue,Thu 12:00-13:00", "2026-11-26T12:30:00Z", true),
            ("Tue,Thu 12:00-13:00", "2026-11-25T12:30:00Z", false),
        ])
    func weeklyTimesHold(text: String, time: String, holds: Bool) throws {
        let yaml = Bench.rules(more: "maintenance: [{name: x, weekly: \"\(text)\"}]")
        let window = try #require(try configuration(yaml).maintenance.first)
        let moment = try #require(Timestamp(rfc3339: time))
        #expect(window.isActive(at: moment) == holds)
    }

    @Test(
        arguments: [
            ("{name: x}", "a maintenance window needs 'start' and 'end', or 'weekly'"),
            ("{name: x, weekly: \"Sat 2:00-4:00\"}", "'weekly' must be days and times of the week"),
            ("{name: x, weekly: \"Sam 02:00-04:00\"}", "'weekly' must be days and times of the week"),
            (
                "{name: x, weekly: \"Sat 02:00-04:00\", zone: Europe/Brelin}",
                "'zone' must be a time zone of this system"
            ),
            (
                "{name: x, start: 2026-11-23T12:00:00Z, end: 2026-11-23T12:00:00Z}",
                "'end' must lie after 'start'"
            ),
            ("{name: x, start: monday, end: 2026-11-23T12:00:00Z}", "'start' must be a time"),
            ("{name: x, weekly: \"Sat 02:00-04:00\", rules: \"nothing-*\"}", "no rule matches 'nothing-*'"),
            ("{name: x, weekly: \"Sat 02:00-04:00\", rule: a}", "unknown key 'rule'"),
        ])
    func aBadWindowIsAFault(window: String, message: String) throws {
        let yaml = Bench.rules(more: "maintenance:\n  - \(window)")
        let error = try #require(throws: ConfigurationError.self) { try configuration(yaml) }
        #expect(error.faults.first?.message.hasPrefix(message) == true, "\(error)")
        #expect(error.faults.first?.mark != nil)
    }
}
