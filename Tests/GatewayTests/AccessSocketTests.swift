import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

/// Logging in, acting and what each answer says to browsers, through the server and a client.
@Suite struct AccessSocketTests {
    /// A gateway on a socket, and one who asks it.
    private struct Site {
        let gate: Gate
        let server: HTTPServer
        let client: HTTPClient

        init(tokens: Bool = true) async throws {
            let bench = try Bench()
            try await bench.fill()
            let gate = try Gate(bench, tokens: tokens)
            var options = HTTPServer.Options()
            options.usualFields = Service.usualFields(isTLS: false)
            self.gate = gate
            server = try HTTPServer(options) { gate.api.handle($0) }
            client = try HTTPClient(userAgent: "test")
        }

        func end() {
            server.stop()
            client.close()
        }

        func ask(
            _ method: String, _ path: String, _ fields: HTTPFields = [:], _ body: String = ""
        ) async throws -> HTTPAnswer {
            let reply = await client.send(
                HTTPRequest(
                    method: method, url: "http://127.0.0.1:\(server.port)\(path)", fields: fields,
                    body: Array(body.utf8), timeout: .seconds(30), answerLimit: .refuse(beyond: 1 << 20)))
            guard case .answer(let answer) = reply else { throw NoAnswer(reply: "\(reply)") }
            return answer
        }
    }

    struct NoAnswer: Error { let reply: String }

    @Test func aBrowserLogsInActsAndLogsOut() async throws {
        let site = try await Site()
        defer { site.end() }
        let json: HTTPFields = ["content-type": "application/json"]
        #expect(try await site.ask("GET", "/api/session").status == 401)
        #expect(try await site.ask("POST", "/api/session", json, #"{"token":"no"}"#).status == 401)
        let login = try await site.ask("POST", "/api/session", json, #"{"token":"gw_writer"}"#)
        #expect(login.status == 200)
        let cookie = try #require(login.fields["set-cookie"]).prefix { $0 != ";" }
        let origin = "http://127.0.0.1:\(site.server.port)"
        let ours: HTTPFields = ["cookie": String(cookie), "origin": origin]
        let theirs: HTTPFields = ["cookie": String(cookie), "origin": "http://127.0.0.1:1"]
        #expect(try await site.ask("GET", "/api/incidents", ours).status == 200)
        #expect(try await site.ask("POST", "/api/webhooks/ops/enable", ours).status == 200)
        #expect(try await site.ask("POST", "/api/webhooks/ops/enable", theirs).status == 403)
        #expect(try await site.ask("DELETE", "/api/session", theirs).status == 403)
        let out = try await site.ask("DELETE", "/api/session", ours)
        #expect(out.status == 204)
        #expect(out.body.isEmpty)
        #expect(try await site.ask("GET", "/api/session", ours).status == 401)
        #expect(
            try site.gate.audit() == [
                "kim DELETE /api/session - 204", "- DELETE /api/session - 403",
                "kim POST /api/webhooks/{name}/enable ops 403",
                "kim POST /api/webhooks/{name}/enable ops 200", "kim POST /api/session - 200",
                "- POST /api/session - 401",
            ])
    }

    @Test func aNameThatIsPointedAtUsIsNotOurs() async throws {
        let site = try await Site(tokens: false)
        defer { site.end() }
        // A page of evil.example, whose name now leads to 127.0.0.1: for its browser it is the same origin.
        let rebound: HTTPFields = [
            "host": "evil.example:\(site.server.port)", "origin": "http://evil.example:\(site.server.port)",
            "sec-fetch-site": "same-origin",
        ]
        #expect(try await site.ask("POST", "/api/webhooks/ops/enable", rebound).status == 421)
        #expect(try await site.ask("GET", "/api/incidents", rebound).status == 421)
        // A page of another site, which calls us by our name.
        let foreign: HTTPFields = ["origin": "http://evil.example"]
        #expect(try await site.ask("POST", "/api/webhooks/ops/enable", foreign).status == 403)
        #expect(try await site.ask("POST", "/api/webhooks/ops/enable").status == 200)
        #expect(try site.gate.audit().first == "open POST /api/webhooks/{name}/enable ops 200")
    }

    @Test func eachAnswerTellsBrowsersWhatNotToDo() async throws {
        let site = try await Site(tokens: false)
        defer { site.end() }
        for path in ["/api/incidents", "/metrics", "/healthz", "/nothing", "/api/incidents?limit=no", "/%zz"]
        {
            let answer = try await site.ask("GET", path)
            #expect(answer.fields["x-content-type-options"] == "nosniff", "\(path)")
            #expect(answer.fields["referrer-policy"] == "no-referrer", "\(path)")
            #expect(
                answer.fields["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'",
                "\(path)")
            #expect(answer.fields["cache-control"] == (path == "/api/incidents" ? "no-cache" : "no-store"))
            #expect(answer.fields["strict-transport-security"] == nil)
        }
        let link = try await site.ask("GET", "/actions/x")
        #expect(link.fields["content-security-policy"]?.contains("form-action 'self'") == true)
        #expect(link.fields.list.count { $0.name.lowercased() == "content-security-policy" } == 1)
        let list = try await site.ask("GET", "/api/incidents")
        let tag = try #require(list.fields["etag"])
        #expect(try await site.ask("GET", "/api/incidents", ["if-none-match": tag]).status == 304)
        #expect(Service.usualFields(isTLS: true)["strict-transport-security"] == "max-age=31536000")
    }

    @Test func theDocumentTellsWhoMayAndHowOthersAreAnswered() async throws {
        let site = try await Site()
        defer { site.end() }
        let document = try await site.ask("GET", "/openapi.json")
        let json = try JSONValue(document.body)
        let schemes = json["components"]?["securitySchemes"]
        #expect(schemes?["token"]?["scheme"]?.text == "bearer")
        #expect(schemes?["session"]?["name"]?.text == "gateway_session")
        for route in API.routes {
            let operation = json["paths"]?[route.path]?[route.method.lowercased()]
            let answers = operation?["responses"]
            #expect((operation?["security"] == nil) == (route.access == .open), "\(route.path)")
            let isKept = route.access != .open
            #expect(
                (answers?["401"] != nil)
                    == (isKept || route.path == "/api/session" && route.method != "DELETE"))
            if isKept, route.method != "GET" { #expect(answers?["403"] != nil, "\(route.path)") }
        }
    }
}
