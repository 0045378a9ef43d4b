import Testing

@testable import Gateway

@Suite struct OptionsTests {
    @Test func runTakesItsOptions() throws {
        let arguments = [
            "run", "--rules", "my.yaml", "--demo", "--log-level", "debug", "--log-format", "json",
        ]
        let expected = RunOptions(rules: "my.yaml", demo: true, logLevel: .debug, logFormat: .json)
        #expect(try Command(arguments) == .run(expected))
        #expect(try Command(["run"]) == .run(RunOptions()))
        #expect(try Command(["check"]) == .check(path: "rules.yaml", json: false))
        #expect(try Command(["check", "a.yaml"]) == .check(path: "a.yaml", json: false))
        #expect(try Command([]) == .help(Help.all))
        #expect(try Command(["run", "--help"]) == .help(Help.run))
        #expect(try Command(["help", "run"]) == .help(Help.run))
        #expect(try Command(["help", "ack"]) == Command(["ack", "--help"]))
        #expect(try Command(["help"]) == .help(Help.all))
    }

    @Test(
        arguments: [
            (
                ["sack"],
                "unknown command 'sack'; did you mean 'ack'? commands are run, check, test, backtest, import, schema, token, "
                    + "incidents, show, ack, resolve, note, silence, silences, unsilence, webhooks, enable, send-test, deliveries, replay, rules, explain, audit, version, help"
            ),
            (["run", "--rule", "x"], "run: unknown option '--rule'; see gateway run --help"),
            (["run", "--rules"], "--rules needs a value"),
            (["run", "--log-level", "loud"], "--log-level: 'loud' is none of debug, info, warning, error"),
            (["check", "a", "b"], "check: one file at a time; 'b' is a second one"),
        ] as [([String], String)])
    func aWrongCommandLineSaysWhatWouldBeRight(arguments: [String], message: String) {
        #expect(throws: UsageError(message)) { try Command(arguments) }
    }
}
