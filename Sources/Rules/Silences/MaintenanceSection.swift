/// The maintenance windows of a settings file: silences that the file makes.
public struct MaintenanceSection {
    public let windows: [Silence]
    /// Which incidents they silence, as the file says it.
    private let matchers: [MatcherPlaces]

    /// Reads `maintenance:`; `rules` are the names of the rules, nil when unknown, and `zone` gives the time zone of
    /// an IANA name.
    public init(of file: inout Section, rules: [String]?, zone: (String) -> Zone?) {
        let items = file.take("maintenance")?.list(cure: "begin each window with '- name:'") ?? []
        var places: [String: Mark] = [:]
        var matchers: [MatcherPlaces] = []
        windows = items.compactMap { Self.window($0, rules, zone, &places, &matchers) }
        self.matchers = matchers
    }

    /// Warns of what windows silence and that no incident can be.
    public func check(against known: KnownIncidents) {
        for matcher in matchers { known.check(matcher) }
    }

    private static func window(
        _ setting: Setting, _ rules: [String]?, _ zone: (String) -> Zone?, _ places: inout [String: Mark],
        _ matchers: inout [MatcherPlaces]
    ) -> Silence? {
        guard var section = setting.section("a maintenance window") else { return nil }
        let name = section.require("name", cure: "add a name: nightly")?.name(in: &places)
        let schedule = schedule(&section, zone)
        let matcher = matcher(&section, rules, &matchers)
        let reason = section.take("reason")?.text()
        section.finish()
        guard let name, let schedule else { return nil }
        return Silence(.maintenance(name), matcher: matcher, schedule: schedule, reason: reason)
    }

    private static func schedule(_ section: inout Section, _ zone: (String) -> Zone?) -> Silence.Schedule? {
        let (start, end) = (section.take("start"), section.take("end"))
        let (weekly, zoneName) = (section.take("weekly"), section.take("zone"))
        switch (start, end, weekly) {
        case (let start?, let end?, nil):
            zoneName?.fail("'zone' goes with 'weekly' alone", cure: "put the offset into 'start' and 'end'")
            guard let from = start.moment(), let until = end.moment() else { return nil }
            guard from < until else {
                end.fail("'end' must lie after 'start'", cure: "swap them, or correct one")
                return nil
            }
            return .once(from: from, until: until)
        case (nil, nil, let weekly?):
            let found = zoneName.map { $0.zone(zone) } ?? .utc
            guard let spans = weekly.weeklySpans(), let found else { return nil }
            return .weekly(
                WeeklySpans(
                    spans.flatMap(\.spans), zone: found, text: spans.map(\.text).joined(separator: ", ")))
        default:
            section.fail(
                "a maintenance window needs 'start' and 'end', or 'weekly'",
                cure: "add weekly: \"Sat 02:00-04:00\", or start: and end: as 2026-11-23T12:00:00Z")
            return nil
        }
    }

    private static func matcher(
        _ section: inout Section, _ rules: [String]?, _ matchers: inout [MatcherPlaces]
    ) -> Matcher {
        var matcher = Matcher()
        matcher.rules = (section.take("rules")?.oneOrMore() ?? []).compactMap { setting in
            guard let glob = setting.glob() else { return nil }
            if let rules, !rules.contains(where: glob.matches) { setting.failUnmatched(glob, names: rules) }
            return glob
        }
        let places = MatcherPlaces(machines: section.take("machines"), labels: section.take("labels"))
        matchers.append(places)
        matcher.machines = (places.machines?.oneOrMore() ?? []).compactMap { $0.glob() }
        matcher.severities = (section.take("severity")?.oneOrMore() ?? []).compactMap {
            $0.choice(of: Severity.self)
        }
        matcher.sources = (section.take("sources")?.oneOrMore() ?? []).compactMap { $0.name() }
        matcher.labels = places.labels?.labels() ?? [:]
        return matcher
    }
}

extension Setting {
    fileprivate func moment() -> Timestamp? {
        guard let text = text("a time") else { return nil }
        return Timestamp(rfc3339: text)
            ?? failing("a time", cure: "write it as 2026-11-23T12:00:00Z or 2026-11-23T13:00:00+01:00")
    }

    fileprivate func zone(_ find: (String) -> Zone?) -> Zone? {
        guard let text = text("a time zone") else { return nil }
        return find(text)
            ?? failing("a time zone of this system", cure: "write its IANA name: Europe/Berlin, UTC")
    }

    fileprivate func weeklySpans() -> [(spans: [WeeklySpans.Span], text: String)]? {
        var all: [(spans: [WeeklySpans.Span], text: String)] = []
        for setting in oneOrMore() {
            guard let text = setting.text("days and times") else { return nil }
            guard let spans = WeeklySpans.spans(text) else {
                return setting.failing(
                    "days and times of the week",
                    cure: "write \"Sat 02:00-04:00\", \"Mon-Fri 22:00-06:00\" or \"Tue,Thu 12:00-13:00\"")
            }
            all.append((spans, text))
        }
        guard !all.isEmpty else { return failing("days and times of the week") }
        return all
    }
}

extension WeeklySpans {
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// `Sat 02:00-04:00`: a day, several with commas between, or the first and the last of several; times that end
    /// before they begin end the next day.
    static func spans(_ text: String) -> [Span]? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let days = days(in: parts[0]) else { return nil }
        let times = parts[1].split(separator: "-", omittingEmptySubsequences: false).map(minutes)
        guard times.count == 2, let start = times[0], let end = times[1], start != end, start < 1440 else {
            return nil
        }
        return days.map { day in
            let end = end > start ? end : end + 1440
            return Span(start: day * 1440 + start, end: day * 1440 + end)
        }
    }

    private static func days(in text: Substring) -> [Int]? {
        var found: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                days.firstIndex(of: $0.lowercased())
            }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil else {
                return nil
            }
            let count = (last - first + 7) % 7
            found += (0...count).map { (first + $0) % 7 }
        }
        return found
    }

    /// The minutes of `02:00`, up to `24:00`.
    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(\.isASCIIDigit) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60,
            hour < 24 || (hour == 24 && minute == 0)
        else { return nil }
        return hour * 60 + minute
    }
}
