import HTTP
import Rules
import Store

/// When the gateway, or one of its sources, saw nothing.
enum BlindRoutes {
    static let all: [Route] = [
        .get(
            "/api/blind", "The spans of time in which nothing was seen, newest first.",
            Input(
                Question(),
                [
                    .time("since", \.since, "Lasted at or after"),
                    .time("until", \.until, "Began before"),
                    .limit(\.limit),
                    .cursor("b", \.before),
                ]), gives: .json(.list(.named("BlindInterval")))
        ) { (api, call, question) throws(Problem) in try list(api, call, question) }
    ]

    private struct Question: Sendable {
        var since: Timestamp?
        var until: Timestamp?
        var before: Int64?
        var limit = 50
    }

    private static func list(
        _ api: API, _ call: Call, _ question: Question
    ) throws(Problem) -> HTTPServer.Response {
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.blind(
                since: question.since, until: question.until, before: question.before, limit: question.limit)
        }
        var response = HTTPServer.Response.json { json in
            json.array { json in for interval in page { json.interval(interval) } }
        }
        if more, let last = page.last {
            response.fields.add("link", call.next("cursor", Parameters.cursor(after: last.id, "b")))
        }
        return call.unlessKnown(response)
    }
}

extension JSONWriter {
    mutating func interval(_ interval: BlindInterval) {
        object { json in
            json.member("kind", interval.kind.rawValue)
            json.member("subject", interval.subject)
            json.member("started_at", interval.startedAt)
            json.member("ended_at", interval.endedAt)
        }
    }
}
