import HTTP
import Rules

/// What the parameters of many routes have in common, read strictly: one that is unknown or malformed is named.
enum Parameters {
    /// The parameters, each given once.
    static func unique(
        _ parameters: [(name: String, value: String)]
    ) throws(Problem) -> [(name: String, value: String)] {
        var seen: Set<String> = []
        for (name, _) in parameters where !seen.insert(name).inserted {
            throw .badParameter(name, "'\(name)' is given twice; give it once")
        }
        return parameters
    }

    static func unknown(_ name: String, _ known: [String]) -> Problem {
        let guess = name.nearest(among: known).map { "did you mean '\($0)'? " } ?? ""
        let rest = known.isEmpty ? "none is taken" : "there are \(known.joined(separator: ", "))"
        return .badParameter(name, "there is no parameter '\(name)'; \(guess)\(rest)")
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ value: String
    ) throws(Problem) -> Choice {
        guard let choice = Choice(rawValue: value) else {
            let all = Choice.allCases.map(\.rawValue)
            let guess = value.nearest(among: all).map { "; did you mean '\($0)'?" } ?? ""
            throw .badParameter(name, "'\(value)' is none of \(all.joined(separator: ", "))\(guess)")
        }
        return choice
    }

    /// One or more, parted by commas: `open,acknowledged`.
    static func choices<Choice: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String, _ value: String
    ) throws(Problem) -> Set<Choice> {
        var choices: Set<Choice> = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            choices.insert(try choice(name, String(part)))
        }
        return choices
    }

    /// A moment as a person names it.
    static func time(_ name: String, _ value: String, now: Timestamp) throws(Problem) -> Timestamp {
        if let time = Timestamp(said: value, before: now) { return time }
        throw .badParameter(
            name,
            "'\(value)' is no time; give one as 2026-11-23T12:00:00Z or 2026-11-23, "
                + "or how long ago it was as 90m, 24h or 7d; "
                + "2026-11-23 12:00:00 and 12:00:00, the last one, are in UTC")
    }

    static func limit(_ value: String) throws(Problem) -> Int {
        guard let limit = Int(value), (1...1000).contains(limit) else {
            throw .badParameter("limit", "'\(value)' is no whole number from 1 to 1000")
        }
        return limit
    }

    static func number(_ name: String, _ value: String) throws(Problem) -> Int64 {
        guard let number = Int64(value), number >= 0 else {
            throw .badParameter(name, "'\(value)' is no whole number from 0")
        }
        return number
    }

    /// Where a page ended, as the next one is asked for; each list has a `letter` of its own.
    static func cursor(after number: Int64, _ letter: Character) -> String {
        String(letter) + String(number, radix: 36)
    }

    static func place(_ value: String, _ letter: Character) throws(Problem) -> Int64 {
        guard value.first == letter, let number = Int64(value.dropFirst(), radix: 36), number >= 0 else {
            throw .badParameter(
                "cursor", "'\(value)' is no cursor; take it from the Link header of the page before")
        }
        return number
    }
}
