/// The shapes of what is said of rules.
enum RulesSchemas {
    static let fault = Schema.members([
        "kind": .text, "file": .text, "line": .count.orNull, "column": .count.orNull, "message": .text,
        "help": .text.orNull, "note": .text.orNull, "text": .text,
    ])

    static let verdict = Schema.members(["ok": .bool, "faults": .list(.named("Fault"))])

    private static let rules = Schema.list(
        .members([
            "name": .text, "metric": .text, "aggregate": .text, "threshold": bounds, "condition": .text,
            "severity": .text, "line": .count.orNull,
        ]))

    /// What is said of a text that is not in force; of one that is right its rules too.
    static let checked = verdict.allowing(["rules": rules])

    private static let members = Schema.members([
        "number": .integer(1, .max), "accepted_at": .time, "origin": .text, "ended_incidents": .count,
    ])

    static let version = members.allowing(["lines_added": .count, "lines_removed": .count])

    static let text = members.adding(["text": .text])

    static let inForce = members.adding([
        "file": .text, "refused": .list(.named("Fault")).orNull,
        "rules": rules,
    ])

    static let diff = Schema.members([
        "from": .integer(1, .max), "to": .integer(1, .max),
        "lines": .list(.members(["change": .choice(["=", "-", "+"]), "text": .text])),
    ])

    private static let bounds = Schema.either([.number, .list(.number)])

    static let explanation = Schema.members([
        "at": .time, "machine": .text, "source": .text, "rule": .text, "rules_version": .count,
        "line": .count.orNull, "metric": .text, "aggregate": .text, "window": .either([.count, .text]),
        "threshold": bounds, "condition": .text, "clear": bounds, "for": .text.orNull,
        "keep_open": .text.orNull,
        "decision": .choice(Explanation.Decision.allCases.map(\.rawValue)), "reason": .text,
        "sampled_at": .time.orNull, "value": .number.orNull, "samples": .list(.named("Sample")),
        "since": .time.orNull, "incident": .either([.named("Incident"), .null]), "recipients": .list(.text),
        "push": .list(.text),
        "events": .list(.members(["id": .count, "type": .text, "at": .time, "note": .text.orNull])),
        "deliveries": .list(Schemas.report),
    ])

    /// An incident that a trial of rules has opened; nothing is told of it.
    static let opened = Schemas.openedIncident

    static let backtest = Schema.members([
        "since": .time, "until": .time, "first_sample": Schema.time.orNull, "last_sample": Schema.time.orNull,
        "polls": .count, "warm_up_polls": .count, "samples": .count,
        "webhooks": .list(
            .members([
                "name": .text, "in_force": .count, "edited": .count, "most_a_minute_in_force": .count,
                "most_a_minute_edited": .count,
            ])),
        "in_force": .count, "edited": .count, "appearing": .list(.named("OpenedIncident")),
        "vanishing": .list(.named("OpenedIncident")),
        "changing": .list(
            .members(["in_force": .named("OpenedIncident"), "edited": .named("OpenedIncident")])),
    ])

    static let sweep = Schema.members([
        "since": .time, "until": .time, "polls": .count, "samples": .count,
        "thresholds": .list(.members(["threshold": .number, "incidents": .count, "machines": .count])),
    ])
}
