import Rules

extension ClientCommand {
    /// How a command is used.
    static func command(_ verb: Verb) -> Command {
        switch verb {
        case .status: status
        case .incidents: incidents
        case .show:
            command(
                verb, "ID", "an incident with its notes, events and deliveries",
                about: "Shows an incident with its notes, events and deliveries.", operands: [incident])
        case .ack:
            command(
                verb, "ID", "says that somebody takes care of an incident",
                about: "Says that somebody takes care of an incident.", operands: [incident],
                options: [by, note])
        case .resolve:
            command(
                verb, "ID", "ends an incident by hand",
                about:
                    "Ends an incident by hand. The rule opens no new one before its value was back within 'clear' once.",
                operands: [incident], options: [by, note])
        case .note:
            command(
                verb, "ID TEXT", "keeps a note on an incident", about: "Keeps a note on an incident.",
                operands: [incident, Command.Operand("TEXT")], options: [by])
        case .silence: silence
        case .silences:
            command(
                verb, "", "which silences there are", about: "Lists silences, newest first.",
                options: [.flag("--all", "those that are over too")])
        case .unsilence:
            command(
                verb, "ID", "ends a silence",
                about: "Ends a silence; what it held and is still open is told now.",
                operands: [Command.Operand("ID", .id(listedBy: "silences"))])
        case .rules: rules
        case .explain: explain
        case .audit: audit
        case .webhooks, .enable, .sendTest, .deliveries, .replay: deliveryCommand(verb)
        }
    }

    private static let incident = Command.Operand("ID", .id(listedBy: "incidents"))
    private static let note = Command.Option("--note", "TEXT", "what to keep with it")
    private static let severities = Command.Kind.choice(Severity.allCases.map(\.rawValue))

    private static let status = command(
        .status, "[--ready]", "whether the gateway is well, and what is wrong with it",
        about: """
            Tells whether the gateway is well, what is wrong with it, and how its sources, webhooks, deliveries and
            incidents stand. Exit status 0 when it is well, 1 when it is not or gives no answer. Open incidents are what it
            is for, and nothing wrong with it.
            """,
        options: [
            .flag(
                "--ready", "only whether it can do its work, for which no token is asked: for health checks")
        ])

    private static let incidents = command(
        .incidents, "[--open]", "what happened, newest first; --watch: what happens",
        about: """
            Lists incidents, newest first. With --watch it prints what happens from now on, a line for each event, and goes
            on where it was when the connection is lost; --json prints each event as the API tells it.
            """,
        options: [
            .flag("--open", "those that are not resolved"),
            Command.Option("--rule", "NAME", "those of one rule"),
            Command.Option("--machine", "GLOB", "those of the machines that match: '10.0.*'"),
            Command.Option(
                "--severity", "SEVERITY", severities,
                "info, warning or critical; may be given more than once",
                isRepeatable: true),
            Command.Option(
                "--since", "TIME", "those that opened since 2026-11-23T12:00:00Z, or in the last 90m, 24h, 7d"
            ),
            Command.Option("--limit", "N", .number(1...1000), "at most so many, 1 to 1000 (50)"),
            .flag("--watch", "what happens from now on, until ^C"),
        ]
    ) { (arguments) throws(UsageError) in
        let past =
            ["--since", "--limit"].filter { arguments.values[$0] != nil }
            + ["--open"].filter(arguments.flags.contains)
        if let first = past.first, arguments.flags.contains("--watch") {
            throw UsageError(
                "incidents: --watch tells what happens from now on, and goes with --rule, --machine and --severity, "
                    + "not with \(first)")
        }
    }

    private static let silence = command(
        .silence, "--reason TEXT", "has incidents recorded and not pushed for a while",
        about:
            "Has matching incidents recorded and not pushed; what is still open at the end is told then.",
        options: [
            Command.Option(
                "--rule", "GLOB", .text, "rules that match; may be given more than once, as the next two",
                isRepeatable: true),
            Command.Option("--machine", "GLOB", .text, "machines that match", isRepeatable: true),
            Command.Option(
                "--severity", "SEVERITY", severities, "info, warning or critical", isRepeatable: true),
            Command.Option("--for", "DURATION", .duration("2h"), "for how long: 30m, 2h, 1d (1h)"),
            Command.Option("--reason", "TEXT", "why", need: "say why, for those who wonder"),
            by,
        ])

    private static let rules = command(
        .rules, "versions", "which rules files were accepted; show N, diff N [M], rollback N",
        usage: [
            "rules versions | show N | diff N [M] | rollback N [--by NAME] [--json] [--color WHEN] [--url URL]"
                + " [--ca FILE]"
        ],
        about: """
            Shows the rules files that were accepted, one of them, or how two differ (M is the last one unless given);
            goes back to one, which is saved as the rules file and becomes a new version.
            """,
        operands: [
            Command.Operand("ACTION", .choice(["versions", "show", "diff", "rollback"])),
            Command.Operand("N", .id(listedBy: "rules versions"), .any),
        ],
        options: [Command.Option("--by", "NAME", "who goes back (USER)")]
    ) { (arguments) throws(UsageError) in
        let counts = ["versions": 0...0, "show": 1...1, "diff": 1...2, "rollback": 1...1]
        let names = "versions, show N, diff N [M], rollback N"
        guard let name = arguments.operands.first, let count = counts[name] else {
            let guess =
                arguments.operands.first?.nearest(among: Array(counts.keys)).map { "did you mean '\($0)'? " }
                ?? ""
            throw UsageError("rules: \(guess)there are \(names)")
        }
        let numbers = arguments.operands.dropFirst()
        guard count.contains(numbers.count), numbers.allSatisfy({ Int($0).map { $0 > 0 } == true }) else {
            throw UsageError("rules \(name): takes the numbers of versions: \(names)")
        }
    }

    private static let explain = command(
        .explain, "MACHINE RULE", "what a rule said of a machine at a moment, and why",
        about: """
            Tells what a rule said of a machine and why, or why it said nothing: the samples, what they come to, the rule as
            it was then, the incident, and what held its messages back.
            """,
        operands: [Command.Operand("MACHINE"), Command.Operand("RULE")],
        options: [
            Command.Option(
                "--at", "TIME",
                "a moment of which samples are stored: 2026-11-23T12:00:00Z, or 90m for so "
                    + "long ago (now)"
            ),
            Command.Option(
                "--source", "NAME", "the source, where several report a machine of that name"),
        ])

    private static let audit = command(
        .audit, "", "who did what, newest first",
        about: "Lists who did what over the API, and who was not let, newest first.",
        options: [
            Command.Option(
                "--since", "TIME", "from 2026-11-23T12:00:00Z on, or in the last 90m, 24h, 7d"),
            Command.Option("--until", "TIME", "before that time"),
            Command.Option("--limit", "N", .number(1...1000), "at most so many, 1 to 1000 (50)"),
        ])
}
