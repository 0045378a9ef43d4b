import Rules
import Testing

@testable import Collector

/// The exposition format 0.0.4 line by line.
@Suite struct PrometheusTextTests {
    @Test(
        arguments: [
            ("x 1", 1), ("x\t1", 1), ("  x   1  ", 1), ("x 1 1395066363000", 1), ("x 1 -3982045", 1),
            ("x{} 2", 2), ("x{a=\"b\"} 2", 2), ("x { a = \"b\" , } 2", 2), ("x{a=\"b\",}2", 2),
            ("x{a=\"b\",c=\"d\"} 2 3", 2), ("x{a=\"\\\\\\\"\\n\"} 3", 3), ("x{a=\"}\"} 3", 3),
            ("x{a=\"é😀\"} 3", 3), ("x{a=\"# not a comment\"} 3", 3),
            ("x +1", 1), ("x -1.5e-3", -0.0015), ("x 1E+2", 100), ("x .5", 0.5), ("x 5.", 5), ("x 00012", 12),
            ("x 8.366723072e+10", 83_667_230_720), ("x 0.1", 0.1),
            ("x 9007199254740993", 9_007_199_254_740_992),
            ("x 1234567890123456789012", 1.2345678901234568e21), ("x 1e-400", 0),
            ("x 0e999999999", 0),
            ("x 1.7976931348623157e308", .greatestFiniteMagnitude), ("x 5e-324", .leastNonzeroMagnitude),
            ("x 1 # {trace_id=\"KOO5S4vxi0o\"} 0.67", 1), ("x 1 1520879607.789 # {a=\"b\"} 1 2", 1),
        ] as [(String, Double)])
    func takesLines(line: String, expected: Double) throws {
        let decoded = try decode(page: line + "\n", shape(["x": "x"]))
        #expect(decoded.names == ["m"])
        #expect(decoded.values == [expected])
        #expect(decoded.refusedCount == 0)
    }

    @Test(arguments: ["NaN", "nan", "+Inf", "-Inf", "Inf", "1e999", "-infinity"])
    func whatIsNoFiniteNumberIsAbsent(value: String) throws {
        let decoded = try decode(page: "x \(value)\ny 1\n", shape(["x": "x", "y": "y"]))
        #expect(decoded.rows == ["nan 1.0"])
        #expect(decoded.refusedCount == 0)
    }

    @Test func passesOverComments() throws {
        let page = """
            # HELP x Some text \\ with anything "in it
            # TYPE x gauge
            # UNIT x bytes
            #
            #x
            # a comment
               # TYPE y counter

            x{a="1"} 1
            other_bucket{le="+Inf"} 17 # {} 4
            # EOF

            """
        let decoded = try decode(page: page, shape(["x": "x"]), isOpenMetrics: true)
        #expect(decoded.values == [1] && decoded.refusals == [])
    }

