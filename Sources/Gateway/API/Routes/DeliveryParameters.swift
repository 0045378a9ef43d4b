import Rules
import Store

/// The parameters of the delivery log, read strictly: one that is unknown or malformed is named.
enum DeliveryParameters {
    private static let known = ["webhook", "state", "incident", "since", "after", "limit", "cursor"]
    private static let knownOfReplay = ["webhook", "state", "from", "to"]

    static func query(
        _ parameters: [(name: String, value: String)], now: Timestamp
    ) throws(Problem) -> DeliveryQuery {
        var query = DeliveryQuery()
        for (name, value) in try unique(parameters) {
            switch name {
            case "webhook": query.webhook = value
            case "state": query.state = try state(value)
            case "incident": query.incident = try number(name, value)
            case "since": query.since = try IncidentParameters.time(name, value, now: now)
            case "after": query.after = try number(name, value)
            case "limit": query.limit = try IncidentParameters.limit(value)
            case "cursor": query.before = try place(value)
            default: throw unknown(name, known)
            }
        }
        if query.after != nil, query.webhook == nil {
            throw .badParameter("after", "sequence numbers are a webhook's own; give webhook= with after=")
        }
        return query
    }

    /// What to replay: of one webhook, in one state, between two numbers.
    static func range(_ parameters: [(name: String, value: String)]) throws(Problem) -> ReplayRange {
        var (webhook, wanted) = (String?.none, Delivery.State.dead)
        var (first, last) = (Int64(0), Int64.max)
        for (name, value) in try unique(parameters) {
            switch name {
            case "webhook": webhook = value
            case "state": wanted = try state(value)
            case "from": first = try number(name, value)
            case "to": last = try number(name, value)
            default: throw unknown(name, knownOfReplay)
            }
        }
        guard let webhook else {
            throw .badParameter("webhook", "give webhook=NAME, whose deliveries are to be sent again")
        }
        guard wanted == .dead || wanted == .delivered else {
            throw .badParameter("state", "what is over is replayed: dead or delivered")
        }
        guard first <= last else { throw .badParameter("to", "'to' lies before 'from'") }
        return ReplayRange(webhook: webhook, state: wanted, ids: first...last)
    }

    private static func unique(
        _ parameters: [(name: String, value: String)]
    ) throws(Problem) -> [(name: String, value: String)] {
        var seen: Set<String> = []
        for (name, _) in parameters where !seen.insert(name).inserted {
            throw .badParameter(name, "'\(name)' is given twice; give it once")
        }
        return parameters
    }

    private static func unknown(_ name: String, _ known: [String]) -> Problem {
        .badParameter(name, "there is no parameter '\(name)'; there are \(known.joined(separator: ", "))")
    }

    private static func state(_ value: String) throws(Problem) -> Delivery.State {
        guard let state = Delivery.State(rawValue: value) else {
            let all = Delivery.State.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameter("state", "'\(value)' is none of \(all)")
        }
        return state
    }

    private static func number(_ name: String, _ value: String) throws(Problem) -> Int64 {
        guard let number = Int64(value), number >= 0 else {
            throw .badParameter(name, "'\(value)' is no whole number from 0")
        }
        return number
    }

    /// Where the last page ended; written and read here alone.
    static func cursor(after delivery: Int64) -> String { "d" + String(delivery, radix: 36) }

    private static func place(_ value: String) throws(Problem) -> Int64 {
        guard value.hasPrefix("d"), let id = Int64(value.dropFirst(), radix: 36), id >= 0 else {
            throw .badParameter(
                "cursor", "'\(value)' is no cursor; take it from the Link header of the page before")
        }
        return id
    }
}
