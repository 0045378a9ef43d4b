extension Help {
    /// What `--help` prints for a command that asks a running gateway.
    static func client(_ verb: ClientCommand.Verb) -> String { text(verb) + "\n" + common }

    private static let common = """
          --json               print what the API answers
          --url URL            the gateway (GATEWAY_URL, or http://127.0.0.1:8080)
          --ca FILE            the authority that vouches for an https gateway, where the system does not know it
                               (GATEWAY_CA)

        The token of its API, where it has one, is taken from GATEWAY_TOKEN.

        """

    private static func text(_ verb: ClientCommand.Verb) -> String {
        switch verb {
        case .incidents:
            """
            usage: gateway incidents [--open] [--since TIME] [--limit N] [--json] [--url URL]

            Lists incidents, newest first.

              --open               those that are not resolved
              --since TIME         those that opened since 2026-11-23T12:00:00Z, or in the last 90m, 24h, 7d
              --limit N            at most so many, 1 to 1000 (50)
            """
        case .show:
            """
            usage: gateway show ID [--json] [--url URL]

            Shows an incident with its notes, events and deliveries.

            """
        case .ack:
            """
            usage: gateway ack ID [--by NAME] [--note TEXT] [--json] [--url URL]

            Says that somebody takes care of an incident.

              --by NAME            who (USER)
              --note TEXT          what to keep with it
            """
        case .resolve:
            """
            usage: gateway resolve ID [--by NAME] [--note TEXT] [--json] [--url URL]

            Ends an incident by hand. The rule opens no new one before its value was back within 'clear' once.

              --by NAME            who (USER)
              --note TEXT          what to keep with it
            """
        case .note:
            """
            usage: gateway note ID TEXT [--by NAME] [--json] [--url URL]

            Keeps a note on an incident.

              --by NAME            who (USER)
            """
        case .silence, .silences, .unsilence: silences(verb)
        case .rules:
            """
            usage: gateway rules versions | show N | diff N [M] | rollback N  [--by NAME] [--json] [--url URL]

            Shows the rules files that were accepted, one of them, or how two differ (M is the last one unless given);
            goes back to one, which is saved as the rules file and becomes a new version.

              --by NAME            who goes back (USER)
            """
        case .explain:
            """
            usage: gateway explain MACHINE RULE [--at TIME] [--source NAME] [--json] [--url URL]

            Tells what a rule said of a machine and why, or why it said nothing: the samples, what they come to, the rule as
            it was then, the incident, and what held its messages back.

              --at TIME            a moment of which samples are stored: 2026-11-23T12:00:00Z, or 90m ago (now)
              --source NAME        the source, where several report a machine of that name
            """
        case .audit:
            """
            usage: gateway audit [--since TIME] [--until TIME] [--limit N] [--json] [--url URL]

            Lists who did what over the API, and who was not let, newest first.

              --since TIME         from 2026-11-23T12:00:00Z on, or in the last 90m, 24h, 7d
              --until TIME         before that time
              --limit N            at most so many, 1 to 1000 (50)
            """
        case .webhooks, .enable, .sendTest, .deliveries, .replay: deliveries(verb)
        }
    }

    private static func silences(_ verb: ClientCommand.Verb) -> String {
        switch verb {
        case .silence:
            """
            usage: gateway silence [--rule GLOB] [--machine GLOB] [--severity SEVERITY] [--for 2h] --reason TEXT

            Has matching incidents recorded and not pushed; what is still open at the end is told then.

              --rule GLOB          rules that match; may be given more than once, as the next two
              --machine GLOB       machines that match
              --severity SEVERITY  info, warning or critical
              --for DURATION       for how long: 30m, 2h, 1d (1h)
              --reason TEXT        why
              --by NAME            who (USER)
            """
        case .silences:
            """
            usage: gateway silences [--all] [--json] [--url URL]

            Lists silences, newest first.

              --all                those that are over too
            """
        default:
            """
            usage: gateway unsilence ID [--json] [--url URL]

            Ends a silence; what it held and is still open is told now.

            """
        }
    }
}
