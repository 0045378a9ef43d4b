import Rules
import Testing

@testable import Collector

@Suite struct JSONFleetTests {
    @Test func readsTheFleetFormat() throws {
        let decoded = try decode(
            """
            [{"machine_ip":"10.0.0.1","cpu":"45%","mem":"30.5%","disk":"32%","uptime":"1d 2h 37m 6s"},
             {"machine_ip":"10.0.0.2","cpu":12,"mem":-1.5e1,"disk":" 7.25 % "}]
            """)
        #expect(decoded.names == ["10.0.0.1", "10.0.0.2"])
        #expect(decoded.values == [45, 30.5, 32, 12, -15, 7.25])
        #expect(decoded.refusedCount == 0)
    }

    @Test func readsOneBareRecord() throws {
        let decoded = try decode(#" {"machine_ip": "a", "cpu": 1, "mem": 2, "disk": 3} "#)
        #expect(decoded.names == ["a"])
        #expect(decoded.values == [1, 2, 3])
    }

    @Test func readsNoRecords() throws {
        let decoded = try decode("[]")
        #expect(decoded.names.isEmpty && decoded.values.isEmpty && decoded.refusedCount == 0)
    }

    @Test func followsPointerAndPaths() throws {
        let shape = FleetShape(
            records: "/da~1ta/1/machi~0nes", machine: "host.name",
            metrics: [
                .init("cpu", path: "load.cpu"), .init("mem", path: "load.memory.used"), .init("d", path: "d"),
            ])
        let decoded = try decode(
            """
            {"a": [1, {"b": null}], "da/ta": [0, {"x": true, "machi~nes": [
              {"load": {"memory": {"free": 1, "used": 2}, "cpu": 3}, "host": {"name": "m1", "d": 9}, "d": 4},
              {"host": {"name": 17}, "load": {"cpu": "5%"}}
            ], "y": "z"}], "b": {}}
            """, shape)
        #expect(decoded.names == ["m1", "17"])
        #expect(decoded.rows == ["3.0 2.0 4.0", "5.0 nan nan"])
    }

    @Test func readsEscapedKeysAndNames() throws {
        let decoded = try decode(#"[{"machine\u005fip":"caf\u00e9 \ud83d\ude00\/\"","\u0063pu":"4\u0035%"}]"#)
        #expect(decoded.names == ["café 😀/\""])
        #expect(decoded.rows == ["45.0 nan nan"])
    }

    @Test func twoMetricsMayReadOneField() throws {
        let shape = FleetShape(metrics: [.init("a", path: "cpu"), .init("b", path: "cpu")])
        #expect(try decode(#"[{"machine_ip":"m","cpu":5}]"#, shape).values == [5, 5])
    }

    @Test func absentAndNullMetricsAreNoFault() throws {
        let decoded = try decode(#"[{"machine_ip":"m","cpu":null,"disk":0}]"#)
        #expect(decoded.rows == ["nan nan 0.0"])
        #expect(decoded.refusedCount == 0)
    }

    @Test func passesOverAByteOrderMark() throws {
        #expect(try decode("\u{feff}[{\"machine_ip\":\"m\",\"cpu\":1}]").names == ["m"])
        #expect(try refusal("\u{feff}[{\"machine_ip\":\"m\",\"cpu\":[1]}]").contains("cpu [1] is"))
    }

    @Test func manyMachinesKeepTheirOrder() throws {
        let names = (0..<5000).map { "machine-\($0)" }
        let decoded = try decode(
            "[" + names.map { #"{"machine_ip":"\#($0)","cpu":1}"# }.joined(separator: ",") + "]")
        #expect(decoded.names == names)
    }
}

/// The number grammar of RFC 8259 §6, in and out of strings, with an optional per-cent sign in strings.
@Suite struct FleetNumberTests {
    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("45", 45), ("-45", -45), ("30.5", 30.5), ("1e2", 100), ("1E+2", 100),
            ("1.5e-3", 0.0015),
            ("0.1", 0.1), ("9007199254740993", 9_007_199_254_740_992), ("1e-400", 0),
            ("0e999999999999999999999", 0),
            ("123456789012345678901234567890", 1.2345678901234568e29),
            ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("0.000000000000000000000000000000000001", 1e-36), ("5e-324", .leastNonzeroMagnitude),
            ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
            ("99999999999999999999e-20", 1),
        ] as [(String, Double)])
    func takes(text: String, value: Double) throws {
        for form in [text, "\"\(text)\"", "\" \(text)\t\""] {
            #expect(
                try decode(#"[{"machine_ip":"m","cpu":\#(form.replacing("\t", with: "\\t"))}]"#).values[0]
                    == value)
        }
    }

    @Test(
        arguments: [
            ("45%", 45), ("45 %", 45), (" 30.5  % ", 30.5), ("0%", 0), ("-0%", 0), ("120%", 120),
            ("1e1%", 10),
        ]
            as [(String, Double)])
    func takesPercentages(text: String, value: Double) throws {
        #expect(try decode(#"[{"machine_ip":"m","cpu":"\#(text)"}]"#).values[0] == value)
    }

    @Test(arguments: [
        "", " ", "%", "n/a", "+5", ".5", "5.", "05", "0x10", "1e", "1e+", "--1", "1 2", "45%%", "4 5%",
        "% 45", "NaN", "inf",
        "Infinity", "1,5", "1_000", "٤٥", "45\u{a0}%", "45\\u0000", "true", "null", "\\ud800",
    ])
    func refusesTexts(text: String) throws {
        let message = try refusal(#"[{"machine_ip":"m","cpu":"\#(text)"}]"#)
        #expect(message.hasSuffix(#"is not a number; expected one such as 45, 30.5 or "45%""#))
    }

    @Test(arguments: [
        "+5", ".5", "5.", "05", "0x10", "1e", "--1", "NaN", "Infinity", "1_000", "-", "1.e5", "- 1", "45%",
    ])
    func noSuchNumberIsJSON(text: String) {
        let message = decodeError(#"[{"machine_ip":"m","cpu":\#(text)}]"#)
        #expect(message?.hasPrefix("the body is not JSON") == true)
        #expect(decodeError(#"[{"machine_ip":"m","cpu":1,"other":\#(text)}]"#) != nil)
    }
}
