import HTTP
import Rules
import Store

/// The history of incidents.
enum IncidentRoutes {
    static let all: [Route] = [
        Route(
            "GET", "/api/incidents", .read,
            "Incidents, newest first, by pages; all that match as CSV or lines of JSON where 'Accept' asks for it.",
            IncidentParameters.input,
            gives: .json(.list(.named("Incident"))).or("text/csv", "application/x-ndjson")
        ) { (api, call, question) throws(Problem) in
            guard let form = form(of: question, call) else {
                return .now(try list(api, call, question.query))
            }
            return IncidentExport(form: form, query: question.query, archive: api.archive).outcome
        },
        .get(
            "/api/incidents/{id}", "An incident with evidence, events, deliveries, notes and timing.",
            gives: .json(.named("IncidentRecord"))
        ) { (api, call) throws(Problem) in try detail(api, call) },
        Route(
            "POST", "/api/incidents/{id}/acknowledge", .write,
            "Says that somebody takes care of an incident.", words, gives: .json(.named("Incident"))
        ) { (api, call, words) throws(Problem) in
            try api.act(.acknowledge(incident: try call.incidentNumber(), call.signed(words)), for: call) {
                $0.answer
            }
        },
        Route(
            "POST", "/api/incidents/{id}/resolve", .write, "Ends an incident by hand.", words,
            gives: .json(.named("Incident"))
        ) { (api, call, words) throws(Problem) in
            try api.act(.resolve(incident: try call.incidentNumber(), call.signed(words)), for: call) {
                $0.answer
            }
        },
        Route(
            "POST", "/api/incidents/{id}/notes", .write, "Keeps a note on an incident.", words,
            gives: .json(.named("Incident"))
        ) { (api, call, words) throws(Problem) in
            let number = try call.incidentNumber()
            guard words.note != nil else { throw .badMember("note", "give the 'note': {\"note\": \"…\"}") }
            return try api.act(.note(incident: number, call.signed(words)), for: call) { $0.answer }
        },
    ]

    /// Who acts, and what they say: `{"by": "…", "note": "…"}`, or nothing.
    private static let words = Input(
        Action.Words(),
        [
            .memberText("by", atMost: 100, \.by, "Who acts"),
            .memberText("note", atMost: 4000, \.note, "What they say"),
        ])

    /// How all that match are to come; nil for a page of them.
    private static func form(of question: IncidentParameters.Question, _ call: Call) -> IncidentExport.Form? {
        if let format = question.format { return format.export }
        return call.preferred(of: ["application/json"] + IncidentExport.Form.allCases.map(\.rawValue))
            .flatMap(IncidentExport.Form.init)
    }

    private static func list(
        _ api: API, _ call: Call, _ query: IncidentQuery
    ) throws(Problem) -> HTTPServer.Response {
        let make = { () throws(Problem) in
            let (page, more) = try api.stored { (reader) throws(StoreError) in
                try reader.incidents(matching: query)
            }
            var response = HTTPServer.Response.json { json in
                json.array { json in for incident in page { json.listed(incident) } }
            }
            if more, let last = page.last {
                response.fields.add("link", call.next("cursor", Parameters.cursor(after: last.id, "i")))
            }
            response.fields.add("etag", ETag.of(response.body))
            return response
        }
        // A time given as so long ago means another one at each request.
        let isFixed = query.since == nil && query.until == nil && query.at == nil
        return call.unlessKnown(isFixed ? try api.cache.answer(call.question, make) : try make())
    }

    private static func detail(_ api: API, _ call: Call) throws(Problem) -> HTTPServer.Response {
        let number = try call.incidentNumber()
        let found = try api.stored { (reader) throws(StoreError) in
            let record = try reader.record(of: number)
            let version = try record.flatMap { (record) throws(StoreError) in
                try reader.rules(version: record.incident.rulesVersion)
            }
            return (record, version)
        }
        guard let record = found.0 else { throw .notFound("there is no incident \(number)") }
        let line = found.1.flatMap { RulesSection.line(of: record.incident.rule, in: $0.text) }
        return call.unlessKnown(.json { $0.record(record, line: line) })
    }
}

extension Call {
    fileprivate func signed(_ words: Action.Words) -> Action.Words {
        Action.Words(by: person(words.by), note: words.note)
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
