import Rules
import Testing

@testable import Collector

/// What an expression comes to where a machine has none of the series.
@Suite struct AbsentSeriesTests {
    private static let page = """
        up 1
        http_requests_total{code="200"} 10
        idle_total 0
        nothing{code="500"} NaN

        """

    @Test(
        arguments: [
            (#"sum(http_requests_total{code=*"5*"})"#, 0), ("sum(missing)", nil),
            (#"sum(missing{code=*"5*"})"#, nil), (#"sum(http_requests_total{cod=*"5*"})"#, nil),
            (#"avg(http_requests_total{code="500"})"#, nil), (#"http_requests_total{code="500"}"#, nil),
            (#"sum(http_requests_total{code=*"5*"}) / sum(http_requests_total)"#, 0),
            (#"sum(http_requests_total{code=*"5*"} + missing)"#, nil),
            (#"sum(nothing{code="500"})"#, nil), ("up / idle_total", nil), ("idle_total / idle_total", nil),
            ("(idle_total / idle_total or 0) + 7", 7), ("missing or 4", 4), ("up or 4", 1),
            ("sum(missing) or 4", 4), ("missing or up", 1), ("missing or sum(up)", 1),
            ("sum(missing) or up", 1), ("missing or other or 2", 2), ("sum(missing or 3)", 3),
            ("rate(up) or 0", 0),
        ] as [(String, Double?)])
    func isZeroOrNothing(expression: String, expected: Double?) throws {
        #expect(try value(of: expression, in: Self.page) == expected)
    }

    /// The failures of a service that was started again begin anew without a series, and its incident resolves.
    @Test func aShareOfFailuresIsZeroOnceTheirSeriesIsGone() throws {
        let shape = try shape([
            "share": #"sum(rate(http_requests_total{code=*"5*"})) / sum(rate(http_requests_total))"#
        ])
        var counters = CounterMemory()
        func share(_ page: String, at second: Double) throws -> Double? {
            try decode(page: page, shape, at: second, counters: &counters).values.first
                .flatMap { $0.isNaN ? nil : $0 }
        }
        let both = "http_requests_total{code=\"200\"} 10\nhttp_requests_total{code=\"500\"} 10\n"
        #expect(try share(both, at: 0) == nil, "a counter's first poll gives no rate")
        #expect(try share(both.replacing(" 10", with: " 20"), at: 10) == 0.5)
        #expect(try share("http_requests_total{code=\"200\"} 5\n", at: 20) == 0)
        #expect(try share("http_requests_total{code=\"200\"} 5\n", at: 30) == nil, "0 / 0")
    }

    @Test func onAPageOfManyMachinesEachHasItsOwn() throws {
        let shape = try shape(
            ["bad": #"sum(r{code="500"})"#, "load": "load{job=\"a\"}"], machine: "i")
        let page = """
            r{i="m1",code="200"} 1
            r{i="m1",code="500"} 2
            r{i="m2",code="200"} 3
            load{i="m2",job="a"} 4
            load{i="m3",job="b"} 5

            """
        let decoded = try decode(page: page, shape)
        #expect(decoded.names == ["m1", "m2"])
        #expect(decoded.values[0] == 2 && decoded.values[1].isNaN)
        #expect(decoded.values[2...] == [0, 4])
    }

    @Test func whatIsRightlyAbsentIsNotRefused() throws {
        func refusals(_ expression: String) throws -> [String] {
            try decode(page: Self.page, shape(["x": expression, "up": "up"])).refusals.map(\.description)
        }
        #expect(try refusals(#"sum(http_requests_total{code=*"5*"})"#) == [])
        #expect(try refusals("missing or 0") == [])
        #expect(
            try refusals(#"sum(http_requests_total{cod=*"5*"})"#)
                == [#"metric x: http_requests_total{cod=*"5*"} selects no series of the page"#])
        #expect(
            try refusals("up / sum(idle_total)")
                == ["metric x: divides by 0 on m, which gives no value; (… or 0) stands in for it"])
    }

    @Test func aPageWithoutTheMetricHasItsDefault() throws {
        let decoded = try decode(page: "other 1\n", shape(["x": "errors_total or 0"]))
        #expect(decoded.values == [0])
        #expect(decoded.names == ["m"])
    }
}
