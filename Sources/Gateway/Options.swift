import Rules

/// What the command line asks for.
enum Command: Equatable {
    case run(RunOptions)
    case check(path: String, json: Bool)
    case test(paths: [String])
    case backtest(BacktestCommand)
    case bringIn(ImportCommand)
    case client(ClientCommand)
    /// The JSON Schema of rules files.
    case schema
    case token(TokenCommand)
    case help(String)
    case version
}

struct RunOptions: Equatable {
    var rules = "rules.yaml"
    var demo = false
    var logLevel = Log.Level.info
    var logFormat = Log.Format.logfmt
}

/// A command line that cannot be understood, with what would be right.
struct UsageError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}

extension Command {
    /// Reads the arguments after the program's name.
    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        let name = rest.popFirst() ?? "--help"
        switch name {
        case "run": self = try Self.run(&rest)
        case "check": self = try Self.check(&rest)
        case "test": self = try Self.test(&rest)
        case "import": self = try ImportCommand(&rest).map { .bringIn($0) } ?? .help(Help.bringIn)
        case "backtest": self = try BacktestCommand(&rest).map { .backtest($0) } ?? .help(Help.backtest)
        case "token": self = try TokenCommand(&rest).map { .token($0) } ?? .help(Help.token)
        case "schema": self = rest.isEmpty ? .schema : .help(Help.schema)
        case "help":
            let topic = rest.first ?? "--help"
            self = try Command(topic == "help" ? ["--help"] : [topic, "--help"])
        case "--help", "-h": self = .help(Help.all)
        case "version", "--version": self = .version
        default:
            guard let verb = ClientCommand.Verb(rawValue: name) else { throw Self.unknown(name) }
            self = try ClientCommand(verb, &rest).map { .client($0) } ?? .help(Help.client(verb))
        }
    }

    private static func unknown(_ name: String) -> UsageError {
        let names =
            ["run", "check", "test", "backtest", "import", "schema", "token"]
            + ClientCommand.Verb.allCases.map(\.rawValue) + [
                "version", "help",
            ]
        let guess = name.nearest(among: names).map { "did you mean '\($0)'? " } ?? ""
        return UsageError("unknown command '\(name)'; \(guess)commands are \(names.joined(separator: ", "))")
    }

    private static func run(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
        var options = RunOptions()
        while let option = rest.popFirst() {
            switch option {
            case "--help", "-h": return .help(Help.run)
            case "--demo": options.demo = true
            case "--rules": options.rules = try value(of: option, &rest)
            case "--log-level": options.logLevel = try choice(option, &rest)
            case "--log-format": options.logFormat = try choice(option, &rest)
            default: throw UsageError("run: unknown option '\(option)'; see gateway run --help")
            }
        }
        return .run(options)
    }

    private static func check(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
        var path: String?
        var json = false
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return .help(Help.check)
            case "--json": json = true
            case _ where argument.hasPrefix("-"):
                throw UsageError("check: unknown option '\(argument)'; see gateway check --help")
            case _ where path != nil:
                throw UsageError("check: one file at a time; '\(argument)' is a second one")
            default: path = argument
            }
        }
        return .check(path: path ?? "rules.yaml", json: json)
    }

    private static func test(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
        var paths: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return .help(Help.test) }
            guard !argument.hasPrefix("-") else {
                throw UsageError("test: unknown option '\(argument)'; see gateway test --help")
            }
            paths.append(argument)
        }
        return .test(paths: paths.isEmpty ? ["rules.test.yaml"] : paths)
    }

    static func value(
        of option: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
        return value
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> Choice {
        let text = try value(of: option, &rest)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("\(option): '\(text)' is none of \(known)")
        }
        return choice
    }
}

