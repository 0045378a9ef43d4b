/// `gateway run`: the service.
struct RunOptions: Equatable {
    var rules = "rules.yaml"
    var demo = false
    var logLevel = Log.Level.info
    var logFormat = Log.Format.logfmt
}

extension RunOptions {
    static let command = Command(
        name: "run", outline: "[--rules FILE] [--demo]", summary: "the service",
        about: """
            Polls the sources, judges each poll, records incidents, tells the webhooks, and serves the history.
            The rules file is read again when it is saved and on SIGHUP; a bad edit is logged and the old rules go on.
            SIGTERM and SIGINT end it within 10 s, with everything committed.
            """,
        options: [
            Command.Option("--rules", "FILE", .file, "the rules file (rules.yaml)"),
            .flag(
                "--demo",
                """
                also start 30 machines on 127.0.0.1:9200 and a receiver that prints on 127.0.0.1:9201,
                poll each second, and keep the history in gateway-demo.db
                """),
            Command.Option(
                "--log-level", "LEVEL", .choice(Log.Level.allCases.map(\.rawValue)),
                "debug, info, warning or error (info)"),
            Command.Option(
                "--log-format", "FORMAT", .choice(Log.Format.allCases.map(\.rawValue)),
                "logfmt or json (logfmt)"),
        ]
    ) { arguments, environment in
        await Service.run(RunOptions(arguments), environment: environment)
    }

    init(_ arguments: Arguments) {
        rules = arguments.value("--rules") ?? rules
        demo = arguments.flags.contains("--demo")
        logLevel = arguments.choice("--log-level") ?? logLevel
        logFormat = arguments.choice("--log-format") ?? logFormat
    }
}
