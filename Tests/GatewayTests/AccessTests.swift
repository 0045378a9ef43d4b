import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

/// A gateway with tokens, asked as programs and browsers ask it.
struct Gate {
    static let (reader, writer) = ("gw_reader", "gw_writer")

    let bench: Bench
    let api: API

    /// The tokens `grafana`, who reads, and `kim`, who writes, unless there are to be none.
    init(_ bench: Bench, tokens: Bool = true, _ change: (inout ServerSettings) -> Void = { _ in }) throws {
        self.bench = bench
        var settings = ServerSettings()
        if tokens {
            settings.tokens = [
                Self.token("grafana", .read, Self.reader), Self.token("kim", .write, Self.writer),
            ]
        }
        change(&settings)
        api = try bench.service.makeAPI(
            access: Access(settings, uptime: bench.service.time.uptime), rules: bench.rulesFile)
    }

    static func token(_ name: String, _ role: Role, _ text: String) -> AccessToken {
        let digest = AccessToken.unnamed(Secret(text)).digest
        return AccessToken(name: name, role: role, digest: digest)
    }

    func ask(
        _ method: String, _ target: String, _ fields: HTTPFields = [:], _ body: String = "",
        token: String? = nil, from peer: String = "10.1.1.1"
    ) async throws -> HTTPServer.Response {
        var fields = fields
        if let token { fields.add("authorization", "Bearer \(token)") }
        if fields["host"] == nil { fields.add("host", "gw.example:8080") }
        if !body.isEmpty, fields["content-type"] == nil { fields.add("content-type", "application/json") }
        let request = try #require(
            HTTPServer.Request(
                method: method, target: target, fields: fields, body: Array(body.utf8), peer: peer))
        switch api.handle(request) {
        case .now(let response): return response
        case .later(let answer): return await answer()
        case .stream(let response, _): return response
        }
    }

    /// The cookie that somebody has after logging in.
    func logIn(_ token: String) async throws -> String {
        let response = try await ask("POST", "/api/session", [:], #"{"token":"\#(token)"}"#)
        #expect(response.status == 200, "\(response.text)")
        let field = try #require(response.fields["set-cookie"])
        return String(field.prefix { $0 != ";" })
    }

    /// Who, what and the status of what is on record, newest first.
    func audit() throws -> [String] {
        try api.reader.audit(matching: AuditQuery()).page.map {
            "\($0.who ?? "-") \($0.method) \($0.route) \($0.subject ?? "-") \($0.status)"
        }
    }
}

@Suite struct AccessTests {
    private static let ack = "/api/incidents/4/acknowledge"

    private func gate(
        tokens: Bool = true, _ change: (inout ServerSettings) -> Void = { _ in }
    ) async throws -> Gate {
        let bench = try Bench()
        try await bench.fill()
        return try Gate(bench, tokens: tokens, change)
    }

