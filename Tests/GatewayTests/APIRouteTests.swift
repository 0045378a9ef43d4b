import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Collector
@testable import Gateway

@Suite struct RouteTests {
    let bench: Bench

    init() async throws {
        bench = try Bench()
        try await bench.fill()
    }

    @Test(
        arguments: [
            ("/api", "there is no /api; the incidents are at /api/incidents"),
            ("/api/incident", "there is no /api/incident; did you mean /api/incidents?"),
            ("/api/incidents/1/x", "there is no /api/incidents/1/x; did you mean /api/incidents?"),
            ("/api%2fincidents", "there is no /api%2fincidents; did you mean /api/incidents?"),
            ("/api/webhooks/ops", "there is no /api/webhooks/ops; did you mean /api/webhooks?"),
            ("/api/incidents/5", "there is no incident 5"),
            ("/api/incidents/9223372036854775807", "there is no incident 9223372036854775807"),
            (
                "/api/incidents/9223372036854775808",
                "'9223372036854775808' is no incident number; they are whole numbers from 1"
            ),
            ("/api/incidents/0", "'0' is no incident number; they are whole numbers from 1"),
            ("/api/incidents/-1", "'-1' is no incident number; they are whole numbers from 1"),
            ("/api/incidents/1.0", "'1.0' is no incident number; they are whole numbers from 1"),
            ("/api/incidents/one", "'one' is no incident number; they are whole numbers from 1"),
            ("/api/incidents//", "'' is no incident number; they are whole numbers from 1"),
            (
                "/api/incidents/1%27%20OR%201",
                "'1' OR 1' is no incident number; they are whole numbers from 1"
            ),
        ])
    func whatIsNotThereSaysWhereToLook(target: String, detail: String) async throws {
        let response = try await bench.get(target)
        #expect(response.status == 404)
        #expect(response.fields["content-type"] == "application/problem+json")
        #expect(
            response.text
                == #"{"type":"about:blank","title":"Not found","status":404,"detail":"\#(detail)"}"#)
    }

    @Test(
        arguments: [
            ("POST", "/api/incidents", "GET, HEAD", "/api/incidents takes GET and HEAD"),
            ("DELETE", "/api/incidents/1", "GET, HEAD", "/api/incidents/1 takes GET and HEAD"),
            ("OPTIONS", "/api/sources", "GET, HEAD", "/api/sources takes GET and HEAD"),
            ("PUT", "/api/webhooks", "GET, HEAD", "/api/webhooks takes GET and HEAD"),
            ("POST", "/healthz", "GET, HEAD", "/healthz takes GET and HEAD"),
            ("POST", "/readyz", "GET, HEAD", "/readyz takes GET and HEAD"),
            ("get", "/healthz", "GET, HEAD", "/healthz takes GET and HEAD"),
            ("GET", "/api/webhooks/ops/enable", "POST", "/api/webhooks/ops/enable takes POST"),
            ("GET", "/api/deliveries/replay", "POST", "/api/deliveries/replay takes POST"),
        ])
    func anotherMethodIsToldWhichAreAllowed(
        method: String, target: String, allow: String, detail: String
    ) async throws {
        let response = try await bench.ask(method, target)
        #expect(response.status == 405)
        #expect(response.fields["allow"] == allow)
        #expect(
            response.text
                == #"{"type":"about:blank","title":"Method not allowed","status":405,"detail":"\#(detail)"}"#)
    }

    @Test(arguments: [
        "/api/incidents", "/api/incidents/1", "/api/sources", "/api/webhooks", "/healthz", "/readyz",
    ])
    func headIsAnsweredLikeGet(target: String) async throws {
        let (get, head) = (try await bench.get(target), try await bench.ask("HEAD", target))
        #expect(head.status == get.status)
        #expect(head.fields == get.fields)
        // The server leaves the body out and tells its length.
        #expect(head.body == get.body)
    }

