import HTTP
import Rules
import Store

/// The parameters of `GET /api/incidents`, read strictly: one that is unknown or malformed is named.
enum IncidentParameters {
    static let known = [
        "status", "rule", "machine", "metric", "severity", "source", "label.NAME", "since", "until", "at",
        "q", "limit", "cursor",
    ]

    /// The most words of `q`, and the most labels: each is a condition of the SQL, which SQLite bounds.
    private static let mostConditions = 32

    static func read(_ parameters: [(name: String, value: String)], now: Timestamp) throws(Problem)
        -> IncidentQuery
    {
        var query = IncidentQuery()
        var seen: Set<String> = []
        for (name, value) in parameters {
            guard seen.insert(name).inserted else {
                throw .badParameter(name, "'\(name)' is given twice; give it once")
            }
            try read(name, value, now: now, into: &query)
        }
        return query
    }

    private static func read(
        _ name: String, _ value: String, now: Timestamp, into query: inout IncidentQuery
    ) throws(Problem) {
        switch name {
        case "status": query.status = try choice(name, value)
        case "severity": query.severity = try choice(name, value)
        case "rule": query.rule = value
        case "machine":
            // Globs have * and ? only, SQLite's have sets in brackets too, which IPv6 addresses stand in.
            query.machine = value.replacing("[", with: "[[]")
        case "metric": query.metric = value
        case "source": query.source = value
        case "since": query.since = try time(name, value, now: now)
        case "until": query.until = try time(name, value, now: now)
        case "at": query.at = try time(name, value, now: now)
        case "q": query.text = try words(value)
        case "limit": query.limit = try limit(value)
        case "cursor": query.before = try cursor(value)
        case _ where name.hasPrefix("label.") && name.utf8.count > 6:
            query.labels[String(name.dropFirst(6))] = value
            guard query.labels.count <= mostConditions else {
                throw .badParameter(name, "there are more than \(mostConditions) labels; give fewer")
            }
        default:
            throw .badParameter(
                name, "there is no parameter '\(name)'; there are \(known.joined(separator: ", "))")
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ value: String
    ) throws(Problem) -> Choice {
        guard let choice = Choice(rawValue: value) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameter(name, "'\(value)' is none of \(all)")
        }
        return choice
    }

    /// A moment, or a duration before now.
    static func time(_ name: String, _ value: String, now: Timestamp) throws(Problem) -> Timestamp {
        if let time = Timestamp(rfc3339: value) { return time }
        // The plus sign of an offset arrives as a space unless it was escaped.
        if let time = Timestamp(rfc3339: value.replacing(" ", with: "+")) { return time }
        if let ago = Duration(compact: value) { return now.advanced(by: .zero - ago) }
        throw .badParameter(
            name,
            "'\(value)' is no time; give one as 2026-11-23T12:00:00Z, or how long ago it was as 90m, 24h or 7d"
        )
    }

    private static func words(_ value: String) throws(Problem) -> String {
        guard value.split(separator: " ").count <= mostConditions else {
            throw .badParameter("q", "there are more than \(mostConditions) words; give fewer")
        }
        return value
    }

    static func limit(_ value: String) throws(Problem) -> Int {
        guard let limit = Int(value), (1...1000).contains(limit) else {
            throw .badParameter("limit", "'\(value)' is no whole number from 1 to 1000")
        }
        return limit
    }

    /// Where the last page ended; written and read here alone.
    static func cursor(after incident: Int64) -> String { "i" + String(incident, radix: 36) }

    private static func cursor(_ value: String) throws(Problem) -> Int64 {
        guard value.hasPrefix("i"), let id = Int64(value.dropFirst(), radix: 36), id >= 0 else {
            throw .badParameter(
                "cursor", "'\(value)' is no cursor; take it from the Link header of the page before")
        }
        return id
    }
}
