import HTTP
import Rules
import Store

/// What is kept of writes, and of those that were not let.
extension API {
    /// The slip of a write; nil of what changes nothing.
    func slip(
        _ request: HTTPServer.Request, _ route: Route, _ captures: [String: String], _ caller: Caller?,
        from address: String
    ) -> AuditSlip? {
        guard route.isAudited else { return nil }
        return AuditSlip(
            AuditEntry(
                at: now(), who: caller?.shown, address: address, method: route.method, route: route.path,
                subject: Self.subject(captures), summary: AuditSummary.text(of: request),
                status: route.gives.status))
    }

    /// The answer to who is refused; a refused write, or a token that is none, is kept before it is given.
    ///
    /// Of what somebody known sent, the reason is kept and not a word of it: what a member is, and whether it is secret,
    /// is known of a right body alone.
    func answer(
        _ problem: Problem, to request: HTTPServer.Request, _ route: Route?, _ captures: [String: String]?,
        _ caller: Caller?, from address: String
    ) -> HTTPServer.Outcome {
        let isRead = request.method == "GET" || request.method == "HEAD"
        let isWrite = captures != nil && route?.isAudited == true && problem.status < 500
        let isIntrusion = problem.isRefusal && (!isRead || Self.bearer(request) != nil)
        guard isWrite || isIntrusion, health.storeError == nil else { return .now(problem.response) }
        let entry = AuditEntry(
            at: now(), who: caller?.shown, address: address, method: String(request.method.prefix(20)),
            route: route?.path ?? "no such route", subject: Self.subject(captures ?? [:]),
            summary: caller.map { _ in AuditSummary.refusal(problem) }, status: problem.status)
        guard let kept = trail.admit(refusal: entry) else { return .now(problem.response) }
        return .later { [trail] in
            await trail.keep(kept)
            return problem.response
        }
    }

    /// What stands for the names in braces, but for the links of messages, which are keys.
    private static func subject(_ captures: [String: String]) -> String? {
        let parts = captures.filter { $0.key != "token" }.sorted { $0.key < $1.key }.map(\.value)
        return parts.isEmpty ? nil : String(parts.joined(separator: " ").prefix(255))
    }
}

/// What was sent, in short and without what is secret.
enum AuditSummary {
    private static let limit = 300
    private static let partLimit = 80
    /// Members that are told by their size: a rules file may hold secrets.
    private static let hidden: Set<String> = ["text", "token"]

    static func text(of request: HTTPServer.Request) -> String? {
        var parts = request.query.map { "\($0.name)=\($0.value.prefix(partLimit))" }
        if case .object(let members)? = try? JSONValue(request.body) {
            for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
                parts.append("\(name.prefix(partLimit))=\(shown(value, of: name))")
            }
        }
        let text = parts.joined(separator: " ")
        return text.isEmpty ? nil : String(text.prefix(limit))
    }

    static func refusal(_ problem: Problem) -> String {
        String("refused: \(problem.detail)".prefix(limit))
    }

    private static func shown(_ value: JSONValue, of name: String) -> String {
        switch value {
        case .string(let text) where hidden.contains(name): "(\(text.utf8.count) bytes)"
        case .string(let text): String(text.prefix(partLimit))
        case .array(let elements): elements.prefix(5).map { shown($0, of: name) }.joined(separator: ",")
        case .object(let members):
            members.sorted { $0.key < $1.key }.prefix(5).map { "\($0.key):\(shown($0.value, of: name))" }
                .joined(separator: ",")
        case .number(let number): number.shown
        case .bool(let flag): flag ? "true" : "false"
        case .null: "null"
        }
    }
}