    static let badLines = [
        (
            "5x 1",
            "5x 1 does not begin with a metric's name: letters, digits, '_' and ':', the first no digit"
        ),
        (
            "x-y 1",
            "x-y 1 does not begin with a metric's name: letters, digits, '_' and ':', the first no digit"
        ),
        ("é 1", "é 1 does not begin with a metric's name: letters, digits, '_' and ':', the first no digit"),
        ("x", "x has no value; expected a number after the name and its labels"),
        ("x ", "x  has no value; expected a number after the name and its labels"),
        ("x{a=\"b\"}", "x{a=\"b\"} has no value; expected a number after the name and its labels"),
        ("x 1,5", "x 1,5 has a value that is not a number; expected one such as 45, 1.5e9 or NaN"),
        ("x 0x1p3", "x 0x1p3 has a value that is not a number; expected one such as 45, 1.5e9 or NaN"),
        ("x 1_000", "x 1_000 has a value that is not a number; expected one such as 45, 1.5e9 or NaN"),
        ("x 45%", "x 45% has a value that is not a number; expected one such as 45, 1.5e9 or NaN"),
        ("x 1\r", "x 1\\r has a value that is not a number; expected one such as 45, 1.5e9 or NaN"),
        ("x .", "x . has a value that is not a number; expected one such as 45, 1.5e9 or NaN"),
        (
            "x 1 noon",
            "x 1 noon has more after its value than a timestamp; expected a number of milliseconds, or nothing"
        ),
        ("x 1 2 3", "x 1 2 3 goes on after its timestamp; expected the end of the line"),
        ("x{a=b} 1", "x{a=b} 1 has labels that are not of the form {name=\"value\",other=\"value\"}"),
        ("x{a=\"b} 1", "x{a=\"b} 1 has labels that are not of the form {name=\"value\",other=\"value\"}"),
        (
            "x{a=\"b\" c=\"d\"} 1",
            "x{a=\"b\" c=\"d\"} 1 has labels that are not of the form {name=\"value\",other=\"value\"}"
        ),
        ("x{1=\"b\"} 1", "x{1=\"b\"} 1 has labels that are not of the form {name=\"value\",other=\"value\"}"),
        (
            "x{a:b=\"b\"} 1",
            "x{a:b=\"b\"} 1 has labels that are not of the form {name=\"value\",other=\"value\"}"
        ),
        ("x{,} 1", "x{,} 1 has labels that are not of the form {name=\"value\",other=\"value\"}"),
        ("x{a=\"\\t\"} 1", #"x{a="\t"} 1 has an unknown escape in a label; expected \\, \" or \n"#),
        ("x{a=\"1\",a=\"2\"} 1", "x{a=\"1\",a=\"2\"} 1 has a label twice; expected each once"),
        (
            "# TYPE x number",
            "# TYPE x number names no type; expected counter, gauge, histogram, summary or untyped"
        ),
        (
            "# TYPE 5 gauge",
            "# TYPE 5 gauge does not begin with a metric's name: letters, digits, '_' and ':', the first no digit"
        ),
    ]

    @Test(arguments: badLines)
    func refusesALineByItself(line: String, says: String) throws {
        let decoded = try decode(page: "y 1\n\(line)\nz 2\n", shape(["x": "x", "y": "y", "z": "z"]))
        #expect(decoded.rows == ["nan 1.0 2.0"])
        #expect(decoded.refusals.first?.description == "line 2: " + says)
    }

    @Test func refusesWhatComesTwiceAndAfterTheEnd() throws {
        let page = "x{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\",c=\"\"} 2\n# EOF\nx 3\n"
        let decoded = try decode(page: page, shape(["x": "sum(x)"]))
        #expect(decoded.values == [1])
        #expect(
            decoded.refusals.map(\.description) == [
                "line 4: x 3 stands after # EOF, which ends the page",
                "line 2: has the name and labels of an earlier line; the first one counts",
            ])
    }

    @Test func aLineThatIsCutIsRefused() throws {
        let decoded = try decode(page: "x 1\ny 12", shape(["x": "x"]))
        #expect(decoded.values == [1])
        #expect(
            decoded.refusals.map(\.description) == [
                "line 2: y 12 has no line end, so it may have been cut; each line ends with a line feed"
            ])
    }

    @Test(
        arguments: [
            ("", false, "the body is empty; expected a page in the Prometheus text format"),
            (" \n\n", false, "the body is empty; expected a page in the Prometheus text format"),
            (
                "<html>", false,
                "the body looks like HTML, not Prometheus text; does the URL lead to a web page, or a login that needs"
                    + " a header?"
            ),
            ("x 1\n", true, "the page ends without # EOF, so it may have been cut; nothing of it was taken"),
        ] as [(String, Bool, String)])
    func saysWhyNothingIsTaken(page: String, isOpenMetrics: Bool, says: String) throws {
        let shape = try shape(["x": "x"])
        let error = #expect(throws: DecodeError.self) {
            try decode(page: page, shape, isOpenMetrics: isOpenMetrics)
        }
        #expect(error?.description == says)
    }

    @Test func aPageWithoutTheMetricsSaysSo() throws {
        let decoded = try decode(page: "other 1\n", shape(["x": "x / y"]))
        #expect(decoded.names == [])
        #expect(decoded.refusals.map(\.description) == ["the page has no series of x, y"])
    }

    @Test func aMetricWithoutItsSeriesSaysSo() throws {
        let page = "x{a=\"1\"} 1\ny{b=\"1\"} 2\n"
        let decoded = try decode(
            page: page, shape(["x": "x", "z": "x + zz{mode=*\"a*\",b!=\"\"}", "q": "x / y"]))
        #expect(decoded.rows == ["1.0 nan nan"])
        #expect(
            decoded.refusals.map(\.description) == [
                #"metric z: zz{mode=*"a*",b!=""} selects no series of the page"#,
                "metric q: comes to no number: the series on the two sides of an operator have different labels, or"
                    + " it divides by zero; sum(…) makes one number of a side",
            ])
    }

    @Test func aLabelNamesTheMachine() throws {
        let page = """
            up{instance="a:1"} 1
            up{instance="b:1"} 0
            load{instance="b:1",cpu="0"} 5
            load{instance="a:1",cpu="0"} 3
            load{instance="a:1",cpu="1"} 4
            load{cpu="1"} 4
            load{instance="\(String(repeating: "x", count: 256))"} 4
            load{instance="a\\nb"} 4

            """
        let decoded = try decode(page: page, shape(["up": "up", "load": "sum(load)"], machine: "instance"))
        #expect(decoded.names == ["a:1", "b:1"])
        #expect(decoded.rows == ["1.0 7.0", "0.0 5.0"])
        #expect(
            decoded.refusals.map(\.reason) == [
                .noMachineLabel("instance"), .machineTooLong, .machineHasControlCharacters,
            ])
        #expect(decoded.refusals[0].description.hasSuffix("has no label instance, which names the machine"))
    }

    @Test func severalSeriesWhereOneIsMeantAreRefused() throws {
        let page = "x{a=\"1\",i=\"p\"} 1\nx{a=\"2\",i=\"p\"} 1\nx{a=\"2\",i=\"q\"} 3\n"
        let decoded = try decode(page: page, shape(["x": "x"], machine: "i"))
        #expect(decoded.rows == ["nan", "3.0"])
        #expect(
            decoded.refusals.map(\.description) == [
                "machine p: x stands for 2 series; make one number of them with sum(…), avg(…), min(…) or max(…)"
            ])
    }
}

