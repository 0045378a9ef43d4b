import Foundation
import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite struct ExportTests {
    @Test func allThatMatchIsExportedWhateverAPageHolds() async throws {
        let bench = try Bench()
        let count = 1203
        var judge = try await bench.judge(Bench.rules(maxMachines: count))
        let fleet = try #require(
            Poll(
                source: "fleet", at: Bench.moment(1), metrics: ["mem"],
                machines: NameList((1...count).map { "m\($0)" }), values: Array(repeating: 95, count: count)))
        try await judge.take(.poll(fleet))
        let lines = try await bench.get(
            "/api/incidents?limit=5&severity=warning", ["accept": "application/x-ndjson"])
        #expect(lines.fields["content-type"] == "application/x-ndjson")
        let ids = try lines.text.split(separator: "\n").map { line in
            try #require(try JSONValue(Array(line.utf8))["id"]?.number)
        }
        #expect(ids == (1...count).reversed().map(Double.init))
        let csv = try await bench.get("/api/incidents", ["accept": "text/csv"])
        #expect(csv.fields["content-type"] == "text/csv; charset=utf-8; header=present")
        #expect(csv.text.components(separatedBy: "\r\n").count == count + 2)
        #expect(try await bench.get("/api/incidents?rule=none", ["accept": "text/csv"]).text.hasPrefix("id,"))
        #expect(
            try await bench.get("/api/incidents?rule=none", ["accept": "application/x-ndjson"]).text == "")
    }

    @Test func aLinkAsksForAnExportByItsFormat() async throws {
        let bench = try Bench()
        try await bench.fill()
        let csv = try await bench.get("/api/incidents?format=csv&machine=a")
        #expect(csv.fields["content-type"] == "text/csv; charset=utf-8; header=present")
        let lines = try await bench.get("/api/incidents?format=ndjson", ["accept": "text/html"])
        #expect(lines.fields["content-type"] == "application/x-ndjson")
        let page = try await bench.get("/api/incidents?format=json", ["accept": "text/csv"])
        #expect(page.fields["content-type"] == "application/json")
        let refused = try await bench.get("/api/incidents?format=xml")
        #expect(refused.status == 400 && refused.text.contains("json, csv, ndjson"))
    }

    @Test(arguments: ["text/csv", "application/x-ndjson"])
    func noMoreThanAPageOfItIsInMemory(type: String) async throws {
        let bench = try Bench()
        let count = 1203
        var judge = try await bench.judge(Bench.rules(maxMachines: count))
        let fleet = try #require(
            Poll(
                source: "fleet", at: Bench.moment(1), metrics: ["mem"],
                machines: NameList((1...count).map { "m\($0)" }), values: Array(repeating: 95, count: count)))
        try await judge.take(.poll(fleet))
        let request = try #require(
            HTTPServer.Request(method: "GET", target: "/api/incidents", fields: ["accept": type]))
        let api = try bench.service.makeAPI(token: nil, rules: bench.rulesFile)
        guard case .stream(_, let stream) = api.handle(request) else {
            Issue.record("an export is no stream")
            return
        }
        var lines: [Int] = []
        while case .bytes(let bytes) = await stream.next() {
            lines.append(bytes.count { $0 == UInt8(ascii: "\n") })
        }
        #expect(lines.allSatisfy { $0 <= 501 } && lines.count == 3, "\(lines)")
        #expect(lines.reduce(0, +) == count + (type == "text/csv" ? 1 : 0))
    }

    @Test func aNoteIsFoundByItsWords() async throws {
        let bench = try Bench()
        try await bench.fill()
        var change = Change(decidedAt: Bench.moment(9))
        change.remarks = [
            Remark(
                incident: 3, at: Bench.moment(9), action: .note, by: "kim", note: "The fan of rack-7, again")
        ]
        try await bench.service.store.commit(change)
        #expect(try await bench.ids("/api/incidents?q=rack+FAN") == [3])
        #expect(try await bench.ids("/api/incidents?q=fanless") == [])
        while try await bench.service.store.index(backlog: 1) {}
        #expect(try await bench.ids("/api/incidents?q=again+fan&limit=49") == [3])
    }

    @Test func aCellWithCommasQuotesAndLineEndsIsQuoted() async throws {
        let bench = try Bench()
        try await bench.fill()
        try await bench.service.store.execute(
            "UPDATE incident SET message = 'a, \"b\"' || char(10) || 'c' WHERE id = 1")
        let csv = try await bench.get("/api/incidents?machine=a", ["accept": "text/csv"])
        #expect(csv.text.contains("\"a, \"\"b\"\"\nc\",env=production team=core,2026-11-23T12:00:02.000Z"))
    }

    @Test(arguments: [
        ("*/*", "application/json"), ("text/html", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv; charset=utf-8; header=present"),
        ("text/*", "text/csv; charset=utf-8; header=present"),
    ])
    func theClientSaysWhatItWouldRatherHave(accept: String, type: String) async throws {
        let bench = try Bench()
        try await bench.fill()
        let response = try await bench.get("/api/incidents", ["accept": accept])
        #expect(response.fields["content-type"] == type)
    }
}

