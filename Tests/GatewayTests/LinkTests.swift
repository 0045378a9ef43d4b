import HTTP
import Notifiers
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct LinkTests {
    let folder: TemporaryFolder
    let yaml = Bench.rules(more: "server: {public_url: \"https://alerts.example/\"}")

    init() throws { folder = try TemporaryFolder() }

    /// The path of a link in a message to `ops`, by what it does.
    func path(_ action: String, in body: String) throws -> String {
        let url = try #require(body.split(separator: "\"\(action)\":\"https://alerts.example").last)
        return String(url.prefix { $0 != "\"" })
    }

    /// What was told when `a` passed the memory limit.
    func told() async throws -> String {
        var life = try await Life(folder, yaml)
        _ = try await life.take(try poll(at: 1, ["a": (1, 95)]))
        return try #require(try await life.store.bodies().first)
    }

    @Test func toLookAtALinkDoesNothingAndItsFormActsOnce() async throws {
        let path = try path("acknowledge", in: try await told())
        do {
            let bench = try Bench(folder)
            try await bench.running(try await bench.judge(yaml)) {
                for _ in 1...2 {
                    let page = try await bench.get(path)
                    #expect(page.status == 200)
                    #expect(page.text.contains("incident 1: memory-high on a (open)"))
                    #expect(page.fields["content-security-policy"]?.hasPrefix("default-src 'none';") == true)
                    #expect(page.fields["cache-control"] == "no-store")
                }
                #expect(try await bench.ids("/api/incidents?status=acknowledged") == [])
                // Neither asks for the token of the API.
                let done = try await bench.ask("POST", path, token: Secret("0123456789abcdef"))
                #expect(done.status == 200)
                #expect(done.text.contains("Acknowledged incident 1"))
                let incident = try await bench.get("/api/incidents/1").object
                #expect(incident["acknowledged_by"] as? String == "a link sent to ops")
                #expect(try await bench.ask("POST", path).status == 410)
            }
        }
        // What was used stays used.
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge(yaml)) {
            let statuses = [try await bench.get(path).status, try await bench.ask("POST", path).status]
            #expect(statuses == [410, 410])
        }
    }

    @Test func aLinkSilencesTheRuleOnTheMachineForAnHour() async throws {
        let path = try path("silence", in: try await told())
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge(yaml)) {
            #expect(try await bench.ask("POST", path).status == 200)
            let silence = try #require(try await bench.get("/api/silences").list.first)
            #expect(silence["rule"] as? [String] == ["memory-high"])
            #expect(silence["machine"] as? [String] == ["a"])
            #expect(silence["ends_at"] as? String == "2026-11-23T13:00:00.000Z")
        }
    }

    @Test func aLinkExpiresAndCannotBeMade() async throws {
        let path = try path("resolve", in: try await told())
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge(yaml)) {
            for end in path.indices.dropFirst(20) {
                var other = path
                other.replaceSubrange(end...end, with: path[end] == "A" ? "B" : "A")
                #expect(try await bench.ask("POST", other).status == 404, "\(other)")
            }
            bench.time.advance(by: .seconds(7 * 86_400))
            let late = try await bench.ask("POST", path)
            #expect(late.status == 410)
            #expect(late.text.contains("has expired"))
            #expect(try await bench.ids("/api/incidents?status=open") == [1])
        }
    }

    @Test func whatCannotBeDoneAnyMoreIsSaidAndTheLinkIsKept() async throws {
        let path = try path("acknowledge", in: try await told())
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge(yaml)) {
            _ = try await bench.post("/api/incidents/1/resolve")
            let page = try await bench.ask("POST", path)
            #expect(page.status == 409)
            #expect(page.text.contains("incident 1 is resolved already"))
        }
    }

    @Test func ofTwoWhoFollowALinkAtOnceOneActs() async throws {
        var life = try await Life(folder, yaml)
        _ = try await life.take(try poll(at: 1, ["a": (1, 95)]))
        // Both have seen the page on which it was still good.
        func follow(_ incident: Int64) async throws -> Result<ActionReply, ActionRefusal> {
            let token = ActionToken(
                .acknowledge, incident: incident, webhook: "ops", expires: Bench.moment(3600))
            return try await life.perform(.redeem(token, text: "incident \(incident)"))
        }
        _ = try await follow(1).get()
        await #expect(throws: ActionRefusal.conflict("this link was used already; each works once")) {
            try await follow(1).get()
        }
        await #expect(throws: ActionRefusal.notFound("there is no incident 9")) { try await follow(9).get() }
    }

    @Test func whatALinkDidIsToldThoughItsUseCannotBeKept() async throws {
        let path = try path("resolve", in: try await told())
        let bench = try Bench(folder)
        try await bench.service.store.execute(
            "CREATE TRIGGER no_use BEFORE INSERT ON used_action BEGIN SELECT raise(ABORT, 'no'); END")
        try await bench.running(try await bench.judge(yaml)) {
            await bench.lines.contain("msg=delivered")
            while !(try await bench.service.store.pending().isEmpty) { await Task.yield() }
            #expect(try await bench.get("/api/incidents?status=open").list.count == 1)
            #expect(try await bench.ask("POST", path).status == 503)
            await bench.network.sent(2)
            #expect(try await bench.get("/api/incidents?status=open").text == "[]")
        }
        #expect(bench.network.told.last == "ops incident.resolved a")
    }

    @Test func withoutAPublicURLMessagesHaveNoLinks() async throws {
        var life = try await Life(folder)
        _ = try await life.take(try poll(at: 1, ["a": (1, 95)]))
        #expect(try await life.store.bodies().first?.contains("links") == false)
    }

    @Test(arguments: ["ftp://x.example", "https://x.example/?a=b", "https://u:p@x.example/", "x.example"])
    func aPublicURLIsAPlainOne(url: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try configuration(Bench.rules(more: "server: {public_url: \"\(url)\"}"))
        }
        #expect(error.faults.first?.message.hasPrefix("'public_url' must ") == true)
    }

    @Test func theHostOfThePublicURLIsServed() throws {
        #expect(try configuration(yaml).server.hosts == ["alerts.example"])
    }
}
