/// The shapes of what the routes give, by the names under which they are described.
enum Schemas {
    static let all: KeyValuePairs<String, Schema> = [
        "Problem": .members(["type": .text, "title": .text, "status": .integer(400, 599), "detail": .text])
            .allowing(["parameter": .text, "member": .text]),
        "Sample": sample, "Incident": incident, "IncidentRecord": record,
        "Delivery": delivery.allowing(["body": .text]),
        "DeliveryReport": report.adding(["body": .text]), "Silence": silence, "Source": source,
        "Webhook": webhook, "BlindInterval": blind, "Stats": stats, "Machine": machine,
        "MachineRecord": machineRecord, "Bucket": bucket, "Readiness": readiness, "Status": status,
        "Explanation": RulesSchemas.explanation, "Backtest": RulesSchemas.backtest,
        "Sweep": RulesSchemas.sweep, "Fault": RulesSchemas.fault,
        "RulesVerdict": RulesSchemas.verdict, "RulesChecked": RulesSchemas.checked,
        "RulesVersion": RulesSchemas.version, "RulesText": RulesSchemas.text,
        "RulesInForce": RulesSchemas.inForce, "RulesDiff": RulesSchemas.diff,
        "OpenedIncident": RulesSchemas.opened,
        "Session": .members(["name": .text.orNull, "role": .choice(["read", "write"]), "open": .bool]),
        "AuditEntry": audit,
    ]

    private static let readiness = Schema.members([
        "status": .choice(["ready", "not ready"]), "store": .text, "rules": .text, "poll": .text,
    ]).allowing(["rules_file": .text])

    private static let bySeverity = Schema.members(["critical": .count, "warning": .count, "info": .count])

    private static let status = Schema.members([
        "status": .choice(["well", "not well"]), "problems": .list(.text), "version": .text,
        "rules_version": .count,
        "sources": .members(["healthy": .count, "failing": .count, "unknown": .count]),
        "webhooks": .members(["healthy": .count, "failing": .count, "disabled": .count]),
        "deliveries": .members(["pending": .count, "held": .count, "dead": .count]),
        "open": bySeverity, "acknowledged": bySeverity, "blind": .list(.named("BlindInterval")),
    ])

    private static let audit = Schema.members([
        "id": .integer(1, .max), "at": .time, "who": .text.orNull, "address": .text, "method": .text,
        "route": .text, "subject": .text.orNull, "summary": .text.orNull, "status": .count, "omitted": .count,
    ])

    private static let severity = Schema.choice(["info", "warning", "critical"])
    private static let sample = Schema.members(["at": .time, "value": .number])

    /// What every incident says of itself.
    static let openedIncident = Schema.members([
        "id": .integer(1, .max), "status": .choice(["open", "acknowledged", "resolved"]), "rule": .text,
        "severity": severity, "machine": .text, "source": .text, "metric": .text, "aggregate": .text,
        "window": .either([.count, .text]), "threshold": .either([.number, .list(.number)]),
        "condition": .text, "value": .number, "peak": .number,
        "last_value": .number, "message": .text, "labels": .map(.text), "opened_at": .time,
        "resolved_at": .time.orNull, "acknowledged_at": .time.orNull, "acknowledged_by": .text.orNull,
        "resolution": .text.orNull, "rules_version": .count, "runbook": .text.orNull,
        "resolved_message": .text.orNull,
    ])

    private static let incident = openedIncident.adding([
        "silenced_by": .text.orNull, "held_by": .list(.text), "untold": .choice(["opening", "end"]).orNull,
    ])

    private static let record = incident.adding([
        "rules_line": .integer(1, .max).orNull,
        "evidence": .list(.named("Sample")),
        "events": .list(
            .members([
                "id": .count, "type": .text, "at": .time, "note": .text.orNull,
                "evidence": .list(.named("Sample")),
            ])),
        "deliveries": .list(report),
        "notes": .list(
            .members(["at": .time, "action": .text, "by": .text.orNull, "note": .text.orNull])),
        "timing": .members([
            "sampled_at": .time.orNull, "decided_at": .time.orNull, "committed_at": .time.orNull,
            "first_attempt_at": .time.orNull, "accepted_at": .time.orNull,
        ]),
    ])