@Suite struct StatsTests {
    @Test func figuresAreOfTheIncidentsOpenedInTheSpan() async throws {
        let bench = try Bench()
        try await bench.fill()
        let stats = try await bench.get("/api/stats?since=2026-11-23").object
        #expect(stats["total"] as? Int == 4)
        #expect(stats["open"] as? Int == 2)
        #expect(stats["acknowledged"] as? Int == 1)
        #expect(stats["resolved"] as? Int == 1)
        let resolve = try #require(stats["time_to_resolve"] as? [String: Any])
        #expect(resolve["mean_s"] as? Double == 2)
        #expect(resolve["p95_s"] as? Double == 2)
        let acknowledge = try #require(stats["time_to_acknowledge"] as? [String: Any])
        #expect(acknowledge["p50_s"] as? Double == 2)
        let rules = try #require(stats["rules"] as? [[String: Any]])
        #expect(rules.compactMap { $0["name"] as? String } == ["cpu-high", "memory-high"])
        #expect(rules.compactMap { $0["incidents"] as? Int } == [2, 2])
        let days = try #require(stats["days"] as? [[String: Any]])
        #expect(days.compactMap { $0["date"] as? String } == ["2026-11-23"])
        #expect(days.compactMap { $0["opened"] as? Int } == [4])
        let later = try await bench.get("/api/stats?since=2026-11-23T12:00:03Z").object
        #expect(later["total"] as? Int == 2)
        let none = try await bench.get("/api/stats?since=2026-11-22&until=2026-11-23").object
        #expect(none["total"] as? Int == 0)
        #expect(try await bench.get("/api/stats?since=1d&until=2d").status == 400)
    }
}

@Suite struct MachineRouteTests {
    let bench: Bench

    init() async throws {
        bench = try Bench()
        try await bench.fill()
    }

    private func names(_ target: String) async throws -> [String] {
        try await bench.get(target).list.compactMap { $0["name"] as? String }
    }

    @Test func machinesAreListedWithTheirLastValues() async throws {
        #expect(try await names("/api/machines") == ["10.0.0.7", "[::1]", "b.example", "a"])
        #expect(try await names("/api/machines?machine=[*") == ["[::1]"])
        #expect(try await names("/api/machines?source=lab") == ["[::1]"])
        #expect(try await names("/api/machines?limit=1&machine=1*") == ["10.0.0.7"])
        let page = try await bench.get("/api/machines?limit=3")
        let link = try #require(page.fields["link"])
        #expect(try await names(String(link.dropFirst().prefix { $0 != ">" })) == ["a"])
        let a = try #require(try await bench.get("/api/machines?machine=a").list.first)
        // Not in the last two polls, and its values are those of the one before.
        #expect(a["last_seen"] as? String == "2026-11-23T12:00:04.000Z")
        #expect(a["values"] as? [String: Double] == ["cpu": 1, "mem": 10])
        #expect(a["open_incidents"] as? Int == 0)
    }

    @Test func oneMachineTellsItsHistory() async throws {
        let machine = try await bench.get("/api/machines/%5B::1%5D").object
        #expect((machine["open_incidents"] as? [[String: Any]])?.compactMap { $0["id"] as? Int } == [3])
        #expect((machine["reported"] as? [[String: Any]])?.count == 1)
        let nobody = try await bench.get("/api/machines/nobody")
        #expect(nobody.status == 404)
        #expect(nobody.text.contains("no source has reported a machine 'nobody'"))
        #expect(try await bench.get("/api/machines/nobody/samples?metric=cpu").status == 404)
    }

