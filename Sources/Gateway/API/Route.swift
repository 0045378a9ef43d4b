import HTTP
import Rules
import Store

/// One thing that can be asked over HTTP: where, who may, and what answers.
struct Route: Sendable {
    let method: String
    /// `/api/incidents/{id}`: a name in braces stands for any one segment.
    let path: String
    /// What it gives, in one sentence; for the documentation.
    let summary: String
    let access: Access
    let answer: @Sendable (API, Call) throws(Problem) -> HTTPServer.Outcome
    private let segments: [String]

    enum Access: Sendable {
        /// Anyone: probes of an orchestrator carry no token.
        case open
        /// Whoever has the token, where one is set.
        case read, write
    }

    init(
        _ method: String, _ path: String, _ access: Access, _ summary: String,
        answer: @escaping @Sendable (API, Call) throws(Problem) -> HTTPServer.Outcome
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.summary = summary
        self.answer = answer
        segments = path.split(separator: "/").map(String.init)
    }

    /// A route whose answer is there at once.
    static func get(
        _ path: String, _ summary: String, access: Access = .read,
        answer: @escaping @Sendable (API, Call) throws(Problem) -> HTTPServer.Response
    ) -> Route {
        Route("GET", path, access, summary) { (api, call) throws(Problem) in .now(try answer(api, call)) }
    }

    /// What stands for the names in braces; nil when the path is another one.
    func captures(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var captures: [String: String] = [:]
        for (pattern, segment) in zip(segments, path) {
            if pattern.hasPrefix("{") {
                captures[String(pattern.dropFirst().dropLast())] = segment
            } else if pattern != segment {
                return nil
            }
        }
        return captures
    }
}

/// A request that found its route.
struct Call: Sendable {
    let request: HTTPServer.Request
    private let captures: [String: String]

    init(_ request: HTTPServer.Request, captures: [String: String]) {
        self.request = request
        self.captures = captures
    }

    /// The segment that stands for `name` in the route's path.
    subscript(name: String) -> String { captures[name] ?? "" }

    /// The incident number in the path.
    func incidentNumber() throws(Problem) -> Int64 {
        guard let number = Int64(self["id"]), number > 0 else {
            throw .notFound("'\(self["id"])' is no incident number; they are whole numbers from 1")
        }
        return number
    }
}
