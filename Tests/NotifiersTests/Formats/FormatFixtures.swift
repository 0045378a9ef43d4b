import Foundation
import HTTP
import Rules
import Testing

@testable import Notifiers
@testable import Store

/// Everything a webhook can be told, about one incident.
enum Samples {
    static let opened = Timestamp(milliseconds: 1_795_435_200_000)  // 2026-11-23T12:00:00Z
    static let closed = opened.advanced(by: .seconds(4980))
    static let rendering = Rendering(gateway: "https://alerts.example/")

    static func incident(
        rule: String = "cpu-high", machine: String = "10.0.0.7",
        message: String = "cpu mean 91.33 over the last 3 samples is above 85",
        labels: [String: String] = ["env": "production", "team": "core"], severity: Severity = .critical,
        runbook: String? = nil
    ) throws -> Incident {
        Incident(
            id: 42, rule: rule, severity: severity, machine: machine, source: "fleet", metric: "cpu",
            aggregate: .mean, window: .samples(3), threshold: try #require(Threshold(.above, 85)),
            value: 91.333333, peak: 97, lastValue: 91.333333, message: message, labels: labels,
            openedAt: opened, rulesVersion: 7, runbook: runbook)
    }

    static func messages(about incident: Incident, by person: String = "anna") -> [(name: String, Message)] {
        let evidence = [88, 89, 97].enumerated().map { index, value in
            Sample(at: opened.advanced(by: .seconds(index - 2)), value: value)
        }
        func event(_ kind: Event.Kind, _ at: Timestamp, _ incident: Incident) -> Event {
            Event(kind: kind, at: at, incident: incident, evidence: evidence)
        }
        var acknowledged = incident
        acknowledged.acknowledgedAt = opened.advanced(by: .seconds(60))
        acknowledged.acknowledgedBy = person
        var resolved = acknowledged
        resolved.resolvedAt = closed
        resolved.resolution = .recovered
        resolved.lastValue = 71.5
        let opening = event(.opened, opened, incident)
        let end = event(.resolved, closed, resolved)
        return [
            ("opened", .event(opening)),
            ("reminder", .event(event(.reminder, opened.advanced(by: .seconds(14_400)), incident))),
            ("acknowledged", .event(event(.acknowledged, opened.advanced(by: .seconds(60)), acknowledged))),
            ("resolved", .event(end)), ("late", .late(opened: opening, resolved: end)),
            ("digest", .digest(digest(incident, isLast: false))),
            ("last digest", .digest(digest(incident, isLast: true))),
            ("test", .test(Trial(webhook: "ops", at: opened, by: person))),
            ("drill", .drill(Trial(webhook: "ops", at: opened))),
        ]
    }

    private static func digest(_ incident: Incident, isLast: Bool) -> Digest {
        var digest = Digest(
            since: opened, until: closed, opened: 412, resolved: 7,
            rules: [.init("disk-full", 300), .init(incident.rule, 112)],
            machines: [.init(incident.machine, 3), .init("10.0.0.8", 1)], severity: incident.severity,
            isLast: isLast)
        digest.severities = [.init("critical", 112), .init("warning", 300)]
        (digest.acknowledged, digest.reminded, digest.open) = (1, 2, 405)
        digest.ended = ["\(incident.rule) on \(incident.machine)"]
        return digest
    }

    static let routingKey = "e93facc04764012d7bfb002500d5d1a6"

    /// One of each format.
    static func formats() throws -> [Webhook.Format] {
        [
            .standard, .alertmanager, .slack, .discord, .teams,
            .pagerduty(PagerDuty(routingKey: Secret(routingKey))),
            .telegram(try #require(Telegram(chat: "-1001234567890"))),
            .ntfy(try #require(Ntfy(topic: "alerts-x7Jq"))),
            .template(try Template(template)),
            .email(
                Email(
                    from: try #require(MailAddress("alerts@example.com")),
                    to: [
                        try #require(MailAddress("ops@example.com")),
                        try #require(MailAddress("b@example.com")),
                    ])),
        ]
    }

    static let template = """
        {
          "text": "{{event.icon}} {{event.state}}: {{ incident.rule | upper | default:"the gateway" }}",
          "host": {{incident.machine}}, "value": {{incident.value|round:1}}, "limit": {{incident.threshold}},
          "labels": {{incident.labels}}, "team": "{{incident.labels.team|default:"nobody"}}",
          "title": "{{event.title|truncate:80}}", "more": {{digest.summary}}
        }
        """

    static func webhook(_ format: Webhook.Format, url: String = "https://hooks.example/a/b") -> Webhook {
        Webhook(name: "ops", url: Secret(url), format: format)
    }

    static func delivery(of body: [UInt8]) -> Delivery {
        Delivery(
            id: 7, messageID: "msg_test_7", webhook: "ops", sequence: 7, incident: 42, event: 1, body: body,
            state: .pending, attempts: 0, createdAt: opened, firstAttemptAt: nil, dueAt: opened, endedAt: nil)
    }

    /// What is sent of a message.
    static func sent(_ message: Message, _ format: Webhook.Format) -> String {
        let body = format.service.body(for: message, in: rendering)
        return String(decoding: webhook(format).body(of: delivery(of: body)), as: UTF8.self)
    }
}

/// Files of expected bodies; `RECORD_GOLDEN=1 swift test` writes them anew.
enum Golden {
    static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Golden/formats")

    static func check(_ text: String, is name: String) throws {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text == expected, "\(name) differs; if that is meant, record it: RECORD_GOLDEN=1 swift test")
    }
}
