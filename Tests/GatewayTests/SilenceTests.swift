import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// Each with a gateway that goes on, and one that is started anew between any two steps.
@Suite(.timeLimit(.minutes(5))) struct SilenceTests {
    let folder: TemporaryFolder
    let time = ManualTime()

    init() throws { folder = try TemporaryFolder() }

    func start(_ yaml: String = Bench.rules()) async throws -> Life {
        try await Life(folder, yaml, now: { [time] in time.now })
    }

    /// A silence of rules `glob` for the next `seconds`.
    func silence(_ glob: String, seconds: Int64, after wait: Int64 = 0) -> Silence {
        var matcher = Matcher()
        matcher.rules = [Glob(glob)]
        let from = time.now.advanced(by: .seconds(wait))
        return Silence(
            .made(0), matcher: matcher,
            schedule: .once(from: from, until: from.advanced(by: .seconds(seconds))),
            createdAt: time.now)
    }

    @Test(arguments: [false, true])
    func whatIsStillOpenWhenASilenceEndsIsToldThen(restarts: Bool) async throws {
        var pipeline = try await start()
        func again() async throws { if restarts { try await pipeline.restart() } }
        _ = try await pipeline.perform(.silence(silence("memory-*", seconds: 10))).get()
        try await again()
        let opened = try await pipeline.take(try poll(at: 1, ["a": (1, 95), "b": (1, 95)]))
        #expect(opened.shown == ["incident.opened 1", "incident.opened 2"])
        #expect(opened.deliveries == 0)
        #expect(opened.events.map(\.incident.silencedBy) == ["silence 1", "silence 1"])
        try await again()
        // What ends within the silence stays untold.
        let ended = try await pipeline.take(try poll(at: 2, ["a": (1, 99), "b": (1, 1)]))
        #expect(ended.shown == ["incident.resolved 2"])
        #expect(ended.deliveries == 0)
        time.advance(by: .milliseconds(9999))
        #expect(try await pipeline.tick().deliveries == 0)
        try await again()
        time.advance(by: .milliseconds(1))
        #expect(try await pipeline.tick().deliveries == 1)
        try await again()
        #expect(try await pipeline.tick().deliveries == 0)
        let body = try await pipeline.store.bodies()
        #expect(body.count == 1)
        #expect(body[0].contains(#""type":"incident.opened","timestamp":"2026-11-23T12:00:01.000Z""#))
        #expect(body[0].contains(#""last_value":99"#))
        #expect(body[0].contains(#""evidence":[{"at":"2026-11-23T12:00:01.000Z","value":95}]"#))
        try await again()
        let over = try await pipeline.take(try poll(at: 12, ["a": (1, 1), "b": (1, 1)]))
        #expect(over.shown == ["incident.resolved 1"])
        #expect(over.deliveries == 1)
    }

    @Test(arguments: [false, true])
    func aResolveFollowsWhateverIsSilencedMeanwhile(restarts: Bool) async throws {
        var pipeline = try await start()
        #expect(try await pipeline.take(try poll(at: 1, ["a": (1, 95)])).deliveries == 1)
        _ = try await pipeline.perform(.silence(silence("*", seconds: 60))).get()
        if restarts { try await pipeline.restart() }
        #expect(try await pipeline.tick().deliveries == 0)
        #expect(try await pipeline.take(try poll(at: 2, ["a": (1, 1)])).deliveries == 1)
    }

    @Test(arguments: [false, true])
    func aSilenceThatIsDeletedTellsAtOnce(restarts: Bool) async throws {
        var pipeline = try await start()
        _ = try await pipeline.perform(.silence(silence("*", seconds: 60))).get()
        _ = try await pipeline.take(try poll(at: 1, ["a": (1, 95)]))
        if restarts { try await pipeline.restart() }
        let reply = try await pipeline.perform(.unsilence(1)).get()
        #expect(reply.taken.deliveries == 1)
        #expect(try await pipeline.perform(.unsilence(1)).get().taken.deliveries == 0)
        guard case .failure(.notFound("there is no silence 2")) = try await pipeline.perform(.unsilence(2))
        else {
            return #expect(Bool(false), "a silence that was never made was ended")
        }
        #expect(try await pipeline.take(try poll(at: 2, ["a": (1, 1)])).deliveries == 1)
        // Its number is not given again.
        #expect(
            try await pipeline.perform(.silence(silence("*", seconds: 60))).get().silence?.name == "silence 2"
        )
    }

    @Test func aSilenceThatEndsWhileTheGatewayIsDownTellsAfterTheStart() async throws {
        var pipeline = try await start()
        _ = try await pipeline.perform(.silence(silence("*", seconds: 10))).get()
        _ = try await pipeline.take(try poll(at: 1, ["a": (1, 95)]))
        time.advance(by: .seconds(3600))
        try await pipeline.restart()
        #expect(try await pipeline.tick().deliveries == 1)
        try await pipeline.restart()
        #expect(try await pipeline.tick().deliveries == 0)
    }

    /// Nobody has looked while it was there.
    @Test func aSilenceThatEndsBeforeTheNextTickForgetsNothing() async throws {
        var pipeline = try await start()
        #expect(try await pipeline.tick().deliveries == 0)
        _ = try await pipeline.perform(.silence(silence("*", seconds: 10))).get()
        _ = try await pipeline.take(try poll(at: 1, ["a": (1, 95)]))
        time.advance(by: .seconds(10))
        #expect(try await pipeline.tick().deliveries == 1)
    }

    @Test func oneSilenceMayFollowAnother() async throws {
        var pipeline = try await start()
        _ = try await pipeline.perform(.silence(silence("*", seconds: 10))).get()
        _ = try await pipeline.perform(.silence(silence("memory-*", seconds: 10, after: 5))).get()
        _ = try await pipeline.take(try poll(at: 1, ["a": (1, 95)]))
        time.advance(by: .seconds(10))
        #expect(try await pipeline.tick().deliveries == 0)
        #expect(try await pipeline.store.incident(1)?.silencedBy == "silence 2")
        time.advance(by: .seconds(5))
        #expect(try await pipeline.tick().deliveries == 1)
        // Which silence held it stays known.
        #expect(try await pipeline.store.incident(1)?.silencedBy == "silence 2")
    }

    @Test func whatIsResolvedOrAcknowledgedByHandBeforeItWasToldStaysUntold() async throws {
        var pipeline = try await start()
        _ = try await pipeline.perform(.silence(silence("*", seconds: 10))).get()
        _ = try await pipeline.take(try poll(at: 1, ["a": (1, 95)]))
        #expect(try await pipeline.perform(.acknowledge(incident: 1, .init())).get().taken.deliveries == 0)
        #expect(try await pipeline.perform(.resolve(incident: 1, .init())).get().taken.deliveries == 0)
        time.advance(by: .seconds(10))
        #expect(try await pipeline.tick().deliveries == 0)
    }

    @Test func aMaintenanceWindowHoldsByTheClocksOfItsZone() async throws {
        // Monday 2026-11-23 12:00:00Z is 13:00 in Berlin.
        let yaml = Bench.rules(
            more: """
                maintenance:
                  - {name: noon, weekly: "Mon 13:00-13:01", zone: Europe/Berlin, rules: "memory-*"}
                """)
        var pipeline = try await start(yaml)
        let opened = try await pipeline.take(try poll(at: 1, ["a": (1, 95)]))
        #expect(opened.deliveries == 0)
        #expect(opened.events.first?.incident.silencedBy == "maintenance noon")
        time.advance(by: .seconds(60))
        try await pipeline.restart()
        #expect(try await pipeline.tick().deliveries == 1)
    }

    @Test func theAPIMakesListsAndEndsThem() async throws {
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge()) {
            let made = try await bench.post(
                "/api/silences",
                #"{"rule": ["disk-*"], "machine": "10.0.*", "ends_at": "2h", "by": "kim", "reason": "new disks"}"#
            )
            #expect(made.status == 201)
            #expect(
                made.text == """
                    {"id":1,"status":"active","rule":["disk-*"],"machine":["10.0.*"],"severity":[],"source":[],\
                    "labels":{},"starts_at":"2026-11-23T12:00:00.000Z","ends_at":"2026-11-23T14:00:00.000Z",\
                    "by":"kim","reason":"new disks","created_at":"2026-11-23T12:00:00.000Z"}
                    """)
            let later = try await bench.post(
                "/api/silences",
                #"{"labels": {"env": "test"}, "severity": "info", "starts_at": "1h", "ends_at": "1h"}"#)
            #expect(try later.object["status"] as? String == "pending")
            #expect(try later.object["ends_at"] as? String == "2026-11-23T14:00:00.000Z")
            #expect(try await bench.ids("/api/silences") == [2, 1])
            #expect(try await bench.ids("/api/silences?limit=1&cursor=s2") == [1])
            let ended = try await bench.post("/api/silences/1", method: "DELETE")
            #expect(try ended.object["status"] as? String == "ended")
            #expect(try await bench.ids("/api/silences") == [2])
            #expect(try await bench.ids("/api/silences?ended=true") == [2, 1])
            #expect(try await bench.post("/api/silences/3", method: "DELETE").status == 404)
        }
    }

    @Test func silencesAreListedPageByPage() async throws {
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge()) {
            for _ in 1...3 { _ = try await bench.post("/api/silences", #"{"rule": "x", "ends_at": "2h"}"#) }
            let first = try await bench.get("/api/silences?limit=2")
            #expect(try first.list.compactMap { $0["id"] as? Int } == [3, 2])
            let link = try #require(first.fields["link"])
            let next = String(link.dropFirst().prefix { $0 != ">" })
            #expect(try await bench.ids(next) == [1])
            #expect(try await bench.get(next).fields["link"] == nil)
        }
    }

    @Test(arguments: ["rule", "machine", "severity", "source"])
    func aListIsBounded(member: String) async throws {
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge()) {
            func made(_ count: Int) async throws -> HTTPServer.Response {
                let list = Array(repeating: "\"info\"", count: count).joined(separator: ",")
                return try await bench.post(
                    "/api/silences", "{\"\(member)\": [\(list)], \"ends_at\": \"2h\"}")
            }
            #expect(try await made(100).status == 201)
            let refused = try await made(101)
            #expect(refused.status == 400)
            #expect(
                try refused.object["detail"] as? String == "'\(member)' has at most 100 elements")
        }
    }

    @Test func labelsAreABoundedObject() async throws {
        let bench = try Bench(folder)
        let many = (1...101).map { "\"label\($0)\": \"x\"" }.joined(separator: ", ")
        for labels in ["\"env=test\"", "[\"env\"]", "{\(many)}"] {
            let response = try await bench.post(
                "/api/silences", "{\"labels\": \(labels), \"ends_at\": \"2h\"}")
            #expect(response.status == 400)
            #expect(
                try response.object["detail"] as? String
                    == #"'labels' must be an object of at most 100 texts: {"env": "test"}"#)
        }
    }

    @Test(
        arguments: [
            (#"{"ends_at": "2h"}"#, "rule"), (#"{"rule": "x"}"#, "ends_at"),
            (#"{"rule": "x", "ends_at": "soon"}"#, "ends_at"), (#"{"rule": 3, "ends_at": "2h"}"#, "rule"),
            (#"{"rule": ["x", 3], "ends_at": "2h"}"#, "rule"), (#"{"rules": "x", "ends_at": "2h"}"#, "rules"),
            (#"{"severity": "bad", "ends_at": "2h"}"#, "severity"),
            (#"{"labels": {"env": 1}, "ends_at": "2h"}"#, "labels"),
            (#"{"rule": "x", "ends_at": "2020-01-01T00:00:00Z"}"#, "ends_at"),
            (#"{"rule": "x", "starts_at": "2h", "ends_at": "2026-11-23T13:00:00Z"}"#, "ends_at"),
        ])
    func aBadSilenceIsRefused(body: String, member: String) async throws {
        let response = try await Bench(folder).post("/api/silences", body)
        #expect(response.status == 400)
        #expect(try response.object["member"] as? String == member)
    }
}

extension StoreWriter {
    /// What is to be sent, in order.
    func bodies() throws(StoreError) -> [String] {
        try db.rows("SELECT body FROM delivery ORDER BY id") { String(decoding: $0.blob(0), as: UTF8.self) }
    }
}