    @Test func withATokenNothingButHealthIsAnsweredWithoutIt() async throws {
        let token = Secret("0123456789abcdef")
        let routes = [
            "/api/incidents", "/api/incidents/1", "/api/incidents?limit=0", "/api/sources", "/api/webhooks",
            "/nothing",
        ]
        let wrong = [
            nil, "", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdeF",
            "0123456789abcdef",
            "Basic MDEyMzQ1Njc4OWFiY2RlZg==", "Bearer  0123456789abcdef", "Bearer 0123456789abcdef ",
        ]
        for route in routes {
            for value in wrong {
                let fields = value.map { HTTPFields(dictionaryLiteral: ("Authorization", $0)) } ?? [:]
                let response = try await bench.ask("GET", route, fields, token: token)
                #expect(response.status == 401, "\(route) \(value ?? "without")")
                #expect(response.fields["www-authenticate"] == "Bearer")
                #expect(!response.text.contains(token.revealed))
            }
        }
        let enable = "/api/webhooks/ops/enable"
        #expect(try await bench.ask("POST", enable, token: token).status == 401)
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let fields: HTTPFields = ["Authorization": "\(scheme) \(token.revealed)"]
            #expect(try await bench.ask("GET", "/api/incidents", fields, token: token).status == 200)
            #expect(try await bench.ask("POST", enable, fields, token: token).status == 200)
        }
        #expect(try await bench.ask("GET", "/healthz", token: token).status == 200)
        #expect(try await bench.ask("GET", "/readyz", token: token).status == 503)
    }

    @Test func aWebhookIsEnabledByItsName() async throws {
        let response = try await bench.ask("POST", "/api/webhooks/ops/enable")
        #expect(response.status == 200)
        #expect(response.text == #"{"enabled":"ops"}"#)
        let unknown = try await bench.ask("POST", "/api/webhooks/nobody/enable")
        #expect(unknown.status == 404)
        #expect(unknown.text.contains("rules.yaml has no webhook 'nobody'"))
    }
}

@Suite struct DetailTests {
    @Test func anIncidentIsGivenWithAllThatFollowedFromIt() async throws {
        let bench = try Bench { request, number in
            .answer(HTTPAnswer(status: number == 1 ? 503 : 200, body: Array("number \(number)".utf8)))
        }
        var judge = try await bench.judge()
        bench.time.advance(by: .seconds(2))
        try await judge.take(try poll(at: 1, ["a": (1, 95.125)]))
        try await bench.running(judge) {
            await bench.network.sent(1)
            // The retry is due after 5 s, ±20 %.
            await bench.lines.contain("delivery failed")
            await bench.time.sleepers(1)
            bench.time.advance(by: .seconds(6))
            await bench.network.sent(2)
        }
        let detail = try await bench.get("/api/incidents/1")
        let parts = [
            """
            {"id":1,"status":"open","rule":"memory-high",
            """,
            """
            "evidence":[{"at":"2026-11-23T12:00:01.000Z","value":95.125}],"events":[{"id":1,\
            "type":"incident.opened","at":"2026-11-23T12:00:01.000Z","note":null,\
            "evidence":[{"at":"2026-11-23T12:00:01.000Z","value":95.125}]}],"deliveries":[{"id":1,
            """,
            """
            "webhook":"ops","sequence":1,"type":"incident.opened","incident":1,"event":1,\
            "state":"delivered","tries":2,\
            "created_at":"2026-11-23T12:00:02.000Z","due_at":null,"ended_at":"2026-11-23T12:00:08.000Z",\
            "superseded_by":null,"fallback_by":null,\
            "attempts":[{"number":1,"at":"2026-11-23T12:00:02.000Z","duration_ms":0,"status":503,\
            "error":"answered 503: number 1","answer":"number 1"},{"number":2,"at":"2026-11-23T12:00:08.000Z",\
            "duration_ms":0,"status":200,"error":null,"answer":"number 2"}]}]
            """,
            """
            "timing":{"sampled_at":"2026-11-23T12:00:01.000Z","decided_at":"2026-11-23T12:00:02.000Z",\
            "committed_at":"2026-11-23T12:00:02.000Z","first_attempt_at":"2026-11-23T12:00:02.000Z",\
            "accepted_at":"2026-11-23T12:00:08.000Z"}}
            """,
        ]
        for part in parts { #expect(detail.text.contains(part)) }
        let messageID = try #require(bench.network.ids.first)
        #expect(detail.text.contains(#""webhook_id":"\#(messageID)""#))
        #expect(bench.network.ids == [messageID, messageID])
    }

    @Test func whatIsNotSentYetHasItsDueTimeAndNoAttempt() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 95)]))
        let detail = try await bench.get("/api/incidents/1")
        #expect(detail.text.contains(#""state":"pending""#))
        #expect(
            detail.text.contains(
                #""due_at":"2026-11-23T12:00:00.000Z","ended_at":null,"superseded_by":null,"#))
        #expect(detail.text.contains(#""attempts":[]"#))
        #expect(detail.text.contains(#""first_attempt_at":null,"accepted_at":null"#))
    }
}

