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
        for (name, value) in try Parameters.unique(parameters) {
            switch name {
            case "webhook": query.webhook = value
            case "state": query.state = try Parameters.choice(name, value)
            case "incident": query.incident = try number(name, value)
            case "since": query.since = try Parameters.time(name, value, now: now)
            case "after": query.after = try number(name, value)
            case "limit": query.limit = try Parameters.limit(value)
            case "cursor": query.before = try Parameters.place(value, "d")
            default: throw Parameters.unknown(name, known)
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
        for (name, value) in try Parameters.unique(parameters) {
            switch name {
            case "webhook": webhook = value
            case "state": wanted = try Parameters.choice(name, value)
            case "from": first = try number(name, value)
            case "to": last = try number(name, value)
            default: throw Parameters.unknown(name, knownOfReplay)
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

    private static func number(_ name: String, _ value: String) throws(Problem) -> Int64 {
        guard let number = Int64(value), number >= 0 else {
            throw .badParameter(name, "'\(value)' is no whole number from 0")
        }
        return number
    }
}
