import Testing

@testable import Rules

/// Reads `x: <text>` and gives what `body` makes of it, and the message of the fault if there is one.
private func read<Value>(
    _ text: String, variables: [String: String] = [:], _ body: (Setting) -> Value?
) -> (value: Value?, message: String?) {
    let faults = Faults(in: "rules.yaml")
    let value = read("x: \(text)", variables: variables, reporting: faults) { $0.take("x").flatMap(body) }
    return (value ?? nil, faults.all.first?.message)
}

@Suite struct SettingTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("15m", .seconds(900)),
        ("2h", .seconds(7200)), ("1d", .seconds(86_400)), ("\"10s\"", .seconds(10)), ("010s", .seconds(10)),
    ])
    func readsDurations(_ text: String, _ duration: Duration) {
        #expect(read(text) { $0.duration(in: .zero ... .seconds(86_400)) } == (duration, nil))
    }

    @Test(arguments: ["10", "s", "-1s", "+1s", "1.5s", "1 s", "1w", "1h30m", "9223372036854775807d", "1S"])
    func refusesOtherDurations(_ text: String) {
        let (value, message) = read(text) { $0.duration(in: .zero ... .seconds(60)) }
        #expect(value == nil)
        #expect(message == "'x' must be a duration from 0s to 1m, not '\(text)'")
    }

    @Test(arguments: [
        ("85", 85.0), ("-3", -3), ("+3", 3), ("0.5", 0.5), (".5", 0.5), ("1e3", 1000), ("\"7\"", 7),
        ("1e-400", 0),
    ])
    func readsNumbers(_ text: String, _ number: Double) {
        #expect(read(text) { $0.number() } == (number, nil))
    }

    @Test(arguments: ["inf", "nan", "0x10", "1_000", "1,5", "--1", "1e", "e5", "."])
    func refusesOtherNumbers(_ text: String) {
        #expect(read(text) { $0.number() } == (nil, "'x' must be a number, not '\(text)'"))
    }

    @Test(arguments: [("1", 1), ("+2", 2), ("-3", -3), ("007", 7)])
    func readsWholeNumbers(_ text: String, _ number: Int) {
        #expect(read(text) { $0.integer(in: -10...10_000) } == (number, nil))
    }

    @Test(arguments: ["1.0", "10001", "-11", "99999999999999999999", "x", "+"])
    func refusesOtherWholeNumbers(_ text: String) {
        let message = "'x' must be a whole number from -10 to 10,000, not '\(text)'"
        #expect(read(text) { $0.integer(in: -10...10_000) } == (nil, message))
    }

    @Test(arguments: [("true", true), ("True", true), ("false", false), ("FALSE", false)])
    func readsFlags(_ text: String, _ flag: Bool) {
        #expect(read(text) { $0.flag() } == (flag, nil))
    }

    @Test(arguments: ["yes", "on", "1"]) func refusesOtherFlags(_ text: String) {
        #expect(read(text) { $0.flag() } == (nil, "'x' must be true or false, not '\(text)'"))
    }

    @Test(arguments: ["null", "~", "", "Null"]) func callsNullNoValue(_ text: String) {
        #expect(read(text) { $0.text() } == (nil, "'x' has no value"))
        #expect(read(text) { $0.oneOrMore().first }.message == nil)
    }

    /// A value that comes from outside reads like one that stands in the file, but is never shown.
    @Test func readsVariablesAsPlainScalars() {
        let variables = ["N": "7", "LIST": "[1, 2]", "HOSTILE": "a: b\n- c"]
        #expect(read("${N}", variables: variables) { $0.integer(in: 0...10) } == (7, nil))
        #expect(read("'${N}.5'", variables: variables) { $0.number() } == (7.5, nil))
        #expect(read("${LIST}", variables: variables) { $0.text() } == ("[1, 2]", nil))
        #expect(
            read("${HOSTILE}", variables: variables) { $0.text() }
                == (nil, "'x' holds a line end, a tab or a control character"))
        #expect(
            read("${N}", variables: variables) { $0.duration(in: .zero ... .seconds(1)) }
                == (nil, "'x' must be a duration from 0s to 1s, not the value of ${N}"))
    }

    @Test func countsInGroupsOfThree() {
        #expect(
            [0, 999, 1000, -1_234_567, 1_000_001].map(\.grouped) == [
                "0", "999", "1,000", "-1,234,567", "1,000,001",
            ])
    }
}

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "ab", 2), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1),
        ("kitten", "sitting", 3), ("intervall", "interval", 1), ("naem", "name", 1),
    ])
    func countsEdits(_ one: String, _ other: String, _ distance: Int) {
        #expect(one.editDistance(to: other) == distance)
        #expect(other.editDistance(to: one) == distance)
    }

    @Test func suggestsTheNearest() {
        let faults = Faults(in: "rules.yaml")
        #expect(faults.suggestion(for: "Windows", among: ["window", "wind"]) == "window")
        #expect(faults.suggestion(for: "x", among: ["window"]) == nil)
        #expect(faults.suggestion(for: String(repeating: "x", count: 100_000), among: ["x"]) == nil)
    }
}