    @Test func samplesAreGivenOneByOneOrSummedUp() async throws {
        let route = "/api/machines/a/samples?metric=cpu&since=2026-11-23T12:00:00Z&until=2026-11-23T12:00:04Z"
        let samples = try await bench.get(route).list
        #expect(samples.compactMap { $0["value"] as? Double } == [99, 99])
        let whole = try await bench.get(
            "/api/machines/a/samples?metric=cpu&since=2026-11-23T12:00:00Z&until=2026-11-23T12:00:06Z&points=2"
        ).list
        #expect(
            whole.compactMap { $0["at"] as? String } == [
                "2026-11-23T12:00:00.000Z", "2026-11-23T12:00:03.000Z",
            ])
        #expect(whole.compactMap { $0["max"] as? Double } == [99, 1])
        #expect(whole.compactMap { $0["mean"] as? Double } == [99, 1])
        #expect(whole.compactMap { $0["count"] as? Int } == [2, 1])
        #expect(try await bench.get("/api/machines/a/samples?metric=cpu&source=lab").list.isEmpty)
        #expect(try await bench.get("/api/machines/a/samples").text.contains(#""parameter":"metric""#))
        let bad = try await bench.get("/api/machines/a/samples?metric=cpu&points=0")
        #expect(bad.text.contains("'0' is no whole number from 1 to 2000"))
    }

    @Test func tooManySamplesAreNotGivenOneByOne() async throws {
        // As if the source had been polled each millisecond.
        try await bench.service.store.execute(
            """
            CREATE TEMP TABLE later AS WITH RECURSIVE count(n) AS (VALUES (7000) UNION ALL
                SELECT n + 1 FROM count WHERE n < 26999)
            SELECT \(Bench.moment(0).milliseconds) + n AS at FROM count;
            INSERT INTO poll SELECT 'fleet', at FROM later;
            INSERT INTO sample SELECT later.at, block, data FROM later
                JOIN sample ON sample.at = \(Bench.moment(1).milliseconds)
            """)
        bench.time.advance(by: .seconds(60))
        let route = "/api/machines/a/samples?metric=cpu"
        let refused = try await bench.get(route)
        #expect(refused.status == 400)
        #expect(try refused.object["parameter"] as? String == "points")
        #expect(
            try refused.object["detail"] as? String == "there are more than 20000 samples; "
                + "give points= to have them summed up, or a shorter span")
        #expect(try await bench.get(route + "&since=\(Bench.moment(7))").list.count == 20_000)
        let summed = try await bench.get(route + "&points=1").list
        #expect(summed.compactMap { $0["count"] as? Int } == [20_003])
    }
}

@Suite struct MetricsRouteTests {
    @Test func aRuleOfSomeMachinesLooksAtThoseAlone() async throws {
        let bench = try Bench()
        var judge = try await bench.judge(
            """
            sources: [{name: fleet, url: "http://fleet.example/metrics", json: {metrics: {cpu: cpu}}}]
            rules:
              - {name: all, metric: cpu, window: 1, above: 85}
              - {name: some, metric: cpu, window: 2, above: 85, machines: ["b*"]}
            """)
        let fleet = try #require(
            Poll(
                source: "fleet", at: Bench.moment(1), metrics: ["cpu"],
                machines: NameList(["a", "b1", "b2", "c"]), values: [1, 2, .nan, 4]))
        try await judge.take(.poll(fleet))
        // Three values for the one, and one for the other, of a machine that has two.
        #expect(try await bench.get("/metrics").text.contains("gateway_evaluations_total 4\n"))
    }

    @Test func howLongNothingWasSeenIsAFigure() async throws {
        let bench = try Bench()
        try await bench.fill()
        try await bench.service.store.execute(
            """
            INSERT INTO blind (kind, subject, started_at, ended_at) VALUES
                ('source', 'lab', \(Bench.moment(1).milliseconds), \(Bench.moment(2.5).milliseconds)),
                ('source', 'lab', \(Bench.moment(4).milliseconds), NULL)
            """)
        let page = try await bench.get("/metrics").text
        #expect(page.contains("gateway_blind_seconds{kind=\"source\",subject=\"lab\"} 7.5\n"))
    }

    @Test func whatMattersIsCounted() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        bench.time.advance(by: .seconds(2))
        try await judge.take(try poll(at: 1, ["a": (99, 95)]))
        try await bench.running(judge) { await bench.network.sent(1) }
        let page = try await bench.get("/metrics")
        #expect(page.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        for line in [
            "gateway_samples_total 2", "gateway_evaluations_total 2",
            #"gateway_events_total{type="incident.opened"} 1"#,
            #"gateway_incidents{status="open",severity="warning"} 1"#,
            #"gateway_delivery_attempts_total{webhook="ops",result="delivered"} 1"#,
            #"gateway_breach_to_commit_seconds_bucket{le="0.5"} 0"#,
            #"gateway_breach_to_commit_seconds_bucket{le="1"} 1"#,
            "gateway_breach_to_delivered_seconds_count 1",
            #"gateway_deliveries{webhook="ops",state="pending"} 0"#,
            #"gateway_queue_age_seconds{webhook="ops"} 0"#,
        ] {
            #expect(page.text.contains(line + "\n"), "\(line)")
        }
    }
}
