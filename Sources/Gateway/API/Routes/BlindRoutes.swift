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
        for (name, value) in try Parameters.unique(parameters) {
            switch name {
            case "since": question.since = try Parameters.time(name, value, now: now)
            case "until": question.until = try Parameters.time(name, value, now: now)
            case "limit": question.limit = try Parameters.limit(value)
            case "cursor": question.before = try Parameters.place(value, "b")
            default: throw Parameters.unknown(name, ["since", "until", "limit", "cursor"])
            }
        }
        return question
    }

    private static func next(after interval: BlindInterval, _ request: HTTPServer.Request) -> String {
        let kept = request.query.filter { $0.name != "cursor" }
        let all = kept + [(name: "cursor", value: Parameters.cursor(after: interval.id, "b"))]
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
