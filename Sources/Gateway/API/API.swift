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
    let access: Access
    let trail: AuditTrail
    let now: @Sendable () -> Timestamp
    let probe: StoreProbe
    let log: Log
    let rules: RulesDesk
    let enable: @Sendable (String) -> Void
    let push: @Sendable (Intake.Push) -> Intake.Result
    let perform: @Sendable (Action, AuditEntry?) async -> Result<ActionReply, ActionRefusal>
    /// Remembers the digest of a session that was logged out, until it would have expired.
    let endSession: @Sendable (_ digest: String, _ until: Timestamp) async throws(StoreError) -> Void

    static let routes =
        HealthRoutes.all + StatusRoutes.all + IncidentRoutes.all + SilenceRoutes.all + LinkRoutes.all
        + SourceRoutes.all
        + SampleRoutes.all + RulesRoutes.all + BacktestRoutes.all + WebhookRoutes.all + DeliveryRoutes.all
        + BlindRoutes.all
        + StatsRoutes.all + MachineRoutes.all + EventRoutes.all + MetricsRoutes.all + OpenAPI.all
        + ExplainRoutes.all + SessionRoutes.all + AuditRoutes.all + PageRoutes.all

    func handle(_ request: HTTPServer.Request) -> HTTPServer.Outcome {
        var found = Self.routes.compactMap { route in route.captures(request.segments).map { (route, $0) } }
        // A path that is spelled out is not one of another with a name in it.
        if found.contains(where: { $0.1.isEmpty }) { found.removeAll { !$0.1.isEmpty } }
        let method = request.method == "HEAD" ? "GET" : request.method
        let match = found.first { $0.0.method == method }
        let address = access.address(of: request)
        var caller: Caller?
        do throws(Problem) {
            // Who may not read is not told either what there is to read.
            if !found.contains(where: { $0.0.access == .open }) {
                caller = try self.caller(of: request, from: address)
            }
            guard let (route, captures) = match else { throw Self.noRoute(request.path, found.map(\.0)) }
            if let caller { try permit(caller, request, route) }
            let slip = slip(request, route, captures, caller, from: address)
            let call = Call(request, captures: captures, caller: caller, address: address, slip: slip)
            let outcome = try route.answer(self, call)
            return slip.map { trail.following(outcome, $0) } ?? outcome
        } catch {
            if error.status >= 500 {
                log.error("request failed", ["path": request.path, "error": error.detail])
            }
            return answer(error, to: request, match?.0 ?? found.first?.0, match?.1, caller, from: address)
        }
    }

    /// Why a request has no route: `found` are those of its path with another method.
    private static func noRoute(_ path: String, _ found: [Route]) -> Problem {
        guard found.isEmpty else { return .methodNotAllowed(path, allowed: found.map(\.method)) }
        let paths = routes.map(\.path).filter { !$0.contains("{") }
        let guess = path.nearest(among: paths).map { "did you mean \($0)?" }
        return .notFound("there is no \(path); \(guess ?? "the incidents are at /api/incidents")")
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
        _ action: Action, for call: Call, _ answer: @escaping @Sendable (ActionReply) -> HTTPServer.Response
    ) throws(Problem) -> HTTPServer.Outcome {
        if let error = health.storeError { throw .store(error.description) }
        return .later { [perform, entry = call.slip?.take()] in
            switch await perform(action, entry) {
            case .success(let reply): answer(reply)
            case .failure(let refusal): Problem(refusal).response
            }
        }
    }
}
