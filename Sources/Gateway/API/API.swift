import Collector
import HTTP
import Notifiers
import Rules
import Store

/// The HTTP API: from a request to an answer.
struct API: Sendable {
    let reader: StoreReader
    let health: Health
    let cache: ResponseCache
    let token: Secret?
    let now: @Sendable () -> Timestamp
    /// Throws what keeps the store from being written.
    let probe: @Sendable () async throws(StoreError) -> Void
    let enable: @Sendable (String) -> Void
    let push: @Sendable (Intake.Push) -> Intake.Result

    func handle(_ request: HTTPServer.Request) -> HTTPServer.Outcome {
        do {
            return try route(request)
        } catch {
            return .now(error.response)
        }
    }

    private func route(_ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Outcome {
        let path = request.segments
        if path == ["healthz"] { return .now(try get(request) { () throws(Problem) in .text("alive\n") }) }
        if path == ["readyz"] { return try readiness(request) }
        try authorize(request)
        switch path {
        case ["api", "incidents"]:
            return .now(try get(request) { () throws(Problem) in try incidents(request) })
        case ["api", "sources"]:
            return .now(try get(request) { () throws(Problem) in .json { $0.sources(health.sources) } })
        case ["api", "samples"]: return .now(try samples(request))
        case ["api", "webhooks"]: return .now(try get(request) { () throws(Problem) in try webhooks() })
        case _ where path.count == 3 && path.starts(with: ["api", "incidents"]):
            return .now(try get(request) { () throws(Problem) in try incident(path[2], request) })
        case _ where path.count == 4 && path.starts(with: ["api", "webhooks"]) && path[3] == "enable":
            return .now(try enable(path[2], request))
        default:
            throw .notFound("there is no \(request.path); the incidents are at /api/incidents")
        }
    }

    private func get(
        _ request: HTTPServer.Request, _ answer: () throws(Problem) -> HTTPServer.Response
    ) throws(Problem) -> HTTPServer.Response {
        guard request.method == "GET" || request.method == "HEAD" else {
            throw Problem(
                status: 405, title: "Method not allowed", detail: "\(request.path) takes GET and HEAD",
                fields: ["allow": "GET, HEAD"])
        }
        return try answer()
    }

    private func authorize(_ request: HTTPServer.Request) throws(Problem) {
        guard let token else { return }
        let field = request.fields["authorization"] ?? ""
        guard field.lowercased().hasPrefix("bearer "),
            Crypto.isSame(String(field.dropFirst(7)), token.revealed)
        else {
            throw Problem(
                status: 401, title: "Unauthorized",
                detail: "send the token of rules.yaml (server: token) as 'Authorization: Bearer TOKEN'",
                fields: ["www-authenticate": "Bearer"])
        }
    }
}

extension API {
    private func incidents(_ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response {
        let query = try IncidentParameters.read(request.query, now: now())
        let make = { () throws(Problem) in
            let (page, more) = try stored { () throws(StoreError) in try reader.incidents(matching: query) }
            var response = HTTPServer.Response.json { json in
                json.array { json in for incident in page { json.incident(incident) } }
            }
            if more, let last = page.last { response.fields.add("link", next(after: last, request)) }
            response.fields.add("etag", ETag.of(response.body))
            return response
        }
        // A time given as so long ago means another one at each request.
        let isFixed = query.since == nil && query.until == nil && query.at == nil
        let response = isFixed ? try cache.answer(request.question, make) : try make()
        return response.unlessKnown(request.fields["if-none-match"])
    }

    /// The next page in the form of RFC 8288: the same question with another cursor.
    private func next(after incident: Incident, _ request: HTTPServer.Request) -> String {
        let kept = request.query.filter { $0.name != "cursor" }
        let all = kept + [(name: "cursor", value: IncidentParameters.cursor(after: incident.id))]
        let query = all.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return "</api/incidents?\(query)>; rel=\"next\""
    }

    private func incident(_ id: String, _ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response
    {
        guard let number = Int64(id), number > 0 else {
            throw .notFound("'\(id)' is no incident number; they are whole numbers from 1")
        }
        let record = try stored { () throws(StoreError) in try reader.record(of: number) }
        guard let record else { throw .notFound("there is no incident \(number)") }
        var response = HTTPServer.Response.json { $0.record(record) }
        response.fields.add("etag", ETag.of(response.body))
        return response.unlessKnown(request.fields["if-none-match"])
    }

    private func webhooks() throws(Problem) -> HTTPServer.Response {
        let outbox = try stored { () throws(StoreError) in try reader.outbox() }
        return .json { json in
            json.array { json in
                for webhook in health.webhooks {
                    json.webhook(webhook, outbox[webhook.name] ?? OutboxCount())
                }
            }
        }
    }

    private func enable(_ name: String, _ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response
    {
        guard request.method == "POST" else {
            throw Problem(
                status: 405, title: "Method not allowed", detail: "\(request.path) takes POST",
                fields: ["allow": "POST"])
        }
        guard health.webhooks.contains(where: { $0.name == name }) else {
            throw .notFound("rules.yaml has no webhook '\(name)'")
        }
        enable(name)
        return .json { json in json.object { $0.member("enabled", name) } }
    }

    /// 200 when the store can be written, rules are loaded and a poll has been done; 503 and why otherwise.
    private func readiness(_ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Outcome {
        _ = try get(request) { () throws(Problem) in .text("") }
        return .later { [self] in
            var failure = health.storeError
            do throws(StoreError) { try await probe() } catch { failure = error }
            let checks: [(StaticString, String?)] = [
                ("store", failure?.description),
                ("rules", health.rulesVersion > 0 ? nil : "no rules file is loaded yet"),
                ("poll", health.hasPolled ? nil : "no source was polled yet"),
            ]
            let isReady = checks.allSatisfy { $0.1 == nil }
            return .json(status: isReady ? 200 : 503) { json in
                json.object { json in
                    json.member("status", isReady ? "ready" : "not ready")
                    for (name, problem) in checks { json.member(name, problem ?? "ok") }
                }
            }
        }
    }

    private func stored<Result>(_ read: () throws(StoreError) -> Result) throws(Problem) -> Result {
        do { return try read() } catch { throw .store(error.description) }
    }
}

extension HTTPServer.Request {
    /// What is asked, whatever fields come with it.
    fileprivate var question: String {
        query.reduce(path) { $0 + "\u{0}" + $1.name + "\u{0}" + $1.value }
    }
}