    private static let delivery = Schema.members([
        "id": .integer(1, .max), "webhook_id": .text, "webhook": .text, "sequence": .count, "type": .text,
        "incident": .count.orNull, "event": .count.orNull,
        "state": .choice(["pending", "delivered", "dead", "superseded", "held"]), "tries": .count,
        "created_at": .time, "due_at": .time.orNull, "ended_at": .time.orNull,
        "superseded_by": .count.orNull, "fallback_by": .count.orNull,
    ])

    static let report = delivery.adding([
        "attempts": .list(
            .members([
                "number": .count, "at": .time, "duration_ms": .count, "status": .count.orNull,
                "error": .text.orNull, "answer": .text,
            ]))
    ])

    private static let silence = Schema.members([
        "id": .count.orNull, "status": .choice(["pending", "active", "ended"]), "rule": .list(.text),
        "machine": .list(.text), "severity": .list(severity), "source": .list(.text),
        "labels": .map(.text), "starts_at": .time, "ends_at": .time, "by": .text.orNull,
        "reason": .text.orNull, "created_at": .time.orNull,
    ])

    private static let records = Schema.members(["taken": .count, "refused": .count])

    private static let source = Schema.members([
        "name": .text, "url": .text.orNull, "state": .choice(["unknown", "healthy", "failing"]),
        "since": .time.orNull, "last_success": .time.orNull, "last_failure": .time.orNull,
        "last_error": .text.orNull, "duration_ms": .count.orNull, "polls": .count, "last_poll": records,
        "total": records, "refusals": .list(.text),
    ]).allowing([
        "targets": .members([
            "total": .count, "failing": .count,
            "failures": .list(.members(["target": .text, "since": .time.orNull, "error": .text.orNull])),
            "file_error": .text.orNull,
        ])
    ])

    private static let webhook = Schema.members([
        "name": .text, "state": .choice(["healthy", "failing", "disabled"]), "failing_since": .time.orNull,
        "disabled_at": .time.orNull, "disabled_why": .text.orNull, "last_proven": .time.orNull,
        "drill": .text.orNull, "last_drill_at": .time.orNull, "last_failure_at": .time.orNull,
        "last_error": .text.orNull, "storm_since": .time.orNull, "fallback": .text.orNull,
        "fallback_since": .time.orNull, "pending": .count, "held": .count, "dead": .count,
    ])

    private static let blind = Schema.members([
        "kind": .choice(["down", "source", "clock"]), "subject": .text, "started_at": .time,
        "ended_at": .time.orNull,
    ])

    private static let durations = Schema.members([
        "count": .count, "mean_s": .number.orNull, "p50_s": .number.orNull, "p95_s": .number.orNull,
    ])

    private static let noisiest = Schema.list(.members(["name": .text, "incidents": .count]))

    private static let stats = Schema.members([
        "since": .time, "until": .time, "total": .count, "open": .count, "acknowledged": .count,
        "resolved": .count, "by_severity": .map(.count), "time_to_acknowledge": durations,
        "time_to_resolve": durations, "rules": noisiest, "machines": noisiest,
        "days": .list(
            .members(["date": .text, "opened": .count, "mean_time_to_resolve_s": .number.orNull])),
    ])

    private static let machine = Schema.members([
        "name": .text, "source": .text, "since": .time, "last_seen": .time.orNull, "open_incidents": .count,
        "values": .map(.number),
    ])

    private static let machineRecord = Schema.members([
        "name": .text,
        "reported": .list(.members(["source": .text, "since": .time, "until": .time.orNull])),
        "last": .list(.members(["source": .text, "metric": .text, "at": .time, "value": .number])),
        "open_incidents": .list(.named("Incident")),
    ])

    private static let bucket = Schema.members([
        "at": .time, "min": .number, "mean": .number, "max": .number, "count": .count,
    ])
}