/// No page may end the process, or take more time and memory than its size.
@Suite struct HostilePageTests {
    private static let page = """
        # TYPE x counter
        x{a="\\"1\\n",b="é"} 12.5 1395066363000
        y{fstype="ext4"} NaN
        z 5e3 # {t="1"} 3
        # EOF

        """

    @Test func mutationsNeverEndTheProcess() throws {
        var random = SeededGenerator(state: 11)
        let alphabet = Array("{}=\",\\ \n\t#0123456789.eE+-NaInfxyz:_é".utf8) + [0, 0xff, 0x0d]
        let shape = try shape(["x": "x{a=*\"*1*\"}", "y": "y / z", "z": "sum(rate(z))"])
        for _ in 0..<20_000 {
            var bytes = Array(Self.page.utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: bytes.remove(at: place)
                }
            }
            var counters = CounterMemory()
            let origin = PrometheusText.Origin(
                machine: "m", at: Timestamp(milliseconds: 0), maxGap: .seconds(1))
            do throws(DecodeError) {
                let decoded = try PrometheusText.decode(bytes, shape: shape, of: origin, counters: &counters)
                #expect(decoded.values.count == decoded.machines.count * 3)
                for refusal in decoded.refusals { #expect(!refusal.description.contains("\n")) }
            } catch {
                #expect(!error.description.contains("\n"))
            }
        }
    }

    @Test func everyPrefixIsRead() throws {
        let bytes = Array(Self.page.utf8)
        let shape = try shape(["x": "x"])
        for count in 1..<bytes.count {
            _ = try? decode(page: String(decoding: bytes[..<count], as: UTF8.self), shape)
        }
    }

    @Test func labelsAreBounded() throws {
        func line(_ count: Int) -> String {
            "x{" + (0..<count).map { "l\($0)=\"v\"" }.joined(separator: ",") + "} 1\n"
        }
        #expect(try value(of: "x", in: line(64)) == 1)
        let decoded = try decode(page: "y 1\n" + line(100_000), shape(["y": "y"]))
        #expect(decoded.refusals.map(\.reason) == [.tooManyLabels])
        #expect(decoded.refusals[0].value.count == 101)
        let long = "x{a=\"" + String(repeating: "a", count: 1_000_000) + "\"} 1\n"
        #expect(try value(of: #"x{a=*"a*a*a*b|*a"}"#, in: long) == 1)
    }

    @Test func refusalsAreBounded() throws {
        let decoded = try decode(page: "x 1\n" + String(repeating: "!\n", count: 100_000), shape(["x": "x"]))
        #expect(decoded.refusals.count == 20 && decoded.refusedCount == 100_000)
    }

    @Test func labelsThatAreNotUTF8AreRefused() throws {
        var counters = CounterMemory()
        let body = Array("x{a=\"".utf8) + [0xff] + Array("\"} 1\nx 2\n".utf8)
        let origin = PrometheusText.Origin(machine: "m", at: Timestamp(milliseconds: 0), maxGap: .seconds(1))
        let decoded = try PrometheusText.decode(
            body, shape: shape(["x": "x"]), of: origin, counters: &counters)
        #expect(decoded.values == [2])
        #expect(
            decoded.refusals.map(\.description) == [
                "line 1: x{a=\"\u{fffd}\"} 1 has a label that is not UTF-8"
            ])
    }
}
