import Rules
import Store

/// The body of Standard Webhooks 1.0: `type`, `timestamp`, `data`.
struct Standard: MessageFormat {
    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("type", message.type)
            json.member("timestamp", message.at)
            json.key("data")
            json.object { json in
                Self.data(of: message, &json)
                if let other = rendering.insteadOf { Self.write(other, &json) }
                if !rendering.actions.isEmpty { Self.write(rendering.actions, &json) }
            }
        }
        return json.bytes
    }

    private static func data(of message: Message, _ json: inout JSONWriter) {
        switch message {
        case .event(let event): incident(event, &json)
        case .late(let opened, let resolved):
            incident(
                Event(
                    kind: .resolved, at: resolved.at, incident: resolved.incident, evidence: opened.evidence,
                    note: resolved.note),
                &json)
        case .digest(let digest): write(digest, &json)
        case .test(let trial), .drill(let trial):
            json.member("webhook", trial.webhook)
            json.member("by", trial.by)
        }
    }

    private static func incident(_ event: Event, _ json: inout JSONWriter) {
        json.key("incident")
        json.incident(event.incident)
        json.key("evidence")
        json.samples(event.evidence)
        if let note = event.note { json.member("note", note) }
    }

    private static func write(_ actions: [ActionLinks.Link], _ json: inout JSONWriter) {
        json.key("links")
        json.object { json in
            for link in actions {
                json.key(link.action.rawValue)
                json.string(link.url)
            }
        }
    }

    private static func write(_ other: Rendering.InsteadOf, _ json: inout JSONWriter) {
        json.key("instead_of")
        json.object { json in
            json.member("webhook", other.webhook)
            json.member("failing_since", other.failingSince)
        }
    }

    private static func write(_ digest: Digest, _ json: inout JSONWriter) {
        json.member("summary", digest.summary)
        json.member("since", digest.since)
        json.member("until", digest.until)
        json.member("opened", digest.opened)
        json.member("resolved", digest.resolved)
        json.member("acknowledged", digest.acknowledged)
        json.member("reminded", digest.reminded)
        json.member("open", digest.open)
        json.member("severity", digest.severity.rawValue)
        json.member("last", digest.isLast)
        json.key("rules")
        counts(digest.rules, &json)
        json.key("machines")
        counts(digest.machines, &json)
        json.key("severities")
        counts(digest.severities, &json)
        json.key("ended")
        json.array { json in for name in digest.ended { json.string(name) } }
    }

    private static func counts(_ counts: [Digest.Count], _ json: inout JSONWriter) {
        json.object { json in
            for count in counts {
                json.key(count.name)
                json.number(count.count)
            }
        }
    }
}