/// What `--help` prints.
enum Help {
    static let all = """
        gateway: polls machine metrics, judges them by rules.yaml, tells your webhooks, remembers everything.

        usage: gateway COMMAND [OPTION …]

          run [--rules FILE] [--demo]   the service
          check [FILE]                  says what is wrong in a rules file, and what would be right
          test [FILE …]                 runs unit tests of rules
          backtest [--rules FILE]       what an edit of the rules would have meant for the samples that are stored
          import FILE                   brings in past samples, CSV or NDJSON, for a backtest
          schema                        the JSON Schema of rules files, for editors
          token add NAME [--role ROLE]  makes a token of the API, and the line of rules.yaml by which it is known
          incidents [--open]            what happened, newest first
          show ID                       an incident with its notes, events and deliveries
          ack ID, resolve ID            says that somebody takes care of an incident, or ends it
          note ID TEXT                  keeps a note on an incident
          silence --reason TEXT         has incidents recorded and not pushed for a while
          silences, unsilence ID        which silences there are; ends one
          webhooks                      how the receivers do, and when each last accepted anything
          send-test NAME                sends a trial to a webhook and waits for its outcome
          enable NAME                   sends to a disabled webhook again
          deliveries [--dead]           what was sent to whom, newest first
          replay ID…                    sends deliveries again
          rules versions                which rules files were accepted; show N, diff N [M], rollback N
          audit                         who did what, newest first
          explain MACHINE RULE          what a rule said of a machine at a moment, and why
          version                       the version of this program
          help                          this text

        gateway COMMAND --help tells more. Exit status: 0 done, 1 found wrong, 2 wrong usage.

        """

    static let run = """
        usage: gateway run [--rules FILE] [--demo] [--log-level LEVEL] [--log-format FORMAT]

        Polls the sources, judges each poll, records incidents, tells the webhooks, and serves the history.
        The rules file is read again when it is saved and on SIGHUP; a bad edit is logged and the old rules go on.
        SIGTERM and SIGINT end it within 10 s, with everything committed.

          --rules FILE         the rules file (rules.yaml)
          --demo               also start 30 machines on 127.0.0.1:9200 and a receiver that prints on 127.0.0.1:9201,
                               poll each second, and keep the history in gateway-demo.db
          --log-level LEVEL    debug, info, warning or error (info)
          --log-format FORMAT  logfmt or json (logfmt)

        """

    static let test = """
        usage: gateway test [FILE …]

        Runs the unit tests in each FILE (rules.test.yaml): samples in, and the events and requests that are to come of
        them, on a clock of their own and with webhooks that answer as told. docs/testing.md has the format.
        Exit status 1 when a case fails or a file cannot be read.

        """

    static let backtest = """
        usage: gateway backtest [--rules FILE] [--since DURATION] [--rule RULE --sweep above=LOW..HIGH[/STEP]] [--json]

        Replays the stored samples through the rules that were last accepted and through those of FILE, and shows which
        incidents would appear, vanish or change, how many messages each webhook would get, and how many a minute at most.
        With --sweep it shows how many incidents each threshold of one rule would have given.

          --rules FILE       the edited rules file (rules.yaml)
          --database FILE    the database (that of the rules file)
          --since DURATION   how far to go back (7d)
          --rule RULE        the rule whose threshold is swept
          --sweep RANGE      above=70..95 in steps of 1, below=5..20/5 in steps of 5
          --json             for programs

        Silences, groups, flapping and digests are not taken into account: what is counted is what the rules say.

        """

    static let schema = """
        usage: gateway schema

        Prints the JSON Schema of rules files, by which editors complete and check them. Save it as rules.schema.json
        beside the rules file, whose first line names it:
        # yaml-language-server: $schema=rules.schema.json

        """

    static let bringIn = """
        usage: gateway import FILE [--source NAME] [--rules FILE] [--database FILE]

        Brings past samples into the database, so that a backtest has something on the first day; no rule judges them. The
        gateway must not run meanwhile. FILE, or - for standard input, is CSV with a first line of names, or NDJSON:

          time,machine,cpu,mem                                      {"time": "…", "machine": "10.0.0.7", "cpu": 45}
          2026-11-23T12:00:00Z,10.0.0.7,45%,30.5

        Times are RFC 3339 or seconds since 1970. Rows of the same time are one poll; one that is there already is left alone.

          --source NAME      the source that they are of (the first in the rules file)
          --rules FILE       the rules file, which says what metrics the source has (rules.yaml)
          --database FILE    the database (that of the rules file)

        """

    static let check = """
        usage: gateway check [FILE] [--json]

        Reads a rules file (rules.yaml) and prints each fault as FILE:LINE:COLUMN: error: what is wrong, the line,
        and what would be right. Exit status 1 when there is an error; warnings alone leave it 0.

          --json               for editors and CI: {"ok": …, "faults": [{kind, file, line, column, message, help, …}]}

        """
}
