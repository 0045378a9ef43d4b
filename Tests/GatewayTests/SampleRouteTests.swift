import Collector
import HTTP
import Rules
import Testing

@testable import Gateway

/// `POST /api/samples`, through the handler.
@Suite struct SampleRouteTests {
    private let service: Service
    private let api: API
    private let bench: Bench

    init() throws {
        bench = try Bench()
        service = bench.service
        api = try service.makeAPI(token: Secret("a-token-of-16-letters"), rules: bench.rulesFile)
        service.intake.adopt([
            Source(name: "ci", url: "", isPush: true), Source(name: "fleet", url: "http://h/"),
        ])
    }

    private func post(
        _ target: String, _ body: String, _ type: String = "application/json", method: String = "POST",
        token: String = "a-token-of-16-letters"
    ) throws -> (status: Int, body: String) {
        let fields: HTTPFields = ["content-type": type, "authorization": "Bearer \(token)"]
        let request = try #require(
            HTTPServer.Request(method: method, target: target, fields: fields, body: Array(body.utf8)))
        guard case .now(let response) = api.handle(request) else { return (0, "") }
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    @Test func samplesAreTaken() async throws {
        let json = try post("/api/samples?source=ci", #"[{"machine_ip":"a","cpu":"97%"},{"cpu":1},5]"#)
        #expect(json.status == 202)
        #expect(
            json.body
                == #"{"taken":1,"refused":2,"refusals":["record 1: machine_ip is missing; each record must name its"#
                + #" machine","record 2: 5 is not an object; a record is an object with a machine and its metrics"]}"#
        )
        let text = try post(
            "/api/samples?source=ci&machine=web-1",
            "node_memory_MemAvailable_bytes 1\nnode_memory_MemTotal_bytes 4", "text/plain")
        #expect(text.status == 202 && text.body == #"{"taken":1,"refused":0,"refusals":[]}"#)
        let items = await service.inbox.take() ?? []
        let polls = items.compactMap { item in if case .poll(let poll) = item { poll } else { nil } }
        #expect(polls.map(\.source) == ["ci", "ci"])
        #expect(polls.map { $0.machines[0] } == ["a", "web-1"])
        #expect(
            polls[0].values.first == 97 && polls[1].metrics == ["cpu", "mem", "disk"]
                && polls[1].values[1] == 75)
    }

    @Test(
        arguments: [
            ("/api/samples", "[]", 400, "name the source: /api/samples?source=NAME"),
            ("/api/samples?source=nope", "[]", 404, "rules.yaml has no source 'nope'"),
            (
                "/api/samples?source=fleet", "[]", 409,
                "the source 'fleet' is polled; one with 'push: true' takes samples"
            ),
            ("/api/samples?source=ci", "", 400, "the body is empty; expected a JSON array of records"),
            (
                "/api/samples?source=ci", "[1", 400,
                "the JSON ends in the middle, after 3 bytes; nothing of it was taken"
            ),
            (
                "/api/samples?source=ci&machine=\(String(repeating: "m", count: 256))", "[]", 400,
                "a machine's name has at most 255 bytes and no control characters"
            ),
        ] as [(String, String, Int, String)])
    func saysWhyNothingIsTaken(target: String, body: String, status: Int, says: String) throws {
        let answer = try post(target, body)
        #expect(answer.status == status)
        #expect(answer.body.contains("\"detail\":\"\(says)\""), "\(answer.body)")
    }

    @Test func theTokenAndTheMethodAreAsked() async throws {
        let wrong: HTTPFields = ["content-type": "application/json", "authorization": "Bearer wrong"]
        let refused = try await bench.ask(
            "POST", "/api/samples?source=ci", wrong, token: Secret("a-token-of-16-letters"))
        #expect(refused.status == 401)
        #expect(try post("/api/samples?source=ci", "[]", method: "GET").status == 405)
    }

    @Test func whatCannotBeHeldIsNotAccepted() throws {
        service.inbox.close()
        let answer = try post("/api/samples?source=ci", #"{"machine_ip":"a","cpu":1}"#)
        #expect(answer.status == 503)
        #expect(answer.body.contains("samples that wait for the store fill their memory"))
    }
}
