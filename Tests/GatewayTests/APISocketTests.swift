import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

/// The main cases of the API once more, through the server and a client.
@Suite struct APISocketTests {
    @Test func theAPIAnswersOverASocket() async throws {
        let bench = try Bench()
        try await bench.fill()
        let token = Secret("0123456789abcdef")
        let api = try bench.service.makeAPI(token: token, rules: bench.rulesFile)
        let server = try HTTPServer(HTTPServer.Options()) { api.handle($0) }
        defer { server.stop() }
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        func ask(
            _ path: String, _ method: String = "GET", _ more: HTTPFields = [:], bare: Bool = false
        ) async throws -> HTTPAnswer {
            var fields = more
            if !bare { fields.add("Authorization", "Bearer \(token.revealed)") }
            let reply = await client.send(
                HTTPRequest(
                    method: method, url: "http://127.0.0.1:\(server.port)\(path)", fields: fields,
                    timeout: .seconds(30), answerLimit: .refuse(beyond: 1 << 20)))
            guard case .answer(let answer) = reply else { throw NoAnswer(reply: "\(reply)") }
            return answer
        }
        #expect(try await ask("/healthz", bare: true).status == 200)
        #expect(try await ask("/readyz", bare: true).status == 503)
        let refused = try await ask("/api/incidents", bare: true)
        #expect(refused.status == 401)
        #expect(refused.fields["www-authenticate"] == "Bearer")

        let page = try await ask("/api/incidents?limit=1&label.env=production")
        #expect(page.status == 200)
        #expect(page.text.hasPrefix(#"[{"id":4,"#))
        let link = try #require(page.fields["link"])
        let next = try await ask(String(link.dropFirst().prefix { $0 != ">" }))
        #expect(next.text.hasPrefix(#"[{"id":2,"#))

        let tag = try #require(page.fields["etag"])
        let known = try await ask(
            "/api/incidents?limit=1&label.env=production", "GET", ["If-None-Match": tag])
        #expect(known.status == 304)
        #expect(known.body.isEmpty)
        #expect(known.fields["etag"] == tag)

        let bad = try await ask("/api/incidents?machine=a&limit=no")
        #expect(bad.status == 400)
        #expect(bad.fields["content-type"] == "application/problem+json")
        #expect(bad.text.contains(#""parameter":"limit""#))
        #expect(try await ask("/api/incidents/4/").text.contains(#""timing":"#))
        #expect(try await ask("/api/incidents/9").status == 404)
        let wrong = try await ask("/api/incidents", "POST")
        #expect(wrong.status == 405)
        #expect(wrong.fields["allow"] == "GET, HEAD")
        #expect(try await ask("/api/webhooks/ops/enable", "POST").text == #"{"enabled":"ops"}"#)
    }

    struct NoAnswer: Error { let reply: String }
}

extension HTTPAnswer {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
