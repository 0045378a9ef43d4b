import Rules
import Testing

@testable import Collector

@Suite struct RateTests {
    /// The values of an expression over pages read at given seconds.
    private func rates(_ expression: String, _ pages: [(Double, String)]) throws -> [Double?] {
        var counters = CounterMemory()
        let shape = try shape(["x": expression])
        return try pages.map { second, page in
            let decoded = try decode(page: page, shape, at: second, counters: &counters)
            return decoded.values.first.flatMap { $0.isNaN ? nil : $0 }
        }
    }

    @Test func isPerSecondBetweenTwoPolls() throws {
        #expect(
            try rates("rate(c)", [(0, "c 10\n"), (10, "c 30\n"), (20, "c 30\n"), (22.5, "c 35\n")])
                == [nil, 2, 0, 2])
    }

    @Test func aCounterThatFellBeganAnew() throws {
        #expect(try rates("rate(c)", [(0, "c 1000\n"), (10, "c 50\n"), (20, "c 60\n")]) == [nil, 5, 1])
    }

    @Test func aGapIsBridgedUpToItsLimit() throws {
        let gap = "other 1\n"
        #expect(
            try rates(
                "rate(c)",
                [(0, "c 0\n"), (20, gap), (40, "c 40\n"), (101, "c 41\n"), (111, "c 61\n"), (120, "c NaN\n")])
                == [nil, nil, 1, nil, 2, nil])
    }

    @Test func aClockThatIsSetGivesNoRate() throws {
        #expect(
            try rates(
                "rate(c)", [(100, "c 0\n"), (50, "c 10\n"), (60, "c 20\n"), (60, "c 25\n"), (70, "c 30\n")])
                == [nil, nil, 1, nil, 1])
    }

    @Test func eachSeriesHasItsOwn() throws {
        let first = "c{d=\"1\"} 0\nc{d=\"2\"} 100\n"
        let second = "c{d=\"2\"} 110\nc{d=\"1\"} 40\nc{d=\"3\"} 7\n"
        #expect(try rates("sum(rate(c))", [(0, first), (10, second)]) == [nil, 5])
        #expect(try rates("rate(c{d=\"1\"}) / rate(c{d!=\"1\"})", [(0, first), (10, second)]) == [nil, nil])
        #expect(
            try rates("sum(rate(c{d=\"1\"})) / sum(rate(c))", [(0, first), (10, second)]) == [nil, 0.8])
        // Used twice, it is rated once.
        #expect(try rates("sum(rate(c)) + sum(rate(c)) + max(c)", [(0, first), (10, second)]) == [nil, 120])
    }

    @Test func machinesOfOnePageAreKeptApart() throws {
        var counters = CounterMemory()
        let shape = try shape(["x": "rate(c)"], machine: "i")
        let first = try decode(page: "c{i=\"a\"} 0\nc{i=\"b\"} 0\n", shape, counters: &counters)
        #expect(first.rows == ["nan", "nan"])
        let second = try decode(page: "c{i=\"b\"} 10\nc{i=\"a\"} 20\n", shape, at: 10, counters: &counters)
        #expect(second.names == ["b", "a"] && second.values == [1, 2])
    }

    @Test func whatIsNoLongerSeenIsForgotten() throws {
        var counters = CounterMemory()
        let shape = try shape(["x": "sum(rate(c))"])
        for round in 0..<200 {
            let page = (0..<50).map { "c{d=\"\(round)-\($0)\"} 1\n" }.joined()
            _ = try decode(page: page, shape, at: Double(round * 10), counters: &counters)
        }
        #expect(counters.count <= 50 * 8)
    }

    @Test func thePresetStaysWithinBounds() throws {
        #expect(PrometheusShape.nodeExporter.metrics.map(\.name) == ["cpu", "mem", "disk"])
        func page(idle: Double, user: Double) -> String {
            """
            node_cpu_seconds_total{cpu="0",mode="idle"} \(idle)
            node_cpu_seconds_total{cpu="0",mode="user"} \(user)
            node_memory_MemAvailable_bytes 2.5e9
            node_memory_MemTotal_bytes 1e10
            node_filesystem_avail_bytes{device="/dev/vda",fstype="ext4",mountpoint="/"} 40
            node_filesystem_size_bytes{device="/dev/vda",fstype="ext4",mountpoint="/"} 100
            node_filesystem_avail_bytes{device="/dev/vdb",fstype="xfs",mountpoint="/data"} 20
            node_filesystem_size_bytes{device="/dev/vdb",fstype="xfs",mountpoint="/data"} 100
            node_filesystem_avail_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 0
            node_filesystem_size_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 100
            node_filesystem_avail_bytes{device="/dev/loop0",fstype="squashfs",mountpoint="/snap"} 0
            node_filesystem_size_bytes{device="/dev/loop0",fstype="squashfs",mountpoint="/snap"} 100

            """
        }
        var counters = CounterMemory()
        let shape = PrometheusShape.nodeExporter
        let first = try decode(page: page(idle: 100, user: 50), shape, at: 0, counters: &counters)
        #expect(first.rows == ["nan 75.0 80.0"] && first.refusals == [])
        // The poll came late by a half: the share of the time does not change with it.
        let second = try decode(page: page(idle: 106, user: 54), shape, at: 15, counters: &counters)
        #expect(second.values == [40, 75, 80] && second.refusals == [])
    }
}
