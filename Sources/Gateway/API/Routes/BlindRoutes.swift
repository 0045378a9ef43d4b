import HTTP
import Rules
import Store

/// When the gateway, or one of its sources, saw nothing.
enum BlindRoutes {
    static let all: [Route] = [
        .get("/api/blind", "The spans of time in which nothing was seen, newest first.") {
            (api, call) throws(Problem) in
            try list(api, call.request)
        }
    ]

    private struct Question {
        var since: Timestamp?
        var until: Timestamp?
        var before: Int64?
        var limit = 50
    }

    private static func list(_ api: API, _ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response
    {
        let question = try question(request.query, now: api.now())
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.blind(
                since: question.since, until: question.until, before: question.before, limit: question.limit)
        }
        var response = HTTPServer.Response.json { json in
            json.array { json in for interval in page { json.interval(interval) } }
        }
        if more, let last = page.last { response.fields.add("link", next(after: last, request)) }
        response.fields.add("etag", ETag.of(response.body))
        return response.unlessKnown(request.fields["if-none-match"])
    }

    private static func question(
        _ parameters: [(name: String, value: String)], now: Timestamp
    ) throws(Problem) -> Question {
        var question = Question()
        var seen: Set<String> = []
        for (name, value) in parameters {
            guard seen.insert(name).inserted else {
                throw .badParameter(name, "'\(name)' is given twice; give it once")
            }
            switch name {
            case "since": question.since = try IncidentParameters.time(name, value, now: now)
            case "until": question.until = try IncidentParameters.time(name, value, now: now)
            case "limit": question.limit = try IncidentParameters.limit(value)
            case "cursor": question.before = try cursor(value)
            default:
                throw .badParameter(
                    name, "there is no parameter '\(name)'; there are since, until, limit, cursor")
            }
        }
        return question
    }

    private static func cursor(_ value: String) throws(Problem) -> Int64 {
        guard value.hasPrefix("b"), let id = Int64(value.dropFirst(), radix: 36), id >= 0 else {
            throw .badParameter(
                "cursor", "'\(value)' is no cursor; take it from the Link header of the page before")
        }
        return id
    }

    private static func next(after interval: BlindInterval, _ request: HTTPServer.Request) -> String {
        let kept = request.query.filter { $0.name != "cursor" }
        let all = kept + [(name: "cursor", value: "b" + String(interval.id, radix: 36))]
        let query = all.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return "</api/blind?\(query)>; rel=\"next\""
    }
}

extension JSONWriter {
    fileprivate mutating func interval(_ interval: BlindInterval) {
        object { json in
            json.member("kind", interval.kind.rawValue)
            json.member("subject", interval.subject)
            json.member("started_at", interval.startedAt)
            json.member("ended_at", interval.endedAt)
        }
    }
}
