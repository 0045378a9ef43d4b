import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

extension Bench {
    /// Four incidents: 1 `a` cpu 2 s to 4 s, 2 `b.example` mem since 2 s, 3 `[::1]` mem of the lab since 3 s and
    /// acknowledged, 4 `10.0.0.7` cpu since 6 s.
    func fill() async throws {
        var judge = try await judge()
        try await judge.take(try poll(at: 1, ["a": (99, 10)]))
        try await judge.take(try poll(at: 2, ["a": (99, 10), "b.example": (1, 95)]))
        try await judge.take(try poll("lab", at: 3, ["[::1]": (1, 99)]))
        try await judge.take(try poll(at: 4, ["a": (1, 10), "b.example": (1, 95)]))
        try await judge.take(try poll(at: 5, ["10.0.0.7": (90, 10), "b.example": (1, 95)]))
        try await judge.take(try poll(at: 6, ["10.0.0.7": (92.5, 10), "b.example": (1, 95)]))
        try await service.store.execute(
            """
            UPDATE incident SET acknowledged_at = \(Bench.moment(5).milliseconds), acknowledged_by = 'kim'
            WHERE id = 3
            """)
        time.advance(by: .seconds(10))
    }
}

@Suite struct IncidentListTests {
    let bench: Bench

    init() async throws {
        bench = try Bench()
        try await bench.fill()
    }

    @Test(
        arguments: [
            ("", [4, 3, 2, 1]),
            ("status=open", [4, 2]), ("status=acknowledged", [3]), ("status=resolved", [1]),
            ("status=open,acknowledged", [4, 3, 2]), ("status=acknowledged,resolved", [3, 1]),
            ("severity=critical,info", [4, 1]), ("since=2026-11-23", [4, 3, 2, 1]), ("until=2026-11-23", []),
            ("rule=cpu-high", [4, 1]), ("rule=cpu-*", []), ("rule=", []),
            ("machine=a", [1]), ("machine=A", []), ("machine=10.0.*", [4]), ("machine=?", [1]),
            ("machine=*", [4, 3, 2, 1]), ("machine=[::1]", [3]), ("machine=[*", [3]), ("machine=[a-z]", []),
            ("metric=mem", [3, 2]), ("severity=critical", [4, 1]), ("severity=info", []),
            ("source=lab", [3]), ("label.env=production", [4, 2, 1]), ("label.env=prod", []),
            ("label.env=production&label.team=core", [4, 2, 1]), ("label.env=test&label.team=core", []),
            ("since=2026-11-23T12:00:03Z", [4, 3]), ("until=2026-11-23T12:00:03Z", [2, 1]),
            ("since=2026-11-23T13:00:03.000%2B01:00", [4, 3]), ("since=2026-11-23T13:00:03+01:00", [4, 3]),
            ("since=2026-11-23%2012:00:03Z", [4, 3]), ("since=7s", [4, 3]), ("until=7s", [2, 1]),
            ("since=1d", [4, 3, 2, 1]), ("since=106751991167d", [4, 3, 2, 1]),
            ("at=2026-11-23T12:00:02Z", [2, 1]), ("at=2026-11-23T12:00:04Z", [3, 2]), ("at=1d", []),
            ("q=EXAMPLE+mean", [2]), ("q=high+core", [4, 2, 1]), ("q=%25", []), ("q=_", []),
            ("q=", [4, 3, 2, 1]),
            ("limit=2", [4, 3]), ("limit=1000", [4, 3, 2, 1]), ("cursor=i3", [2, 1]), ("cursor=i0", []),
            ("status=open&rule=cpu-high&machine=10.*&severity=critical&source=fleet&limit=1", [4]),
        ] as [(String, [Int])])
    func eachFilterRestricts(query: String, ids: [Int]) async throws {
        #expect(try await bench.ids("/api/incidents?\(query)") == ids)
    }

    @Test(
        arguments: [
            "rule=' OR 1=1 --", "machine=' OR '1'='1", "source=\";DROP TABLE incident", "q='%3b--",
            "label.env=' OR 1=1 --", "label.a'b=c", "q=%5c%5c%25", "label.env=production%1fteam=nobody",
            "machine=[[[[[", "machine=**********************************z",
            "rule=\u{1F600}", "metric=%F0%9F%98%80",
        ])
    func aHostileTextFindsNothingAndHarmsNothing(query: String) async throws {
        let escaped = query.replacing(" ", with: "%20").replacing("\"", with: "%22")
        #expect(try await bench.ids("/api/incidents?\(escaped)").isEmpty)
        #expect(try await bench.ids("/api/incidents") == [4, 3, 2, 1])
    }

