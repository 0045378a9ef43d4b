import Store

extension ClientCommand {
    /// How a command of delivery is used.
    static func deliveryCommand(_ verb: Verb) -> Command {
        switch verb {
        case .enable:
            command(
                verb, "NAME", "sends to a disabled webhook again",
                about: """
                    Sends to a disabled webhook again, what waits for it first. Of one that is failing, what waits is tried now.
                    """, operands: [webhook])
        case .sendTest:
            command(
                verb, "NAME", "sends a trial to a webhook and waits for its outcome",
                about: """
                    Sends a trial to a webhook, the way of every alert, and waits for its first attempt. Exit status 0 when it
                    was accepted, 1 when it was not.
                    """, operands: [webhook],
                options: [
                    Command.Option("--wait", "DURATION", .duration("30s"), "for how long at most (30s)")
                ])
        case .deliveries:
            command(
                verb, "[--dead]", "what was sent to whom, newest first",
                about: "Lists deliveries, newest first.",
                options: [
                    .flag("--dead", "those that were given up"),
                    Command.Option("--webhook", "NAME", webhook.kind, "those to one webhook"),
                    Command.Option(
                        "--state", "STATE", .choice(Delivery.State.allCases.map(\.rawValue)),
                        "pending, delivered, dead, superseded or held"),
                    Command.Option(
                        "--incident", "ID", .id(listedBy: "incidents"), "those of one incident"),
                    Command.Option(
                        "--since", "TIME",
                        "those made since 2026-11-23T12:00:00Z, or in the last 90m, 24h, 7d"),
                    Command.Option("--limit", "N", .number(1...1000), "at most so many, 1 to 1000 (50)"),
                ])
        case .replay: replay
        default:
            command(
                verb, "", "how the receivers do, and when each last accepted anything",
                about: """
                    Lists the webhooks: how their receivers do, what has not arrived, and when each last accepted anything.
                    """)
        }
    }

    private static let webhook = Command.Operand("NAME", .name(listedBy: "webhooks"))
    private static let delivery = Command.Kind.id(listedBy: "deliveries")

    private static let replay = command(
        .replay, "ID…", "sends deliveries again",
        usage: [
            "replay ID… [--json] [--color WHEN] [--url URL] [--ca FILE]",
            "replay --webhook NAME [--state STATE | --dead] [--from ID] [--to ID] [--json] [--color WHEN] [--url URL]"
                + " [--ca FILE]",
        ],
        about: """
            Sends deliveries again, under their old webhook-id. One that its receiver was told something later of is
            refused: it would say what is no longer so.
            """,
        operands: [Command.Operand("ID", delivery, .any)],
        options: [
            Command.Option("--webhook", "NAME", webhook.kind, "all of a webhook that are in STATE"),
            Command.Option("--state", "STATE", .choice(["dead", "delivered"]), "dead or delivered (dead)"),
            .flag("--dead", "the same as --state dead"),
            Command.Option("--from", "ID", delivery, "only those from this number on"),
            Command.Option("--to", "ID", delivery, "only those up to this number"),
        ]
    ) { (arguments) throws(UsageError) in
        let hasRange =
            ["--from", "--to", "--state"].contains { arguments.values[$0] != nil }
            || arguments.flags.contains("--dead")
        let isNamed = arguments.values["--webhook"] != nil
        guard arguments.operands.isEmpty ? isNamed : !isNamed && !hasRange else {
            throw UsageError(
                "replay: give either the IDs of deliveries or --webhook NAME, whose dead ones are sent")
        }
    }
}