    @Test func aRoleIsEnoughForWhatItSays() async throws {
        let gate = try await gate()
        #expect(try await gate.ask("GET", "/api/incidents").status == 401)
        for token in [Gate.reader, Gate.writer] {
            #expect(try await gate.ask("GET", "/api/incidents", token: token).status == 200)
            #expect(try await gate.ask("GET", "/api/audit", token: token).status == 200)
        }
        let refused = try await gate.ask("POST", "/api/webhooks/ops/enable", token: Gate.reader)
        #expect(refused.status == 403)
        #expect(
            try refused.object["detail"] as? String
                == "this takes the role 'write', and the token 'grafana' has the role 'read'")
        #expect(refused.fields["content-type"] == "application/problem+json")
        #expect(try await gate.ask("POST", "/api/webhooks/ops/enable", token: Gate.writer).status == 200)
        // Secrets may stand in a rules file.
        #expect(try await gate.ask("GET", "/api/rules/versions/1", token: Gate.reader).status == 403)
    }

    /// Every route, so that none is forgotten.
    @Test func noWriteIsOpenToWhoMayOnlyRead() async throws {
        let gate = try await gate()
        for route in API.routes where route.method != "GET" && route.access != .open {
            let path = route.path.replacing("{id}", with: "1").replacing("{name}", with: "ops")
            let response = try await gate.ask(route.method, path, token: Gate.reader)
            #expect(response.status == 403 || route.access == .read, "\(route.method) \(path)")
            #expect(try await gate.ask(route.method, path).status == 401, "\(route.method) \(path)")
        }
        for route in API.routes where route.method == "GET" { #expect(!route.isAudited) }
    }

    @Test func aSessionStandsForItsTokenUntilItsEnd() async throws {
        let gate = try await gate()
        #expect(try await gate.ask("GET", "/api/session").status == 401)
        let login = try await gate.ask("POST", "/api/session", [:], #"{"token":"gw_reader"}"#)
        #expect(login.text == #"{"name":"grafana","role":"read","open":false}"#)
        let cookie = try #require(login.fields["set-cookie"])
        #expect(cookie.hasPrefix("gateway_session="))
        #expect(cookie.hasSuffix("; HttpOnly; SameSite=Strict; Path=/; Max-Age=604800"))
        #expect(!cookie.contains(Gate.reader))
        let pair = String(cookie.prefix { $0 != ";" })
        let me = try await gate.ask("GET", "/api/session", ["cookie": "a=b; \(pair)"])
        #expect(me.text == login.text)
        #expect(try await gate.ask("GET", "/api/incidents", ["cookie": pair]).status == 200)

        // Another process over the same database knows it; one that lost the token does not.
        #expect(try await Gate(gate.bench).ask("GET", "/api/incidents", ["cookie": pair]).status == 200)
        let other = try Gate(gate.bench) { $0.tokens = [Gate.token("grafana", .read, "gw_another")] }
        #expect(try await other.ask("GET", "/api/incidents", ["cookie": pair]).status == 401)

        var broken = pair
        broken.removeLast()
        broken += pair.hasSuffix("0") ? "1" : "0"
        #expect(try await gate.ask("GET", "/api/incidents", ["cookie": broken]).status == 401)

        let out = try await gate.ask(
            "DELETE", "/api/session", ["cookie": pair, "sec-fetch-site": "same-origin"])
        #expect(out.status == 204)
        #expect(out.fields["set-cookie"]?.contains("Max-Age=0") == true)
        // It is over for whoever has a copy of it too, and after a restart.
        #expect(try await gate.ask("GET", "/api/incidents", ["cookie": pair]).status == 401)
        #expect(try await Gate(gate.bench).ask("GET", "/api/incidents", ["cookie": pair]).status == 401)

        let second = try await gate.logIn(Gate.reader)
        gate.bench.time.advance(by: SessionCookie.lifetime)
        #expect(try await gate.ask("GET", "/api/incidents", ["cookie": second]).status == 401)
    }

    @Test func aCookieOfAnotherProgramIsNoSession() async throws {
        let gate = try await gate()
        let session = try await gate.logIn(Gate.reader)
        for cookie in ["theme=dark", "theme=dark; my_\(session)", ""] {
            #expect(try await gate.ask("GET", "/api/incidents", ["cookie": cookie]).status == 401)
        }
    }

    /// A new database has no key until the gateway runs on it.
    @Test func untilThereIsAKeyForSessionsATokenIsSentWithEachRequest() async throws {
        let gate = try Gate(try Bench())
        let login = try await gate.ask("POST", "/api/session", [:], #"{"token":"gw_reader"}"#)
        #expect(login.status == 503)
        #expect(login.fields["set-cookie"] == nil)
        #expect(
            try login.object["detail"] as? String == "the gateway is still starting, or had no entropy "
                + "for the key of sessions; send the token with each request")
        #expect(try await gate.ask("GET", "/api/incidents", token: Gate.reader).status == 200)
        _ = try await gate.bench.judge()
        #expect(try await gate.logIn(Gate.reader).hasPrefix("gateway_session="))
    }

    @Test func aCookieIsForTLSWhereTheBrowserCameByIt() async throws {
        let gate = try await gate { $0.trustedProxies = [IPAddress("10.1.1.1")].compactMap(\.self) }
        for (peer, isSecure) in [("10.1.1.1", true), ("10.1.1.2", false)] {
            let response = try await gate.ask(
                "POST", "/api/session", ["x-forwarded-proto": "https"], #"{"token":"gw_reader"}"#, from: peer)
            #expect(response.fields["set-cookie"]?.hasSuffix("; Secure") == isSecure)
        }
    }

    @Test(
        arguments: [
            (["sec-fetch-site": "same-origin"], 200), (["sec-fetch-site": "cross-site"], 403),
            (["sec-fetch-site": "same-site"], 403), (["origin": "http://gw.example:8080"], 200),
            (["origin": "https://GW.example:8080"], 200), (["origin": "http://gw.example"], 403),
            (["origin": "http://evil.example"], 403), (["origin": "null"], 403),
            (["origin": "https://alerts.example"], 200), (["origin": "https://alerts.example.evil"], 403),
            (["origin": "http://gw.example:8080", "sec-fetch-site": "cross-site"], 403), ([:], 403),
        ] as [(HTTPFields, Int)])
    func aSessionActsFromItsOwnPageOnly(fields: HTTPFields, status: Int) async throws {
        let gate = try await gate { $0.publicURL = "https://alerts.example/gw" }
        var fields = fields
        fields.add("cookie", try await gate.logIn(Gate.writer))
        #expect(try await gate.ask("POST", "/api/webhooks/ops/enable", fields).status == status)
        #expect(try await gate.ask("GET", "/api/incidents", fields).status == 200)
    }

    @Test(
        arguments: [
            ([:], 200), (["sec-fetch-site": "same-origin"], 200), (["sec-fetch-site": "cross-site"], 403),
            (["origin": "http://evil.example"], 403), (["origin": "null"], 403),
            (["origin": "http://gw.example:8080"], 200),
        ] as [(HTTPFields, Int)])
    func whereNoTokenIsAskedForOtherSitesAreKeptOut(fields: HTTPFields, status: Int) async throws {
        let gate = try await gate(tokens: false)
        #expect(
            try await gate.ask("GET", "/api/session").text == #"{"name":null,"role":"write","open":true}"#)
        #expect(try await gate.ask("POST", "/api/webhooks/ops/enable", fields).status == status)
        let login = try await gate.ask("POST", "/api/session", fields, #"{"token":"x"}"#)
        #expect(login.status == status)
        #expect(login.fields["set-cookie"] == nil)
    }

    @Test func aFormOfAnotherSiteIsNoBody() async throws {
        let gate = try await gate()
        for type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let response = try await gate.ask(
                "POST", "/api/webhooks/ops/enable", ["content-type": type], "{}", token: Gate.writer)
            #expect(response.status == 415)
        }
    }

    @Test func tooManyWrongTokensOfAnAddressAreNotHeard() async throws {
        let gate = try await gate()
        func statuses(_ count: Int, _ ask: (Int) async throws -> HTTPServer.Response) async throws -> [Int] {
            var all: [Int] = []
            for number in 0..<count { all.append(try await ask(number).status) }
            return all
        }
        let tries = try await statuses(12) { number in
            number % 2 == 0
                ? try await gate.ask("GET", "/api/incidents", token: "wrong-\(number)")
                : try await gate.ask("POST", "/api/session", [:], #"{"token":"wrong-\#(number)"}"#)
        }
        #expect(tries == Array(repeating: 401, count: 10) + [429, 429])
        let refused = try await gate.ask("GET", "/api/incidents", token: Gate.reader)
        #expect(refused.status == 429)
        #expect(refused.fields["retry-after"] == "6")
        #expect(refused.fields["content-type"] == "application/problem+json")
        #expect(
            try await gate.ask("GET", "/api/incidents", token: Gate.reader, from: "10.1.1.2").status == 200)
        gate.bench.time.advance(by: .seconds(6))
        #expect(try await gate.ask("GET", "/api/incidents", token: Gate.reader).status == 200)
        #expect(try await gate.ask("GET", "/api/incidents", token: "wrong").status == 401)
        #expect(try await gate.ask("GET", "/api/incidents", token: "wrong?").status == 429)
    }

    @Test func aProgramWithAnOldTokenKeepsNobodyElseOfItsAddressOut() async throws {
        let gate = try await gate()
        for _ in 0..<100 { _ = try await gate.ask("GET", "/api/incidents", token: "old") }
        #expect(try await gate.ask("GET", "/api/incidents", token: "old").status == 429)
        #expect(try await gate.ask("GET", "/api/incidents", token: Gate.reader).status == 200)
    }

    @Test func anAddressIsThatOfWhomTheProxyNames() async throws {
        let gate = try await gate { $0.trustedProxies = [IPAddress("10.1.1.1")].compactMap(\.self) }
        let fields: HTTPFields = ["x-forwarded-for": "1.2.3.4, 192.0.2.7"]
        for number in 0..<11 {
            _ = try await gate.ask("GET", "/api/incidents", fields, token: "wrong-\(number)")
        }
        #expect(try await gate.ask("GET", "/api/incidents", fields, token: Gate.reader).status == 429)
        #expect(try await gate.ask("GET", "/api/incidents", token: Gate.reader).status == 200)
        let own: HTTPFields = ["x-forwarded-for": "192.0.2.7"]
        #expect(
            try await gate.ask("GET", "/api/incidents", own, token: Gate.reader, from: "10.9.9.9").status
                == 200)
    }

    @Test func theMemoryOfWrongTokensIsBounded() {
        let time = ManualTime()
        let tries = FailedTries(uptime: time.source.uptime)
        for number in 0..<(3 * FailedTries.limit) {
            _ = tries.note(wrong: "x", from: "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)")
        }
        #expect(tries.count <= FailedTries.limit)
        // All of a network are one.
        for number in 0..<10 { _ = tries.note(wrong: "\(number)", from: "2001:db8::\(number)") }
        #expect(tries.wait(of: "2001:db8::ffff") != nil)
        #expect(tries.wait(of: "2001:db8:0:1::1") == nil)
    }

    @Test func tokensAreTakenUpByARunningGatewayAndTheLastIsNotGivenUp() throws {
        var settings = ServerSettings()
        settings.tokens = [Gate.token("kim", .write, Gate.writer)]
        let access = Access(settings, uptime: { .zero })
        var next = settings
        next.tokens = [Gate.token("lee", .read, Gate.reader)]
        #expect(!settings.needsRestart(for: next))
        access.adopt(next)
        #expect(access.token(Gate.writer) == nil)
        #expect(access.token(Gate.reader)?.name == "lee")
        #expect(next.needsRestart(for: ServerSettings()))
        access.adopt(ServerSettings())
        #expect(!access.isOpen)
    }
}
