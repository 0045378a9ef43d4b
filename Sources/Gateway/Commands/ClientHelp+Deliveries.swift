extension Help {
    /// What `--help` prints for the commands of delivery.
    static func deliveries(_ verb: ClientCommand.Verb) -> String {
        switch verb {
        case .enable:
            """
            usage: gateway enable NAME [--json] [--url URL]

            Sends to a disabled webhook again, what waits for it first. Of one that is failing, what waits is tried now.

            """
        case .sendTest:
            """
            usage: gateway send-test NAME [--wait 30s] [--json] [--url URL]

            Sends a trial to a webhook, the way of every alert, and waits for its first attempt. Exit status 0 when it
            was accepted, 1 when it was not.

              --wait DURATION      for how long at most (30s)
            """
        case .deliveries:
            """
            usage: gateway deliveries [--dead] [--webhook NAME] [--state STATE] [--limit N] [--json] [--url URL]

            Lists deliveries, newest first.

              --dead               those that were given up
              --webhook NAME       those to one webhook
              --state STATE        pending, delivered, dead, superseded or held
              --incident ID        those of one incident
              --since TIME         those made since 2026-11-23T12:00:00Z, or in the last 90m, 24h, 7d
              --limit N            at most so many, 1 to 1000 (50)
            """
        case .replay:
            """
            usage: gateway replay ID… [--json] [--url URL]
                   gateway replay --webhook NAME [--state STATE] [--from ID] [--to ID] [--json] [--url URL]

            Sends deliveries again, under their old webhook-id. One that its receiver was told something later of is
            refused: it would say what is no longer so.

              --webhook NAME       all of a webhook that are in STATE
              --state STATE        dead or delivered (dead)
              --dead               the same as --state dead
              --from ID, --to ID   only those from one number to another
            """
        default:
            """
            usage: gateway webhooks [--json] [--url URL]

            Lists the webhooks: how their receivers do, what has not arrived, and when each last accepted anything.

            """
        }
    }
}
