import Foundation
import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct ActionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A gateway with incident 1 open, `a` cpu since 2 s.
    func opened() async throws -> (Bench, Judge) {
        let bench = try Bench(folder)
        var judge = try await bench.judge()
        for second in [1.0, 2] { try await judge.take(try poll(at: second, ["a": (99, 1)])) }
        return (bench, judge)
    }

    @Test func wordsAreKeptWithTheIncidentInOrder() async throws {
        let (bench, judge) = try await opened()
        try await bench.running(judge) {
            let note = try await bench.post(
                "/api/incidents/1/notes", #"{"by": "kim", "note": "a fan is dead"}"#)
            #expect(note.status == 200)
            bench.time.advance(by: .seconds(1))
            let acknowledged = try await bench.post(
                "/api/incidents/1/acknowledge", #"{"by":"kim","note":null}"#)
            #expect(try acknowledged.object["acknowledged_by"] as? String == "kim")
            bench.time.advance(by: .seconds(1))
            // Whoever is first stays.
            let again = try await bench.post("/api/incidents/1/acknowledge", #"{"by": "lee"}"#)
            #expect(try again.object["acknowledged_by"] as? String == "kim")
            let resolved = try await bench.post("/api/incidents/1/resolve", #"{"note": "a new fan"}"#)
            #expect(try resolved.object["resolution"] as? String == "resolved by hand")
            #expect(try await bench.post("/api/incidents/1/resolve").status == 200)
            await bench.network.sent(6)
        }
        let text = try await bench.get("/api/incidents/1").text
        #expect(
            text.contains(
                """
                "notes":[{"at":"2026-11-23T12:00:00.000Z","action":"note","by":"kim","note":"a fan is dead"},\
                {"at":"2026-11-23T12:00:01.000Z","action":"acknowledge","by":"kim","note":null},\
                {"at":"2026-11-23T12:00:02.000Z","action":"resolve","by":null,"note":"a new fan"}]
                """), "\(text)")
        #expect(
            bench.network.told.filter { $0.hasPrefix("ops") }.map { $0.split(separator: " ")[1] } == [
                "incident.opened", "incident.acknowledged", "incident.resolved",
            ])
    }

    @Test(
        arguments: [
            (
                #"{"by": "kim", "notes": "x"}"#, "notes",
                "there is no member 'notes'; did you mean 'note'? there are by, note"
            ),
            (#"{"by": 7}"#, "by", "'by' must be a text"),
            (#"{"by": ""}"#, "by", "'by' must have 1 to 100 characters, none of them a control character"),
            (
                #"{"by": "a\u0007b"}"#, "by",
                "'by' must have 1 to 100 characters, none of them a control character"
            ),
            (
                "{\"note\": \"\(String(repeating: "x", count: 4001))\"}", "note",
                "'note' must have 1 to 4000 characters, none of them a control character"
            ),
            ("{}", "note", #"give the 'note': {"note": "…"}"#),
            ("[]", nil, "the body must be a JSON object"),
            (#"{"by": "a", "note": "b", "by": "c"}"#, "by", "'by' is given twice; give it once"),
            (#"{"by": }"#, nil, "the body is no JSON: at byte 8 a value is expected"),
        ] as [(String, String?, String)])
    func aBadBodyIsNamedByItsMember(body: String, member: String?, detail: String) async throws {
        let (bench, _) = try await opened()
        let response = try await bench.post("/api/incidents/1/notes", body)
        #expect(response.status == 400)
        #expect(try response.object["detail"] as? String == detail)
        #expect(try response.object["member"] as? String == member)
    }

    @Test func aBodyOfAnotherTypeIsRefused() async throws {
        let (bench, _) = try await opened()
        let response = try await bench.post("/api/incidents/1/notes", #"{"note": "x"}"#, type: "text/plain")
        #expect(response.status == 415)
        #expect(response.fields["accept"] == "application/json")
    }

    @Test func whatIsNotThereOrOverIsRefused() async throws {
        let (bench, first) = try await opened()
        var judge = first
        for second in [3.0, 4] { try await judge.take(try poll(at: second, ["a": (1, 1)])) }
        let words = #"{"note": "x"}"#
        try await bench.running(judge) {
            let bodies = ["9/resolve": "", "1/resolve": "", "1/acknowledge": "", "1/notes": words]
            var statuses: [String: Int] = [:]
            for (path, body) in bodies {
                statuses[path] = try await bench.post("/api/incidents/" + path, body).status
            }
            #expect(statuses == ["9/resolve": 404, "1/resolve": 409, "1/acknowledge": 409, "1/notes": 200])
        }
    }

    /// The rule's threshold is 90, its `clear` 80.
    @Test(arguments: [false, true])
    func whatIsResolvedByHandInABreachOpensAgainOnlyAfterItHasEnded(restarts: Bool) async throws {
        var pipeline = try await Life(folder)
        func next(_ second: Double, _ value: Double) async throws -> [String] {
            if restarts { try await pipeline.restart() }
            return try await pipeline.take(try poll(at: second, ["a": (1, value)])).shown
        }
        #expect(try await next(1, 95) == ["incident.opened 1"])
        let reply = try await pipeline.perform(.resolve(incident: 1, .init(by: "kim"))).get()
        #expect(reply.taken.shown == ["incident.resolved 1"])
        #expect(reply.taken.deliveries == 1)
        #expect(try await next(2, 95).isEmpty)
        #expect(try await next(3, 85).isEmpty)
        #expect(try await next(4, 95).isEmpty)
        #expect(try await next(5, 80).isEmpty)
        #expect(try await next(6, 85).isEmpty)
        #expect(try await next(7, 95) == ["incident.opened 2"])
    }

    /// A breach may last longer than history is kept.
    @Test func retentionKeepsWhatWasResolvedByHandWhileTheBreachGoesOn() async throws {
        let alone = try #require(Bench.rules().components(separatedBy: "webhooks:").first)
        var pipeline = try await Life(folder, alone)
        for second in [1.0, 2] { _ = try await pipeline.take(try poll(at: second, ["a": (1, 95)])) }
        _ = try await pipeline.perform(.resolve(incident: 1, .init())).get()
        let later = Bench.moment(1_000_000)
        while try await pipeline.store.prune(samplesBefore: later, incidentsBefore: later) {}
        try await pipeline.restart()
        #expect(try await pipeline.take(try poll(at: 3, ["a": (1, 95)])).events.isEmpty)
        // Once it has ended, nothing keeps it.
        #expect(try await pipeline.take(try poll(at: 4, ["a": (1, 50)])).events.isEmpty)
        while try await pipeline.store.prune(samplesBefore: later, incidentsBefore: later) {}
        #expect(try await pipeline.store.incident(1) == nil)
    }

    @Test func anEditThatRemovesTheRuleForgetsWhatWasResolvedByHand() async throws {
        var pipeline = try await Life(folder)
        for second in [1.0, 2] { _ = try await pipeline.take(try poll(at: second, ["a": (99, 1)])) }
        _ = try await pipeline.perform(.resolve(incident: 1, .init())).get()
        #expect(try await pipeline.take(try poll(at: 3, ["a": (99, 1)])).events.isEmpty)
        _ = try await pipeline.adopt(Bench.rules(cpuRule: "other"))
        _ = try await pipeline.adopt(Bench.rules())
        #expect(try await pipeline.take(try poll(at: 4, ["a": (99, 1)])).shown == ["incident.opened 2"])
    }
}

extension Bench {
    /// What the API answers to a body.
    func post(
        _ target: String, _ body: String = "", method: String = "POST", type: String = "application/json"
    ) async throws -> HTTPServer.Response {
        let fields: HTTPFields = body.isEmpty ? [:] : ["content-type": type]
        let request = try #require(
            HTTPServer.Request(method: method, target: target, fields: fields, body: Array(body.utf8)))
        switch try service.makeAPI(token: nil, rules: rulesFile).handle(request) {
        case .now(let response): return response
        case .later(let answer): return await answer()
        case .stream(let response, _): return response
        }
    }
}

/// A pipeline over one database that can be started anew, as after the end of its process.
struct Life {
    let folder: TemporaryFolder
    private var yaml: String
    let now: @Sendable () -> Timestamp
    private var pipeline: Pipeline?

    init(
        _ folder: TemporaryFolder, _ yaml: String = Bench.rules(),
        now: @escaping @Sendable () -> Timestamp = { Bench.moment(0) }
    ) async throws {
        (self.folder, self.yaml, self.now) = (folder, yaml, now)
        try await restart()
    }

    /// Ends it, and starts another one; with another rules file, if one is given.
    mutating func restart(with other: String? = nil) async throws {
        yaml = other ?? yaml
        // The database is let go of before it is taken again.
        pipeline = nil
        let store = try StoreWriter(path: folder.database, newInstance: "test", now: now)
        pipeline = try await Pipeline(store: store, now: now)
        _ = try await adopt(yaml)
    }

    var store: StoreWriter {
        get throws { try #require(pipeline).store }
    }

    mutating func adopt(_ yaml: String) async throws -> Taken {
        try await change { pipeline in try await pipeline.adopt(try configuration(yaml)) }
    }

    mutating func take(_ poll: Poll) async throws -> Taken {
        try await change { pipeline in
            let released = try await pipeline.release(before: poll)
            var taken = try await pipeline.take(poll)
            taken.deliveries += released?.deliveries ?? 0
            return taken
        }
    }

    mutating func tick() async throws -> Taken { try await change { pipeline in try await pipeline.tick() } }

    mutating func perform(_ action: Action) async throws -> Result<ActionReply, ActionRefusal> {
        try await change { pipeline in try await pipeline.perform(action) }
    }

    private mutating func change<Reply>(_ body: (inout Pipeline) async throws -> Reply) async throws -> Reply
    {
        var current = try #require(pipeline)
        defer { pipeline = current }
        return try await body(&current)
    }
}

extension Taken {
    var shown: [String] { events.map { "\($0.kind.rawValue) \($0.incident.id)" } }
}