@Suite struct StateTests {
    @Test func sourcesTellHowTheyDo() async throws {
        let bench = try Bench()
        let judge = try await bench.judge()
        _ = judge
        let refusal = Refusal(place: .record(3), field: "cpu", value: "\"high\"", reason: .notANumber)
        let reading = PollOutcome.Reading(
            poll: try poll(at: 1, ["a": (1, 2), "b": (3, 4)]), refusals: [refusal], refusedCount: 1)
        bench.service.receive(
            PollOutcome(
                source: "fleet", startedAt: Bench.moment(1), duration: .milliseconds(12),
                result: .success(reading)))
        bench.service.receive(
            PollOutcome(
                source: "lab", startedAt: Bench.moment(2), duration: .milliseconds(5),
                result: .failure(.status(500, body: "oops"))))
        let response = try await bench.get("/api/sources")
        #expect(!response.text.contains("hush"))
        #expect(
            response.text == """
                [{"name":"fleet","url":"http://fleet.example/metrics","state":"healthy",\
                "since":"2026-11-23T12:00:01.012Z","last_success":"2026-11-23T12:00:01.012Z","last_failure":null,\
                "last_error":null,"duration_ms":12,"polls":1,"last_poll":{"taken":2,"refused":1},\
                "total":{"taken":2,"refused":1},"refusals":["\(refusal.description.replacing("\"", with: "\\\""))"]},\
                {"name":"lab","url":"http://lab.example/metrics","state":"failing",\
                "since":"2026-11-23T12:00:02.005Z","last_success":null,\
                "last_failure":"2026-11-23T12:00:02.005Z","last_error":"answered 500; the body begins: oops",\
                "duration_ms":5,"polls":1,"last_poll":{"taken":0,"refused":0},"total":{"taken":0,"refused":0},\
                "refusals":[]}]
                """)
    }

    @Test func readinessGivesItsReasons() async throws {
        let bench = try Bench()
        let fresh = try await bench.get("/readyz")
        #expect(fresh.status == 503)
        #expect(
            fresh.text == """
                {"status":"not ready","store":"ok","rules":"no rules file is loaded yet",\
                "poll":"no source was polled yet"}
                """)
        _ = try await bench.judge()
        bench.service.receive(
            PollOutcome(
                source: "fleet", startedAt: Bench.moment(1), duration: .zero,
                result: .success(.init(poll: try poll(at: 1, [:])))))
        let ready = try await bench.get("/readyz")
        #expect(ready.status == 200)
        #expect(ready.text == #"{"status":"ready","store":"ok","rules":"ok","poll":"ok"}"#)
        bench.service.health.note(rulesRefusal: "refused with 2 faults")
        let refused = try await bench.get("/readyz")
        #expect(refused.status == 200)
        #expect(try refused.object["rules_file"] as? String == bench.service.health.rulesRefusal)
        bench.service.health.note(rulesRefusal: nil)
        let intruder = try await Intruder(at: bench.folder.database, against: bench.service.store)
        let locked = try await bench.get("/readyz")
        #expect(locked.status == 503)
        #expect(
            locked.text == """
                {"status":"not ready","store":"the database is locked by another program","rules":"ok","poll":"ok"}
                """)
        try intruder.leave()
        #expect(try await bench.get("/readyz").status == 200)
        #expect(try await bench.get("/healthz").text == "alive\n")
    }

    @Test func theStoreIsProbedAtMostOnceASecond() async throws {
        let (time, writes) = (ManualTime(), Counter())
        let probe = StoreProbe(
            now: { time.now },
            write: { () async throws(StoreError) in
                if writes.next() > 1 { throw .full }
            })
        for _ in 1...5 { #expect(await probe.failure() == nil) }
        time.advance(by: .milliseconds(999))
        #expect(await probe.failure() == nil)
        time.advance(by: .milliseconds(1))
        #expect(await probe.failure() == .full)
        // A clock that was set back does not keep an old answer alive.
        time.advance(by: .seconds(-3600))
        #expect(await probe.failure() == .full)
        #expect(writes.count == 3)
    }

    @Test func aStoreThatCannotBeReadIsAnError() async throws {
        let bench = try Bench()
        _ = try await bench.judge()
        try await bench.service.store.execute("ALTER TABLE incident RENAME TO hidden")
        let response = try await bench.get("/api/incidents")
        #expect(response.status == 503)
        #expect(response.text.hasPrefix(#"{"type":"about:blank","title":"Store unavailable","status":503,"#))
        await bench.lines.contain("request failed")
        try await bench.service.store.execute("ALTER TABLE hidden RENAME TO incident")
        #expect(try await bench.get("/api/incidents").text == "[]")
    }
}