    @Test(
        arguments: [
            ("status=closed", "status", "'closed' is none of open, acknowledged, resolved"),
            ("status=opne", "status", "'opne' is none of open, acknowledged, resolved; did you mean 'open'?"),
            ("status=open,", "status", "'' is none of open, acknowledged, resolved"),
            ("status=", "status", "'' is none of open, acknowledged, resolved"),
            (
                "severity=High", "severity",
                "'High' is none of info, warning, critical; did you mean 'critical'?"
            ),
            ("limit=0", "limit", "'0' is no whole number from 1 to 1000"),
            ("limit=1001", "limit", "'1001' is no whole number from 1 to 1000"),
            ("limit=-1", "limit", "'-1' is no whole number from 1 to 1000"),
            ("limit=1e2", "limit", "'1e2' is no whole number from 1 to 1000"),
            (
                "limit=99999999999999999999", "limit",
                "'99999999999999999999' is no whole number from 1 to 1000"
            ),
            ("cursor=7", "cursor", "'7' is no cursor; take it from the Link header of the page before"),
            ("cursor=i-1", "cursor", "'i-1' is no cursor; take it from the Link header of the page before"),
            (
                "cursor=izzzzzzzzzzzzzzzzzzz", "cursor",
                "'izzzzzzzzzzzzzzzzzzz' is no cursor; take it from the Link header of the page before"
            ),
            (
                "since=yesterday", "since",
                "'yesterday' is no time; give one as 2026-11-23T12:00:00Z or 2026-11-23, or how long ago it was as 90m, 24h or 7d; 2026-11-23 12:00:00 and 12:00:00, the last one, are in UTC"
            ),
            (
                "until=2026-02-30T00:00:00Z", "until",
                "'2026-02-30T00:00:00Z' is no time; give one as 2026-11-23T12:00:00Z or 2026-11-23, or how long ago it was as 90m, 24h or 7d; 2026-11-23 12:00:00 and 12:00:00, the last one, are in UTC"
            ),
            (
                "at=99999999999999999d", "at",
                "'99999999999999999d' is no time; give one as 2026-11-23T12:00:00Z or 2026-11-23, or how long ago it was as 90m, 24h or 7d; 2026-11-23 12:00:00 and 12:00:00, the last one, are in UTC"
            ),
            ("rule=a&rule=b", "rule", "'rule' is given twice; give it once"),
            (
                "state=open", "state",
                "there is no parameter 'state'; there are status, rule, machine, metric, severity, source, "
                    + "label.NAME, since, until, at, q, format, limit, cursor"
            ),
            (
                "label.=x", "label.",
                "there is no parameter 'label.'; did you mean 'label.NAME'? there are status, rule, machine, metric, severity, source, "
                    + "label.NAME, since, until, at, q, format, limit, cursor"
            ),
        ] as [(String, String, String)])
    func aBadValueIsNamedWithWhatWouldBeRight(query: String, parameter: String, detail: String) async throws {
        let response = try await bench.get("/api/incidents?\(query)")
        #expect(response.status == 400)
        #expect(response.fields["content-type"] == "application/problem+json")
        #expect(
            response.text == """
                {"type":"about:blank","title":"Bad parameter","status":400,"detail":"\(detail)","parameter":"\(parameter)"}
                """)
    }

    @Test func moreConditionsThanSQLTakesAreRefused() async throws {
        let words = Array(repeating: "a", count: 5000).joined(separator: "+")
        #expect(
            try await bench.get("/api/incidents?q=\(words)").text.contains(
                "there are more than 32 words; give fewer"))
        let labels = (1...5000).map { "label.n\($0)=x" }.joined(separator: "&")
        #expect(
            try await bench.get("/api/incidents?\(labels)").text.contains(
                "there are more than 32 labels; give fewer"))
        let most = (1...32).map { "label.n\($0)=x" }.joined(separator: "&") + "&q=" + words.prefix(63)
        #expect(try await bench.ids("/api/incidents?\(most)").isEmpty)
    }

    @Test func anIncidentReadsAsDocumented() async throws {
        let response = try await bench.get("/api/incidents?status=acknowledged")
        #expect(response.fields["content-type"] == "application/json")
        #expect(
            response.text == """
                [{"id":3,"status":"acknowledged","rule":"memory-high","severity":"warning","machine":"[::1]",\
                "source":"lab","metric":"mem","aggregate":"mean","window":1,"threshold":90,"condition":"above",\
                "value":99,"peak":99,"last_value":99,"message":"mem mean 99 over the last sample is above 90","labels":{"env":"test"},\
                "opened_at":"2026-11-23T12:00:03.000Z","resolved_at":null,\
                "acknowledged_at":"2026-11-23T12:00:05.000Z","acknowledged_by":"kim","resolution":null,\
                "resolved_message":null,"rules_version":1,"runbook":null,"silenced_by":null,"held_by":[],"untold":null}]
                """)
    }

    @Test func anIncidentNamesTheLineOfItsRuleInItsVersion() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 95)]))
        let edited = "# a remark\n# and another\n" + Bench.rules()
        try await judge.take(.configuration(try configuration(edited)) { _ in })
        try await judge.take(try poll(at: 2, ["a": (1, 95), "b": (1, 95)]))
        try await judge.take(
            .trouble(Trouble(.sourceFailing, "lab", .began(message: "no answer"), at: Bench.moment(3))))
        var told: [String] = []
        for id in 1...3 {
            let incident = try await bench.get("/api/incidents/\(id)").object
            let line = incident["rules_line"] as? Int
            told.append(
                "\(incident["rule"] ?? "") \(incident["rules_version"] ?? "") \(line.map(String.init) ?? "none")"
            )
        }
        #expect(told == ["memory-high 1 10", "memory-high 2 12", "gateway.source-failing 2 none"])
    }

    @Test func aSlashAtTheEndIsTheSameRoute() async throws {
        #expect(try await bench.ids("/api/incidents/") == [4, 3, 2, 1])
        #expect(try await bench.get("/api/incidents/1/").status == 200)
        #expect(try await bench.get("/api/sources/").status == 200)
        #expect(try await bench.get("/healthz/").text == "alive\n")
    }
}

