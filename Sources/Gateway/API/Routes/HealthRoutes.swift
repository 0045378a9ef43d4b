import HTTP
import Rules
import Store

/// Whether the gateway lives, and whether it can do its work.
enum HealthRoutes {
    static let all: [Route] = [
        .get("/healthz", "Whether the process is alive.", access: .open, gives: .text("text/plain")) {
            (_, _) throws(Problem) in
            .text("alive\n")
        },
        Route(
            "GET", "/readyz", .open,
            "Whether the store can be written, rules are loaded and a poll was done.",
            gives: .json(.named("Readiness")).also(503, .named("Readiness"))
        ) {
            (api, _) throws(Problem) in .later { await readiness(api) }
        },
    ]

    /// What must hold for the gateway to do its work, and why it does not, where that is so.
    static func checks(_ api: API) async -> [(name: StaticString, problem: String?)] {
        // A store that is known to fail is tried by whoever waits for it, and needs no further load.
        var failure = api.health.storeError
        if failure == nil { failure = await api.probe.failure() }
        return [
            ("store", failure?.description),
            ("rules", api.health.rulesVersion > 0 ? nil : "no rules file is loaded yet"),
            ("poll", api.health.hasPolled ? nil : "no source was polled yet"),
        ]
    }

    private static func readiness(_ api: API) async -> HTTPServer.Response {
        let checks = await checks(api)
        let isReady = checks.allSatisfy { $0.problem == nil }
        // The work goes on by the rules in force, so that no orchestrator is to end it; a person is told why.
        let worthKnowing = api.health.rulesRefusal
        return .json(status: isReady ? 200 : 503) { json in
            json.object { json in
                json.member("status", isReady ? "ready" : "not ready")
                for (name, problem) in checks { json.member(name, problem ?? "ok") }
                if let worthKnowing { json.member("rules_file", worthKnowing) }
            }
        }
    }
}
