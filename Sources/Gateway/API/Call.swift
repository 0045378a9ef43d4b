import HTTP
import Rules

/// A request that found its route. What the route declares to read of it, it is given; here is the rest.
struct Call: Sendable {
    let request: HTTPServer.Request
    private let captures: [String: String]
    /// Who asks; nil where anyone may.
    let caller: Caller?
    /// Where the request comes from.
    let address: String
    /// What is to be kept of it; nil when it changes nothing.
    let slip: AuditSlip?
    /// The body, of a route that takes one as it is.
    private(set) var body: [UInt8] = []

    init(
        _ request: HTTPServer.Request, captures: [String: String], caller: Caller?, address: String,
        slip: AuditSlip?
    ) {
        self.request = request
        self.captures = captures
        self.caller = caller
        self.address = address
        self.slip = slip
    }

    /// Who signs what is done: whom the request names, or else whose token it bears.
    func person(_ named: String?) -> String? { named ?? caller?.signature }

    /// The segment that stands for `name` in the route's path.
    subscript(name: String) -> String { captures[name] ?? "" }

    /// The number in the path of a `thing`.
    func number(of thing: String, as name: String = "id") throws(Problem) -> Int64 {
        guard let number = Int64(self[name]), number > 0 else {
            throw .notFound("'\(self[name])' is no \(thing); they are whole numbers from 1")
        }
        return number
    }

    func incidentNumber() throws(Problem) -> Int64 { try number(of: "incident number") }

    var withBody: Call {
        var call = self
        call.body = request.body
        return call
    }

    var hasBody: Bool { !request.body.isEmpty }

    var contentType: String { request.fields["content-type"] ?? "" }

    func read<Value>(_ input: Input<Value>, now: Timestamp) throws(Problem) -> Value {
        try input.read(request, now: now)
    }

    /// What is asked, whatever fields come with it.
    var question: String {
        request.query.reduce(request.path) { $0 + "\u{0}" + $1.name + "\u{0}" + $1.value }
    }

    /// `response`, or 304 where the client has it.
    func unlessKnown(_ response: HTTPServer.Response) -> HTTPServer.Response {
        var response = response
        if response.fields["etag"] == nil { response.fields.add("etag", ETag.of(response.body)) }
        return response.unlessKnown(request.fields["if-none-match"])
    }

    /// Which of `types` the client would rather have (RFC 9110 §12.5.1); the first where it says nothing of them.
    func preferred(of types: [String]) -> String? {
        guard let accept = request.fields["accept"] else { return types.first }
        var best: (type: String, quality: Double)?
        for type in types {
            let quality = Self.quality(of: type, in: accept)
            if quality > best?.quality ?? 0 { best = (type, quality) }
        }
        return best?.type
    }

    /// How much `type` is wanted, 0 to 1: by the most exact range that it lies in.
    private static func quality(of type: String, in accept: String) -> Double {
        let group = type.prefix { $0 != "/" } + "/*"
        var found: (rank: Int, quality: Double) = (0, 0)
        for range in accept.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " } }
            let rank =
                parts.first == type ? 3 : parts.first == String(group) ? 2 : parts.first == "*/*" ? 1 : 0
            let quality =
                parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if rank > found.rank { found = (rank, quality) }
        }
        return found.quality
    }

    /// The next page in the form of RFC 8288: the same question with another `name`.
    func next(_ name: String, _ value: String) -> String {
        let all = request.query.filter { $0.name != name } + [(name: name, value: value)]
        let query = all.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return "<\(request.path)?\(query)>; rel=\"next\""
    }
}
