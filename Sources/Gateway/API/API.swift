import HTTP
import Notifiers
import Rules
import Store

/// The HTTP API: from a request to an answer.
struct API: Sendable {
    let reader: StoreReader
    /// For what takes long.
    let archive: Archive
    /// Replays of the past take seconds: they wait for each other, and nobody else for them.
    let replays: Archive
    let feed: EventFeed
    let tally: Tally
    let health: Health
    let cache: ResponseCache
    let token: Secret?
    let now: @Sendable () -> Timestamp
    let probe: StoreProbe
    let log: Log
    let rules: RulesDesk
    let enable: @Sendable (String) -> Void
    let push: @Sendable (Intake.Push) -> Intake.Result
    let perform: @Sendable (Action) async -> Result<ActionReply, ActionRefusal>

    static let routes =
        HealthRoutes.all + IncidentRoutes.all + SilenceRoutes.all + LinkRoutes.all + SourceRoutes.all
        + SampleRoutes.all + RulesRoutes.all + WebhookRoutes.all + DeliveryRoutes.all + BlindRoutes.all
        + StatsRoutes.all + MachineRoutes.all + EventRoutes.all + MetricsRoutes.all + OpenAPI.all
        + ExplainRoutes.all + PageRoutes.all

    func handle(_ request: HTTPServer.Request) -> HTTPServer.Outcome {
        do {
            let (route, call) = try route(of: request)
            return try route.answer(self, call)
        } catch {
            if error.status >= 500 {
                log.error("request failed", ["path": request.path, "error": error.detail])
            }
            return .now(error.response)
        }
    }

    private func route(of request: HTTPServer.Request) throws(Problem) -> (Route, Call) {
        let found = Self.routes.compactMap { route in
            route.captures(request.segments).map { (route, Call(request, captures: $0)) }
        }
        // Who may not read is not told either what there is to read.
        if !found.contains(where: { $0.0.access == .open }) { try authorize(request) }
        guard !found.isEmpty else {
            let paths = Self.routes.map(\.path).filter { !$0.contains("{") }
            let guess = request.path.nearest(among: paths).map { "did you mean \($0)?" }
            throw .notFound(
                "there is no \(request.path); \(guess ?? "the incidents are at /api/incidents")")
        }
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let match = found.first(where: { $0.0.method == method }) else {
            throw .methodNotAllowed(request.path, allowed: found.map(\.0.method))
        }
        return match
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
    /// What the store gives, or the problem that it does not.
    func stored<Result>(_ read: (StoreReader) throws(StoreError) -> Result) throws(Problem) -> Result {
        do { return try read(reader) } catch { throw .store(error.description) }
    }

    /// Answers with what is read from an archive, and made of it there; from that of all long reads unless told.
    func archived(
        _ other: Archive? = nil,
        _ answer: @escaping @Sendable (StoreReader) throws(StoreError) -> Result<HTTPServer.Response, Problem>
    ) -> HTTPServer.Outcome {
        .later { [archive = other ?? archive, log] in
            do throws(StoreError) {
                switch try await archive.read(answer) {
                case .success(let response): return response
                case .failure(let problem): return problem.response
                }
            } catch {
                log.error("request failed", ["error": error])
                return Problem.store(error.description).response
            }
        }
    }

    /// Has the pipeline do `action`, and answers once it is done and on disk.
    ///
    /// While the store fails, the pipeline is busy trying; a person is told at once instead.
    func act(
        _ action: Action, _ answer: @escaping @Sendable (ActionReply) -> HTTPServer.Response
    ) throws(Problem) -> HTTPServer.Outcome {
        if let error = health.storeError { throw .store(error.description) }
        return .later { [perform] in
            switch await perform(action) {
            case .success(let reply): answer(reply)
            case .failure(let refusal): Problem(refusal).response
            }
        }
    }
}
