import HTTP
import Rules
import Store

/// One thing that can be asked over HTTP: where, who may, what is read of the request, and what answers.
///
/// The same definition routes and checks a request and is what `/openapi.json` says of it.
struct Route: Sendable {
    let method: String
    /// `/api/incidents/{id}`: a name in braces stands for any one segment.
    let path: String
    /// What it gives, in one sentence; for the documentation.
    let summary: String
    let access: Access
    /// What it reads of a request, its path included.
    let fields: [FieldInfo]
    /// The media types of a body that is taken as it is; empty where the body is JSON members, or none.
    let bodyTypes: [String]
    let gives: Answer
    /// Whether it is kept who did what with it.
    private(set) var isAudited: Bool
    let answer: @Sendable (API, Call) throws(Problem) -> HTTPServer.Outcome
    private let segments: [String]
    private var ownRefusals: [Refusal]?

    enum Access: Sendable {
        /// Anyone: probes of an orchestrator carry no token.
        case open
        /// Whoever has the token, where one is set.
        case read, write
    }

    /// What a route answers when all is well.
    struct Answer: Sendable {
        let status: Int
        let contents: [(type: String, schema: Schema)]
        /// What else it answers with that is no problem of the request's form.
        var others: [(status: Int, schema: Schema)] = []

        static func json(_ schema: Schema = .any, status: Int = 200) -> Answer {
            Answer(status: status, contents: [("application/json", schema)])
        }

        static func text(_ types: String...) -> Answer {
            Answer(status: 200, contents: types.map { ($0, .text) })
        }

        func or(_ types: String...) -> Answer {
            Answer(status: status, contents: contents + types.map { ($0, .text) })
        }

        /// The same, and JSON with another status.
        func also(_ status: Int, _ schema: Schema) -> Answer {
            var answer = self
            answer.others.append((status, schema))
            return answer
        }
    }

    /// A route that reads `input`, and hands what it read to `answer`.
    init<Value>(
        _ method: String, _ path: String, _ access: Access, _ summary: String, _ input: Input<Value>,
        body bodyTypes: [String] = [], gives: Answer = .json(),
        answer: @escaping @Sendable (API, Call, Value) throws(Problem) -> HTTPServer.Outcome
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.summary = summary
        self.bodyTypes = bodyTypes
        self.gives = gives
        isAudited = method != "GET" && access != .read
        segments = path.split(separator: "/").map(String.init)
        fields = Self.captured(in: segments) + input.fields.map(\.info)
        // Links in messages and probes come with parameters that others add; they mean nothing.
        let isLenient = access == .open && input.fields.isEmpty
        let takesBody = !bodyTypes.isEmpty
        self.answer = { (api, call) throws(Problem) in
            let call = takesBody ? call.withBody : call
            guard !isLenient else { return try answer(api, call, input.start) }
            return try answer(api, call, try call.read(input, now: api.now()))
        }
    }

    /// A route that reads nothing but its path.
    init(
        _ method: String, _ path: String, _ access: Access, _ summary: String, gives: Answer = .json(),
        answer: @escaping @Sendable (API, Call) throws(Problem) -> HTTPServer.Outcome
    ) {
        self.init(method, path, access, summary, Input((), []), gives: gives) {
            (api, call, _) throws(Problem) in try answer(api, call)
        }
    }

    /// Why somebody may be kept out.
    enum Refusal: Int {
        case unauthorized = 401
        case forbidden = 403
        case tooManyTries = 429
    }

    /// The ways in which it keeps somebody out.
    var refusals: [Refusal] {
        if let ownRefusals { return ownRefusals }
        guard access != .open else { return [] }
        return method != "GET" || access == .write
            ? [.unauthorized, .forbidden, .tooManyTries] : [.unauthorized, .tooManyTries]
    }

    /// The same, open to anyone as far as it does not itself keep them out in these ways.
    func refusing(_ refusals: Refusal...) -> Route {
        var route = self
        route.ownRefusals = refusals
        return route
    }

    /// The same, of which nothing is kept: what it takes is data, of which each is on record itself.
    var unaudited: Route {
        var route = self
        route.isAudited = false
        return route
    }

    /// A route whose answer is there at once.
    static func get(
        _ path: String, _ summary: String, access: Access = .read, gives: Answer = .json(),
        answer: @escaping @Sendable (API, Call) throws(Problem) -> HTTPServer.Response
    ) -> Route {
        Route("GET", path, access, summary, gives: gives) { (api, call) throws(Problem) in
            .now(try answer(api, call))
        }
    }

    /// As that, from what it reads.
    static func get<Value>(
        _ path: String, _ summary: String, _ input: Input<Value>, access: Access = .read,
        gives: Answer = .json(),
        answer: @escaping @Sendable (API, Call, Value) throws(Problem) -> HTTPServer.Response
    ) -> Route {
        Route("GET", path, access, summary, input, gives: gives) { (api, call, value) throws(Problem) in
            .now(try answer(api, call, value))
        }
    }

    private static func captured(in segments: [String]) -> [FieldInfo] {
        segments.filter { $0.hasPrefix("{") }.map { segment in
            let name = String(segment.dropFirst().dropLast())
            let isNumber = name == "id" || name == "number"
            return FieldInfo(
                name: name, place: .path, summary: isNumber ? "Its number, from 1" : "Its \(name)",
                schema: isNumber ? .integer(1, .max) : .text, isRequired: true)
        }
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

extension Route.Refusal {
    /// What it means where a route answers so.
    func summary(of route: Route) -> String {
        switch self {
        case .unauthorized: "Neither a token nor a session that is good."
        case .forbidden where route.method == "GET": "The token's role is not enough."
        case .forbidden: "The token's role is not enough, or a page of another site had a browser send it."
        case .tooManyTries: "Too many wrong tokens came from the address; Retry-After says how long to wait."
        }
    }
}
