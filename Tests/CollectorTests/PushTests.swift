import Rules
import Testing

@testable import Collector

@Suite struct PushTests {
    private func push(
        _ body: String, to source: Source, type: String = "", machine: String? = nil, at second: Int64 = 0,
        memory: inout SourceMemory
    ) throws(DecodeError) -> [String] {
        let reading = try source.pushed(
            Array(body.utf8), contentType: type, machine: machine, at: Timestamp(milliseconds: second * 1000),
            memory: &memory)
        let poll = reading.poll
        let rows = (0..<poll.machines.count).map { row in
            let values = poll.values[row * poll.metrics.count..<(row + 1) * poll.metrics.count]
            return poll.machines[row] + " " + values.map(\.description).joined(separator: " ")
        }
        return rows + reading.refusals.map(\.description)
    }

    private func push(
        _ body: String, to source: Source, type: String = "", machine: String? = nil
    ) throws(DecodeError) -> [String] {
        var memory = SourceMemory()
        return try push(body, to: source, type: type, machine: machine, memory: &memory)
    }

    private let fleet = Source(name: "ci", url: "", isPush: true)

    @Test func takesTheFleetFormat() throws {
        #expect(
            try push(#"[{"machine_ip":"a","cpu":1},{"machine_ip":"b","mem":"2%"}]"#, to: fleet)
                == ["a 1.0 nan nan", "b nan 2.0 nan"])
        #expect(try push(#"{"cpu":1}"#, to: fleet, machine: "m") == ["m 1.0 nan nan"])
        #expect(try push(#"{"machine_ip":"n","cpu":1}"#, to: fleet, machine: "m") == ["n 1.0 nan nan"])
        #expect(
            try push(#"[{"cpu":1}]"#, to: fleet)
                == ["record 0: machine_ip is missing; each record must name its machine"])
        #expect(throws: DecodeError.self) { try push(#"{"load":1}"#, to: fleet, machine: "m") }
        #expect(throws: DecodeError.empty) { try push("", to: fleet) }
    }

    @Test func takesLinesAsTheyAreTyped() throws {
        let source = Source(
            name: "ci", url: "", isPush: true, format: .prometheus,
            prometheus: try shape(["queue": "queue_length", "age": "max(job_age_seconds)"]))
        // Without a line end, and without the metrics that others push.
        #expect(try push("queue_length 5", to: source, machine: "m") == ["m 5.0 nan"])
        #expect(
            try push("queue_length 5", to: source)
                == [
                    "line 1: queue_length 5 is of no machine; give its name with the request, or a label in 'machine'"
                ])
        #expect(
            try push("x 5", to: source, machine: "m") == [
                "the page has no series of job_age_seconds, queue_length"
            ])
    }

    @Test func ratesSpanPushesOfManyMachines() throws {
        let source = Source(
            name: "ci", url: "", isPush: true, interval: .seconds(60), format: .prometheus,
            prometheus: try shape(["jobs": "rate(jobs_total)"]))
        var memory = SourceMemory()
        for (machine, second, value, expected) in [
            ("a", 0, 0, "nan"), ("b", 1, 0, "nan"), ("a", 10, 50, "5.0"), ("b", 21, 20, "1.0"),
            ("a", 30, 90, "2.0"),
        ] as [(String, Int64, Int, String)] {
            #expect(
                try push("jobs_total \(value)", to: source, machine: machine, at: second, memory: &memory)
                    == ["\(machine) \(expected)"])
        }
    }

    @Test(arguments: [
        ("", "queue 1", true), ("", "# TYPE x gauge\n", true), ("", "x{a=\"b\"} 1", true), ("", "[]", false),
        ("", " {\"cpu\":1}", false), ("", "null", false), ("", "NaN", false), ("", "cpu high", false),
        ("text/plain; version=0.0.4", "[]", true), ("application/openmetrics-text", "[]", true),
        ("application/json", "x 1", false), ("text/plain", "[]", false), ("text/plain", "x 1", true),
    ])
    func theFormatIsTold(type: String, body: String, isPrometheus: Bool) {
        let source = Source(name: "s", url: "")
        let document = Source.Document(
            body: Array(body.utf8), contentType: type, machine: "m", isOneMachine: true,
            at: Timestamp(milliseconds: 0))
        #expect(source.isPrometheus(document) == isPrometheus)
    }

    @Test func aPageWhereJSONIsMeantSaysSo() {
        let source = Source(name: "s", url: "", format: .json)
        let error = #expect(throws: DecodeError.self) { try push("node_load1 3\n", to: source) }
        #expect(
            error?.description
                == "the body is Prometheus text, not JSON; `format: node_exporter`, or `format: prometheus` with"
                + " `prometheus: {metrics: …}`, reads it")
    }
}
