import HTTP
import Rules
import Store

/// The history of incidents.
enum IncidentRoutes {
    static let all: [Route] = [
        .get("/api/incidents", "Incidents, newest first.") { (api, call) throws(Problem) in
            try list(api, call.request)
        },
        .get("/api/incidents/{id}", "An incident with evidence, events, deliveries and timing.") {
            (api, call) throws(Problem) in
            try detail(api, call)
        },
        Route(
            "POST", "/api/incidents/{id}/acknowledge", .write, "Says that somebody takes care of an incident."
        ) {
            (api, call) throws(Problem) in
            let (number, words) = (try call.incidentNumber(), try call.words())
            return try api.act(.acknowledge(incident: number, words)) { $0.answer }
        },
        Route("POST", "/api/incidents/{id}/resolve", .write, "Ends an incident by hand.") {
            (api, call) throws(Problem) in
            let (number, words) = (try call.incidentNumber(), try call.words())
            return try api.act(.resolve(incident: number, words)) { $0.answer }
        },
        Route("POST", "/api/incidents/{id}/notes", .write, "Keeps a note on an incident.") {
            (api, call) throws(Problem) in
            let (number, words) = (try call.incidentNumber(), try call.words())
            guard words.note != nil else { throw .badMember("note", "give the 'note': {\"note\": \"…\"}") }
            return try api.act(.note(incident: number, words)) { $0.answer }
        },
    ]

    private static func list(_ api: API, _ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response
    {
        let query = try IncidentParameters.read(request.query, now: api.now())
        let make = { () throws(Problem) in
            let (page, more) = try api.stored { (reader) throws(StoreError) in
                try reader.incidents(matching: query)
            }
            var response = HTTPServer.Response.json { json in
                json.array { json in for incident in page { json.listed(incident) } }
            }
            if more, let last = page.last { response.fields.add("link", next(after: last, request)) }
            response.fields.add("etag", ETag.of(response.body))
            return response
        }
        // A time given as so long ago means another one at each request.
        let isFixed = query.since == nil && query.until == nil && query.at == nil
        let response = isFixed ? try api.cache.answer(request.question, make) : try make()
        return response.unlessKnown(request.fields["if-none-match"])
    }

    /// The next page in the form of RFC 8288: the same question with another cursor.
    private static func next(after incident: Incident, _ request: HTTPServer.Request) -> String {
        let kept = request.query.filter { $0.name != "cursor" }
        let all = kept + [(name: "cursor", value: Parameters.cursor(after: incident.id, "i"))]
        let query = all.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return "</api/incidents?\(query)>; rel=\"next\""
    }

    private static func detail(_ api: API, _ call: Call) throws(Problem) -> HTTPServer.Response {
        let number = try call.incidentNumber()
        let record = try api.stored { (reader) throws(StoreError) in try reader.record(of: number) }
        guard let record else { throw .notFound("there is no incident \(number)") }
        var response = HTTPServer.Response.json { $0.record(record) }
        response.fields.add("etag", ETag.of(response.body))
        return response.unlessKnown(call.request.fields["if-none-match"])
    }
}

extension Call {
    /// Who acts, and what they say: `{"by": "…", "note": "…"}`, or nothing.
    fileprivate func words() throws(Problem) -> Action.Words {
        var body = try RequestBody(of: request)
        let words = Action.Words(
            by: try body.text("by", atMost: 100), note: try body.text("note", atMost: 4000))
        try body.finish()
        return words
    }
}

extension ActionReply {
    /// The incident that was acted on, as it is now.
    var answer: HTTPServer.Response {
        .json { json in
            if let incident { json.listed(incident) } else { json.object { _ in } }
        }
    }
}

extension HTTPServer.Request {
    /// What is asked, whatever fields come with it.
    fileprivate var question: String {
        query.reduce(path) { $0 + "\u{0}" + $1.name + "\u{0}" + $1.value }
    }
}
