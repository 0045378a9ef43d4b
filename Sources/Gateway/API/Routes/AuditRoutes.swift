import HTTP
import Rules
import Store

/// Who did what.
enum AuditRoutes {
    static let all: [Route] = [
        .get(
            "/api/audit", "Who did what, and who was not let, newest first.",
            Input(
                AuditQuery(),
                [
                    .time("since", \.since, "At or after"), .time("until", \.until, "Before"),
                    .limit(\.limit), .cursor("a", \.before),
                ]), gives: .json(.list(.named("AuditEntry")))
        ) { (api, call, query) throws(Problem) in
            let (page, more) = try api.stored { (reader) throws(StoreError) in
                try reader.audit(matching: query)
            }
            var response = HTTPServer.Response.json { json in
                json.array { json in for entry in page { json.entry(entry) } }
            }
            if more, let last = page.last {
                response.fields.add("link", call.next("cursor", Parameters.cursor(after: last.id, "a")))
            }
            return call.unlessKnown(response)
        }
    ]
}

extension JSONWriter {
    fileprivate mutating func entry(_ entry: AuditEntry) {
        object { json in
            json.member("id", entry.id)
            json.member("at", entry.at)
            json.member("who", entry.who)
            json.member("address", entry.address)
            json.member("method", entry.method)
            json.member("route", entry.route)
            json.member("subject", entry.subject)
            json.member("summary", entry.summary)
            json.member("status", entry.status)
            json.member("omitted", entry.omitted)
        }
    }
}
