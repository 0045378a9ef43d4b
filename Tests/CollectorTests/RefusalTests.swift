import Rules
import Testing

@testable import Collector

/// A record that does not fit is refused by itself, and the refusal says what would be right.
@Suite struct RefusalTests {
    @Test(arguments: [
        (#"5"#, "record 1: 5 is not an object; a record is an object with a machine and its metrics"),
        (
            #"[{"cpu": 1}]"#,
            #"record 1: [{"cpu": 1}] is not an object; a record is an object with a machine and its metrics"#
        ),
        (#"{"cpu":1}"#, "record 1: machine_ip is missing; each record must name its machine"),
        (
            #"{"machine_ip":null,"cpu":1}"#,
            "record 1: machine_ip is missing; each record must name its machine"
        ),
        (
            #"{"machine_ip":"","cpu":1}"#,
            #"record 1: machine_ip "" is empty; each record must name its machine"#
        ),
        (
            #"{"machine_ip":"a\u0000b","cpu":1}"#,
            #"record 1: machine_ip "a\u0000b" has control characters; a machine's name must have none"#
        ),
        (
            #"{"machine_ip":"a\u0085","cpu":1}"#,
            #"record 1: machine_ip "a\u0085" has control characters; a machine's name must have none"#
        ),
        (
            #"{"machine_ip":1.5,"cpu":1}"#,
            "record 1: machine_ip 1.5 is not a name; expected a string or an integer"
        ),
        (
            #"{"machine_ip":true,"cpu":1}"#,
            "record 1: machine_ip true is not a name; expected a string or an integer"
        ),
        (
            #"{"machine_ip":["a"],"cpu":1}"#,
            #"record 1: machine_ip ["a"] is not a name; expected a string or an integer"#
        ),
        (
            #"{"machine_ip":"\ud800","cpu":1}"#,
            #"record 1: machine_ip "\ud800" is not a name; expected a string or an integer"#
        ),
        (
            #"{"machine_ip":"ok","cpu":1}"#,
            #"record 1: machine_ip "ok" stands in an earlier record too; the first one counts"#
        ),
        (
            #"{"machine_ip":"b","cpu":1,"cpu":2}"#,
            "record 1: cpu 2 stands twice in the record; expected it once"
        ),
        (
            #"{"machine_ip":"b","machine_ip":"c","cpu":2}"#,
            #"record 1: machine_ip "c" stands twice in the record; expected it once"#
        ),
        (
            #"{"machine_ip":"b","cpu":"n/a"}"#,
            #"record 1: cpu "n/a" is not a number; expected one such as 45, 30.5 or "45%""#
        ),
        (
            #"{"machine_ip":"b","cpu":1,"mem":true}"#,
            #"record 1: mem true is not a number; expected one such as 45, 30.5 or "45%""#
        ),
        (
            #"{"machine_ip":"b","cpu":{"x":[1]} }"#,
            #"record 1: cpu {"x":[1]} is not a number; expected one such as 45, 30.5 or "45%""#
        ),
        (
            #"{"machine_ip":"b","cpu":1e400}"#,
            "record 1: cpu 1e400 is too large; expected a number within ±1.7e308"
        ),
        (
            #"{"machine_ip":"b","cpu":"-1e400%"}"#,
            #"record 1: cpu "-1e400%" is too large; expected a number within ±1.7e308"#
        ),
        (
            #"{"machine_ip":"b","disk":"-3%"}"#,
            #"record 1: disk "-3%" is a negative percentage; expected 0% or more"#
        ),
        (#"{"machine_ip":"b","disk":null,"cores":4}"#, "record 1: has none of cpu, mem, disk"),
    ])
    func saysWhatWouldBeRight(record: String, message: String) throws {
        let document = #"[{"machine_ip":"ok","cpu":1},\#(record),{"machine_ip":"last","cpu":2}]"#
        #expect(try refusal(document) == message)
        #expect(try decode(document).names == ["ok", "last"])
        #expect(try decode(document).rows == ["1.0 nan nan", "2.0 nan nan"])
    }

    @Test func saysWhenAParentIsNoObject() throws {
        let shape = FleetShape(
            machine: "name", metrics: [.init("mem", path: "memory.used"), .init("cpu", path: "cpu")])
        #expect(
            try refusal(#"[{"name":"a","memory":5,"cpu":1}]"#, shape)
                == "record 0: memory.used 5 is out of reach: what should hold it is not an object")
        #expect(
            try refusal(#"[{"name":"a","memory":{"used":1},"memory":{}}]"#, shape)
                == "record 0: memory.used {} stands twice in the record; expected it once")
        #expect(try decode(#"[{"name":"a","memory":null,"cpu":1}]"#, shape).rows == ["nan 1.0"])
    }

    @Test func namesHaveAtMost255Bytes() throws {
        let longest = String(repeating: "é", count: 127) + "a"
        #expect(try decode(#"[{"machine_ip":"\#(longest)","cpu":1}]"#).names == [longest])
        let shown = "\"" + String(repeating: "é", count: 99) + "…"
        #expect(
            try refusal(#"[{"machine_ip":"\#(longest)b","cpu":1}]"#)
                == "record 0: machine_ip \(shown) is too long; a machine's name has at most 255 bytes")
    }

    @Test func showsValuesOnOneLine() throws {
        #expect(
            try refusal("[{\"machine_ip\":\"m\",\"cpu\":[1,\n\t2]}]").hasPrefix(
                "record 0: cpu [1,\\n\\t2] is not"))
        #expect(
            try refusal("[{\"machine_ip\":\"m\",\"cpu\":\"\u{202e}1\u{7f}\"}]")
                .hasPrefix(#"record 0: cpu "\u{202e}1\u{7f}" is not"#))
    }

    @Test func keepsTwentyAndCountsAll() throws {
        let decoded = try decode("[" + Array(repeating: "{}", count: 1000).joined(separator: ",") + "]")
        #expect(decoded.refusals.map(\.place) == (0..<20).map { .record($0) })
        #expect(decoded.refusedCount == 1000)
        #expect(decoded.machines.count == 0 && decoded.values.isEmpty)
    }

    @Test func aRefusedRecordDoesNotTakeItsName() throws {
        let decoded = try decode(#"[{"machine_ip":"m","cpu":"x"},{"machine_ip":"m","cpu":2}]"#)
        #expect(decoded.rows == ["2.0 nan nan"])
        #expect(decoded.refusedCount == 1)
    }
}
