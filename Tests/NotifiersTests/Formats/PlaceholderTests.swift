import Rules
import Testing

@testable import Notifiers

/// What the placeholders of a template stand for.
@Suite struct PlaceholderTests {
    private func incident(
        _ aggregate: Aggregate, over window: WindowSpan, above limit: Double
    ) throws -> Incident {
        Incident(
            id: 42, rule: "cpu-high", severity: .critical, machine: "10.0.0.7", source: "fleet",
            metric: "cpu",
            aggregate: aggregate, window: window, threshold: try #require(Threshold(.above, limit)),
            value: 91.333333, peak: 97, lastValue: 91.333333, message: "cpu is high",
            labels: ["env": "production"], openedAt: Samples.opened, rulesVersion: 7,
            runbook: "https://wiki.example/cpu")
    }

    /// What `{{name}}` becomes.
    private func value(
        _ name: String, of message: Message, in rendering: Rendering = Rendering()
    ) throws -> JSONValue? {
        let template = try Template(#"{"x": {{\#(name)}}}"#)
        return try JSONValue(template.body(for: message, in: rendering))["x"]
    }

    private func message(_ name: String, _ incident: Incident) throws -> Message {
        try #require(Samples.messages(about: incident).first { $0.name == name }?.1)
    }

    @Test(arguments: ["opened", "resolved"])
    func eachFieldOfAnIncidentStandsUnderItsName(message name: String) throws {
        let message = try message(name, try incident(.mean, over: .duration(.seconds(1800)), above: 85))
        var json = JSONWriter()
        json.incident(try #require(message.incident))
        guard case .object(let fields) = try JSONValue(json.bytes) else { return }
        #expect(fields.count == 24)
        for (field, expected) in fields {
            #expect(try value("incident.\(field)", of: message) == expected, "\(field)")
        }
        let lasted = try value("incident.lasted", of: message)
        #expect(lasted == (name == "resolved" ? .string("1h 23m") : .null))
    }

    @Test func anEventStandsAsTheChatFormatsSayIt() throws {
        let links = ActionLinks(base: "https://alerts.example", key: Secret("a key for tests"))
        let message = try message("opened", try Samples.incident())
        guard case .event(let event) = message else { return }
        let rendering = Rendering(gateway: "https://alerts.example", links: links)
            .inPlace(of: "night", failingSince: Samples.opened)
            .addressed(to: "ops", event, at: Samples.opened)
        func text(_ name: String) throws -> String? {
            try value("event.\(name)", of: message, in: rendering)?.text
        }
        #expect(try text("severity") == "critical")
        #expect(try text("title") == "[CRITICAL] OPEN: cpu-high on 10.0.0.7")
        #expect(try text("text") == "cpu mean 91.33 over the last 3 samples is above 85")
        #expect(try text("link") == "https://alerts.example/?incident=42")
        #expect(try text("instead_of") == "night, failing since 2026-11-23 12:00:00 UTC")
        for (name, link) in zip(["acknowledge", "resolve", "silence"], rendering.actions) {
            #expect(try text("\(name)_link") == link.url)
        }
    }

    @Test func eachNumberOfADigestStandsUnderItsName() throws {
        let digest = try message("last digest", try Samples.incident())
        let body = try JSONValue(Standard().body(for: digest, in: Rendering()))
        for name in ["summary", "since", "until", "opened", "resolved", "open", "last"] {
            let expected = try #require(body["data"]?[name])
            #expect(try value("digest.\(name)", of: digest) == expected, "\(name)")
            #expect(try value("digest.\(name)", of: try message("opened", Samples.incident())) == .null)
        }
    }

    /// Beside what a rule found, how it ended otherwise than by itself, and for how long nothing was heard.
    @Test func factsTellWhatIsNotPlain() throws {
        var incident = try incident(.missing, over: .samples(3), above: 3)
        (incident.resolvedAt, incident.resolution) = (Samples.closed, .ruleRemoved)
        let event = Event(kind: .resolved, at: Samples.closed, incident: incident, evidence: [])
        let facts = Briefing(.event(event), in: Rendering()).facts
        for (name, said) in ["Threshold": "missing for 3 polls", "Ended because": "rule removed"] {
            guard case .text(said)? = facts.first(where: { $0.name == name })?.value else {
                Issue.record("\(name) is not '\(said)'")
                continue
            }
        }
    }

    @Test(arguments: [("@ops_Alerts1", true), ("@ops-alerts", false), ("@ops", false), ("ops_alerts", false)])
    func aChatOfTelegramIsANumberOrAChannel(chat: String, isOne: Bool) {
        #expect((Telegram(chat: chat) != nil) == isOne)
    }
}
