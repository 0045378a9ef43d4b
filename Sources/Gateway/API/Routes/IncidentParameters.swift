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
        for (name, value) in try Parameters.unique(parameters) {
            try read(name, value, now: now, into: &query)
        }
        return query
    }

    private static func read(
        _ name: String, _ value: String, now: Timestamp, into query: inout IncidentQuery
    ) throws(Problem) {
        switch name {
        case "status": query.status = try Parameters.choices(name, value)
        case "severity": query.severity = try Parameters.choices(name, value)
        case "rule": query.rule = value
        case "machine":
            // Globs have * and ? only, SQLite's have sets in brackets too, which IPv6 addresses stand in.
            query.machine = value.replacing("[", with: "[[]")
        case "metric": query.metric = value
        case "source": query.source = value
        case "since": query.since = try Parameters.time(name, value, now: now)
        case "until": query.until = try Parameters.time(name, value, now: now)
        case "at": query.at = try Parameters.time(name, value, now: now)
        case "q": query.text = try words(value)
        case "limit": query.limit = try Parameters.limit(value)
        case "cursor": query.before = try Parameters.place(value, "i")
        case _ where name.hasPrefix("label.") && name.utf8.count > 6:
            query.labels[String(name.dropFirst(6))] = value
            guard query.labels.count <= mostConditions else {
                throw .badParameter(name, "there are more than \(mostConditions) labels; give fewer")
            }
        default: throw Parameters.unknown(name, known)
        }
    }

    private static func words(_ value: String) throws(Problem) -> String {
        guard value.split(separator: " ").count <= mostConditions else {
            throw .badParameter("q", "there are more than \(mostConditions) words; give fewer")
        }
        return value
    }
}
