import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite struct AuditTests {
    private func gate() async throws -> (Gate, Judge) {
        let bench = try Bench()
        try await bench.fill()
        return (try Gate(bench), try await bench.judge())
    }

    @Test func eachWriteIsOnRecordWithWhoDidIt() async throws {
        let (gate, judge) = try await gate()
        try await gate.bench.running(judge) {
            let ack = try await gate.ask(
                "POST", "/api/incidents/4/acknowledge", [:], #"{"note":"on it"}"#, token: Gate.writer)
            #expect(try ack.object["acknowledged_by"] as? String == "kim")
            // Who acts may be another than whose token it is.
            _ = try await gate.ask(
                "POST", "/api/incidents/2/resolve", [:], #"{"by":"lee"}"#, token: Gate.writer)
            _ = try await gate.ask("POST", "/api/incidents/99/resolve", token: Gate.writer)
            let silence = #"{"rule":"cpu-*","ends_at":"2h"}"#
            _ = try await gate.ask("POST", "/api/silences", [:], silence, token: Gate.writer)
            _ = try await gate.ask("DELETE", "/api/silences/1", token: Gate.writer)
            _ = try await gate.ask("POST", "/api/deliveries/replay?webhook=ops", token: Gate.writer)
            _ = try await gate.ask("POST", "/api/webhooks/ops/test", token: Gate.writer)
            _ = try await gate.ask("POST", "/api/webhooks/ops/enable", token: Gate.writer)
            let cookie = try await gate.logIn(Gate.reader)
            _ = try await gate.ask(
                "DELETE", "/api/session", ["cookie": cookie, "sec-fetch-site": "same-origin"])
        }
        let audit = try gate.audit()
        #expect(
            audit == [
                "grafana DELETE /api/session - 204", "grafana POST /api/session - 200",
                "kim POST /api/webhooks/{name}/enable ops 200", "kim POST /api/webhooks/{name}/test ops 202",
                "kim POST /api/deliveries/replay - 202", "kim DELETE /api/silences/{id} 1 200",
                "kim POST /api/silences - 201", "kim POST /api/incidents/{id}/resolve 99 404",
                "kim POST /api/incidents/{id}/resolve 2 200",
                "kim POST /api/incidents/{id}/acknowledge 4 200",
            ])
        let page = try await gate.ask("GET", "/api/audit?limit=2&until=2030-01-01", token: Gate.reader)
        #expect(try page.list.count == 2)
        let link = try #require(page.fields["link"])
        let next = try await gate.ask(
            "GET", String(link.dropFirst().prefix { $0 != ">" }), token: Gate.reader)
        #expect(try next.list.first?["route"] as? String == "/api/webhooks/{name}/enable")
        #expect(try await gate.ask("GET", "/api/audit?since=2030-01-01", token: Gate.reader).text == "[]")
        let summaries = try gate.api.reader.audit(matching: AuditQuery()).page.compactMap(\.summary)
        #expect(summaries.contains("note=on it"))
        #expect(summaries.contains("by=lee"))
        // What a summary says of a login is how long the token was.
        #expect(summaries.contains("token=(9 bytes)"))
        let addresses = Set(try gate.api.reader.audit(matching: AuditQuery()).page.map(\.address))
        #expect(addresses == ["10.1.1.1"])
    }

    /// It is in the commit of what was done: neither is without the other.
    @Test func anEntryIsCommittedWithItsEffectOrNot() async throws {
        let (gate, first) = try await gate()
        var judge = first
        try await gate.bench.service.store.execute(
            "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no'); END")
        let entry = AuditEntry(
            at: Bench.moment(20), who: "kim", address: "::1", method: "POST", route: "/", status: 200)
        await #expect(throws: StoreError.self) {
            try await judge.take(.request(.acknowledge(incident: 4, .init()), audit: entry) { _ in })
        }
        let stored = try await gate.bench.service.store.incident(4)
        #expect(stored?.acknowledgedAt == nil)
        await #expect(throws: StoreError.self) {
            let silence = Silence(
                .made(0), matcher: Matcher(),
                schedule: .once(from: Bench.moment(20), until: Bench.moment(30)), by: nil, reason: nil,
                createdAt: Bench.moment(20))
            try await judge.take(.request(.silence(silence), audit: entry) { _ in })
        }
        #expect(try await gate.bench.get("/api/silences?ended=true").text == "[]")
    }

    @Test func aRulesFileIsOnRecordWithWhoSavedItAndNotWithItsText() async throws {
        let (gate, judge) = try await gate()
        let text = Bench.rules(cpu: 70).replacing("\n", with: "\\n").replacing("\"", with: "\\\"")
        try await gate.bench.running(judge) {
            // To save what is there already changes nothing, and is on record too.
            for _ in 0..<2 {
                let saved = try await gate.ask(
                    "PUT", "/api/rules", [:], #"{"text":"\#(text)"}"#, token: Gate.writer)
                #expect(saved.status == 200, "\(saved.text)")
                gate.bench.time.advance(by: .seconds(1))
            }
        }
        #expect(try gate.audit() == ["kim PUT /api/rules - 200", "kim PUT /api/rules - 200"])
        let version = try gate.api.reader.rules()
        #expect(version?.origin == "api by kim")
        let page = try gate.api.reader.audit(matching: AuditQuery()).page
        #expect(page.allSatisfy { $0.summary?.hasPrefix("text=(") == true })
    }

    @Test func thoseWhoAreNotLetAreOnRecordUpToABound() async throws {
        let (gate, _) = try await gate()
        _ = try await gate.ask("POST", "/api/silences", token: Gate.reader)
        _ = try await gate.ask("POST", "/api/silences")
        _ = try await gate.ask("GET", "/api/incidents", token: "wrong")
        _ = try await gate.ask("POST", "/api/session", [:], #"{"token":"wrong"}"#)
        // To look without a token is nobody's attempt at anything.
        _ = try await gate.ask("GET", "/api/incidents")
        #expect(
            try gate.audit() == [
                "- POST /api/session - 401", "- GET /api/incidents - 401", "- POST /api/silences - 401",
                "grafana POST /api/silences - 403",
            ])
        for number in 0..<200 {
            _ = try await gate.ask("POST", "/api/silences", from: "10.2.0.\(number)")
        }
        var query = AuditQuery()
        query.limit = 1000
        // Those whom nobody knows share a bound, and fill nobody else's.
        #expect(try gate.api.reader.audit(matching: query).page.count == AuditTrail.burst + 1)
        _ = try await gate.ask("POST", "/api/silences", token: Gate.reader)
        #expect(try gate.audit().first == "grafana POST /api/silences - 403")
        gate.bench.time.advance(by: AuditTrail.interval)
        _ = try await gate.ask("POST", "/api/silences")
        let newest = try gate.api.reader.audit(matching: query).page.first
        #expect(newest?.omitted == 200 - (AuditTrail.burst - 3))
    }

    @Test func aWriteThatIsRefusedIsOnRecordWithItsReasonAndNothingOfItsBody() async throws {
        let (gate, _) = try await gate()
        let (ack, token) = ("/api/incidents/4/acknowledge", Gate.writer)
        _ = try await gate.ask("POST", ack, [:], "{", token: token)
        _ = try await gate.ask("POST", ack, ["content-type": "text/plain"], "{}", token: token)
        _ = try await gate.ask("POST", ack, [:], #"{"nite":"gw_writer"}"#, token: token)
        _ = try await gate.ask("PUT", "/api/rules", [:], #"{"txt":"secret: gw_writer"}"#, token: token)
        _ = try await gate.ask("POST", ack, [:], "{}", token: Gate.reader)
        _ = try await gate.ask("DELETE", "/api/silences/x", token: token)
        _ = try await gate.ask("POST", "/api/session", [:], #"{"tokn":"gw_writer"}"#)
        // These change nothing, or bring data, whether they are right or not.
        _ = try await gate.ask("POST", "/api/rules/check", [:], "{", token: token)
        _ = try await gate.ask("POST", "/api/samples", [:], "{", token: token)
        _ = try await gate.ask("GET", "/api/incidents?limit=no", token: token)
        let page = try gate.api.reader.audit(matching: AuditQuery()).page
        #expect(
            page.map { "\($0.who ?? "-") \($0.status) \($0.summary ?? "-")" } == [
                "- 400 -", "kim 404 refused: 'x' is no number of a silence; they are whole numbers from 1",
                "grafana 403 refused: this takes the role 'write', and the token 'grafana' has the role 'read'",
                #"kim 400 refused: give the file's text: {"text": "sources: …"}"#,
                "kim 400 refused: there is no member 'nite'; did you mean 'note'? there are by, note",
                "kim 415 refused: send the body as 'Content-Type: application/json'",
                "kim 400 refused: the body is no JSON: at byte 2 a name in double quotes is expected",
            ])
    }

    /// A program that is wrong does not fill the disk.
    @Test func malformedWritesAreOnRecordUpToABound() async throws {
        let (gate, _) = try await gate()
        for _ in 0..<200 { _ = try await gate.ask("POST", "/api/silences", [:], "{", token: Gate.writer) }
        #expect(try await gate.ask("POST", "/api/webhooks/ops/enable", token: Gate.writer).status == 200)
        var query = AuditQuery()
        query.limit = 1000
        let page = try gate.api.reader.audit(matching: query).page
        #expect(page.count == AuditTrail.burst + 1)
        #expect(page.first?.status == 200)
    }

    /// Whoever is refused is refused all the same, and the log has what the record lacks.
    @Test func anEntryThatCannotBeKeptIsLoggedWithWhatItSays() async throws {
        let (gate, _) = try await gate()
        try await gate.bench.service.store.execute(
            "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no room'); END")
        #expect(try await gate.ask("DELETE", "/api/silences/7", token: Gate.reader).status == 403)
        #expect(try await gate.ask("POST", "/api/silences").status == 401)
        gate.bench.service.log.flush()
        let lines = gate.bench.lines.all(.error)
        #expect(lines.count == 2)
        for (line, said) in zip(
            lines,
            [
                "who=grafana address=10.1.1.1 method=DELETE route=/api/silences/{id} subject=7 status=403 ",
                "who=- address=10.1.1.1 method=POST route=/api/silences subject=- status=401 ",
            ])
        {
            #expect(line.hasPrefix("level=error msg=\"audit entry not kept\" " + said), "\(line)")
            #expect(line.contains("no room"), "\(line)")
        }
        #expect(try gate.audit().isEmpty)
    }

    @Test func whatIsOldIsForgotten() async throws {
        let (gate, _) = try await gate()
        _ = try await gate.ask("POST", "/api/webhooks/ops/enable", token: Gate.writer)
        #expect(try gate.audit().count == 1)
        while try await gate.bench.service.store.prune(
            samplesBefore: Bench.moment(0), incidentsBefore: Bench.moment(1000))
        {}
        #expect(try gate.audit().isEmpty)
    }
}
