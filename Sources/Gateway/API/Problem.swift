import HTTP
import Rules

/// What is wrong with a request, as RFC 9457 problem details.
struct Problem: Error {
    let status: Int
    let title: String
    /// What would be right.
    let detail: String
    /// The parameter at fault.
    var parameter: String?
    var fields: HTTPFields = [:]

    static func badParameter(_ name: String, _ detail: String) -> Problem {
        Problem(status: 400, title: "Bad parameter", detail: detail, parameter: name)
    }

    static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, title: "Not found", detail: detail)
    }

    static func store(_ detail: String) -> Problem {
        Problem(status: 503, title: "Store unavailable", detail: detail)
    }

    var response: HTTPServer.Response {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "about:blank")
            json.member("title", title)
            json.member("status", status)
            json.member("detail", detail)
            if let parameter { json.member("parameter", parameter) }
        }
        var fields = fields
        fields.add("content-type", "application/problem+json")
        return HTTPServer.Response(status: status, fields: fields, body: json.bytes)
    }
}