@Suite struct PagingTests {
    @Test func followingTheLinkNeitherSkipsNorRepeatsWhileIncidentsOpen() async throws {
        let bench = try Bench()
        var judge = try await bench.judge()
        var second = 0.0
        func open(_ count: Int) async throws {
            for _ in 1...count {
                second += 1
                try await judge.take(try poll(at: second, ["m\(Int(second))": (1, 99)]))
            }
        }
        try await open(7)
        var seen: [Int] = []
        var next: String? = "/api/incidents?limit=2&machine=m*&label.env=production&q=mem+mean"
        while let target = next {
            let response = try await bench.get(target)
            seen += try response.list.compactMap { $0["id"] as? Int }
            next = response.fields["link"].map { link in
                #expect(
                    link.hasPrefix(
                        "</api/incidents?limit=2&machine=m%2A&label.env=production&q=mem%20mean&cursor="))
                #expect(link.hasSuffix(">; rel=\"next\""))
                return String(link.dropFirst().prefix { $0 != ">" })
            }
            try await open(3)
        }
        #expect(seen == [7, 6, 5, 4, 3, 2, 1])
    }

    @Test func theLastPageHasNoLink() async throws {
        let bench = try Bench()
        try await bench.fill()
        #expect(try await bench.get("/api/incidents?limit=4").fields["link"] == nil)
        #expect(try await bench.get("/api/incidents?limit=3").fields["link"] != nil)
        #expect(try await bench.get("/api/incidents?cursor=i1").fields["link"] == nil)
    }
}

@Suite struct CachingTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test(arguments: ["/api/incidents", "/api/incidents?status=open&since=1d", "/api/incidents/1"])
    func whatTheClientHasIsNotSentAgainUntilItChanges(target: String) async throws {
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 95)]))
        let first = try await bench.get(target)
        let tag = try #require(first.fields["etag"])
        for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let again = try await bench.get(target, ["If-None-Match": known])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again.fields["etag"] == tag)
            #expect(again.fields["content-type"] == nil)
        }
        #expect(try await bench.get(target, ["If-None-Match": "\"other\""]).status == 200)
        // The last value moves without an event.
        try await judge.take(try poll(at: 2, ["a": (1, 96)]))
        let moved = try await bench.get(target, ["If-None-Match": tag])
        #expect(moved.status == 200)
        #expect(moved.fields["etag"] != tag)
        #expect(moved.text.contains(#""last_value":96"#))
    }

    @Test func anAnswerReadBeforeAChangeIsNotKept() throws {
        let cache = ResponseCache()
        func answer(_ text: String, _ during: () -> Void = {}) throws -> String {
            try cache.answer("key") { () throws(Problem) in
                during()
                return .text(text)
            }.text
        }
        #expect(try answer("old") { cache.invalidate() } == "old")
        #expect(try answer("new") == "new")
        #expect(try answer("newer") == "new")
        cache.invalidate()
        #expect(try answer("newest") == "newest")
    }

    @Test func theCacheStaysSmall() throws {
        let cache = ResponseCache()
        let long = String(repeating: "x", count: 1 << 20)
        func answer(_ key: Int, _ text: String) throws -> String {
            try cache.answer("\(key)") { () throws(Problem) in .text(text) }.text
        }
        for key in 1...5 { _ = try answer(key, long) }
        #expect(try answer(1, "made anew") == "made anew")
        #expect(try answer(5, "made anew") == long)
        _ = try answer(6, String(repeating: "x", count: 5 << 20))
        #expect(try answer(6, "too long to keep") == "too long to keep")
    }
}
