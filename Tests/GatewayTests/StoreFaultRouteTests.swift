import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

/// What the API answers when the store fails at what it is asked for.
@Suite(.timeLimit(.minutes(5))) struct StoreFaultRouteTests {
    @Test(arguments: [
        ("/api/stats", "incident"), ("/api/machines/a/samples?metric=cpu", "sample"),
        ("/metrics", "delivery"), ("/api/status", "blind"),
    ])
    func aReadThatFailsIsAnErrorAndTheNextOneIsAnswered(target: String, table: String) async throws {
        let bench = try Bench()
        try await bench.fill()
        try await bench.service.store.execute("ALTER TABLE \(table) RENAME TO hidden")
        let failed = try await bench.get(target)
        #expect(failed.status == 503)
        #expect(failed.fields["content-type"] == "application/problem+json")
        #expect(try failed.object["title"] as? String == "Store unavailable")
        bench.service.log.flush()
        let lines = bench.lines.all(.error)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("level=error msg=\"request failed\" error=") == true, "\(lines)")
        try await bench.service.store.execute("ALTER TABLE hidden RENAME TO \(table)")
        #expect(try await bench.get(target).status == 200)
    }

    /// To say that it is over would be a lie: whoever has a copy of it could go on.
    @Test func aSessionThatCannotBeEndedGoesOn() async throws {
        let bench = try Bench()
        try await bench.fill()
        let gate = try Gate(bench)
        let cookie = try await gate.logIn(Gate.reader)
        try await bench.service.store.execute(
            "CREATE TRIGGER full BEFORE INSERT ON used_action BEGIN SELECT raise(ABORT, 'no room'); END")
        let fields: HTTPFields = ["cookie": cookie, "sec-fetch-site": "same-origin"]
        let failed = try await gate.ask("DELETE", "/api/session", fields)
        #expect(failed.status == 503)
        #expect(failed.fields["set-cookie"] == nil)
        #expect(try gate.audit().first == "grafana DELETE /api/session - 503")
        #expect(try await gate.ask("GET", "/api/incidents", ["cookie": cookie]).status == 200)
        try await bench.service.store.execute("DROP TRIGGER full")
        #expect(try await gate.ask("DELETE", "/api/session", fields).status == 204)
        #expect(try await gate.ask("GET", "/api/incidents", ["cookie": cookie]).status == 401)
    }
}
