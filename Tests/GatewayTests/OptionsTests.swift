import Testing

@testable import Gateway

@Suite struct OptionsTests {
    private func arguments(_ words: [String]) throws -> (name: String, given: Arguments) {
        guard case .command(let command, let given) = try Invocation(words) else { throw NoCommand() }
        return (command.name, given)
    }

    struct NoCommand: Error {}

    @Test func aCommandTakesItsOptions() throws {
        let run = try arguments([
            "run", "--rules", "my.yaml", "--demo", "--log-level=debug", "--log-format", "json",
        ])
        #expect(run.name == "run")
        #expect(
            RunOptions(run.given)
                == RunOptions(rules: "my.yaml", demo: true, logLevel: .debug, logFormat: .json))
        #expect(RunOptions(try arguments(["run"]).given) == RunOptions())
        #expect(try arguments(["check", "a.yaml"]).given.operands == ["a.yaml"])
        #expect(try arguments(["import", "-"]).given.operands == ["-"])
        #expect(try arguments(["note", "4", "--", "--by"]).given.operands == ["4", "--by"])
        let silence = try arguments(["silence", "--rule", "a", "--rule=b=c", "--reason", "x"]).given
        #expect(silence.values["--rule"] == ["a", "b=c"])
        #expect(try arguments(["--version"]).name == "version")
    }

    @Test func helpIsThereInEveryForm() throws {
        let run = try #require(Command.named("run"))
        for words in [["run", "--help"], ["run", "--rules", "x", "-h"], ["help", "run"]] {
            #expect(try Invocation(words).text == run.helpText)
        }
        for words in [[], ["--help"], ["-h"], ["help", "help"]] {
            #expect(try Invocation(words).text == Command.overview)
        }
    }

    @Test func everyOptionIsInItsUsage() {
        for command in Command.all {
            let usage = command.usageLines.joined(separator: " ")
            for option in command.options {
                #expect(usage.contains(option.name), "\(option.name) is not in the usage of \(command.name)")
            }
            for line in command.helpText.split(separator: "\n") { #expect(line.count <= 120, "\(line)") }
        }
        #expect(Set(Command.all.map(\.name)).count == Command.all.count)
    }

    @Test(
        arguments: [
            (
                ["sack"],
                "unknown command 'sack'; did you mean 'ack'? commands are run, check, test, backtest, import, backup, schema, token, "
                    + "status, incidents, show, ack, resolve, note, silence, silences, unsilence, webhooks, enable, send-test, "
                    + "deliveries, replay, rules, explain, audit, completion, man, version, help"
            ),
            (
                ["run", "--rule", "x"],
                "run: unknown option '--rule'; did you mean --rules? see gateway run --help"
            ),
            (["run", "--rules"], "--rules needs a value"),
            (["run", "--demo=yes"], "--demo takes no value"),
            (
                ["run", "--log-level", "loud"],
                "run: --log-level takes one of debug, info, warning, error, not 'loud'"
            ),
            (["check", "a", "b"], "check: takes [FILE] beside its options, not 'a b'"),
            (["schema", "x"], "schema: takes nothing beside its options, not 'x'"),
            (["completion", "tcsh"], "completion: 'tcsh' is none of bash, zsh, fish"),
            (
                ["incidents", "--limit", "0"], "incidents: --limit takes a number from 1 to 1000, not '0'"
            ),
            (
                ["incidents", "--watch", "--open"],
                "incidents: --watch tells what happens from now on, and goes with --rule, --machine and --severity, "
                    + "not with --open"
            ),
        ] as [([String], String)])
    func aWrongCommandLineSaysWhatWouldBeRight(arguments: [String], message: String) {
        #expect(throws: UsageError(message)) { try Invocation(arguments) }
    }
}
