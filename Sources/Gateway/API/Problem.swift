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
    /// The member of the body at fault.
    var member: String?
    var fields: HTTPFields = [:]

    static func badParameter(_ name: String, _ detail: String) -> Problem {
        Problem(status: 400, title: "Bad parameter", detail: detail, parameter: name)
    }

    static func badMember(_ name: String, _ detail: String) -> Problem {
        Problem(status: 400, title: "Bad body", detail: detail, member: name)
    }

    static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, title: "Not found", detail: detail)
    }

    static func methodNotAllowed(_ path: String, allowed methods: [String]) -> Problem {
        let names = methods.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
        return Problem(
            status: 405, title: "Method not allowed",
            detail: "\(path) takes \(names.joined(separator: " and "))",
            fields: ["allow": names.joined(separator: ", ")])
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
            if let member { json.member("member", member) }
        }
        var fields = fields
        fields.add("content-type", "application/problem+json")
        return HTTPServer.Response(status: status, fields: fields, body: json.bytes)
    }
}

extension Problem {
    init(_ refusal: ActionRefusal) {
        switch refusal {
        case .notFound(let detail): self = .notFound(detail)
        case .conflict(let detail): self = Problem(status: 409, title: "Conflict", detail: detail)
        case .store(let detail): self = .store(detail)
        case .stopping: self = Problem(status: 503, title: "Stopping", detail: "the gateway is being stopped")
        }
    }
}
