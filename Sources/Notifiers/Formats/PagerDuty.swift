internal import HTTP
public import Rules
import Store

/// PagerDuty's Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview).
public struct PagerDuty: MessageFormat, Hashable {
    /// The integration key of a service.
    public let routingKey: Secret

    public init(routingKey: Secret) {
        self.routingKey = routingKey
    }

    /// For accounts in the service region of the EU it is `events.eu.pagerduty.com`.
    static let url = "https://events.pagerduty.com/v2/enqueue"
    /// https://developer.pagerduty.com/docs/send-alert-event
    static let summaryLimit = 1024
    static let keyLimit = 255
    private static let longDetail = 2000

    private enum Action: String {
        case trigger, acknowledge, resolve
    }

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        let action = Self.action(for: message)
        var json = JSONWriter()
        json.object { json in
            json.member("event_action", action.rawValue)
            json.member("dedup_key", Self.key(of: message))
            json.member("client", "Alert gateway")
            if let link = briefing.link { json.member("client_url", link) }
            let runbook = briefing.runbook.map { [(title: "Runbook", url: $0)] } ?? []
            let all = runbook + briefing.actions.map { (title: $0.title, url: $0.url) }
            if !all.isEmpty { links(all, &json) }
            json.key("payload")
            json.object { payload(of: message, briefing, &$0) }
        }
        return json.bytes
    }

    private func links(_ links: [(title: String, url: String)], _ json: inout JSONWriter) {
        json.key("links")
        json.array { json in
            for link in links {
                json.object { json in
                    json.member("href", link.url)
                    json.member("text", link.title)
                }
            }
        }
    }

    private func payload(of message: Message, _ briefing: Briefing, _ json: inout JSONWriter) {
        let incident = message.incident
        json.member("summary", "\(briefing.title): \(briefing.text)".clipped(to: Self.summaryLimit))
        json.member("source", incident.flatMap { Self.name($0.machine) } ?? "alert-gateway")
        json.member("severity", briefing.severity.rawValue)
        json.member("timestamp", message.at)
        if let incident {
            json.member("component", incident.metric.legible(to: Self.keyLimit))
            json.member("group", incident.source.legible(to: Self.keyLimit))
            json.member("class", incident.rule.legible(to: Self.keyLimit))
        }
        json.key("custom_details")
        json.object { json in
            json.member("State", briefing.state.rawValue)
            for fact in briefing.facts {
                json.key(fact.name)
                json.string(fact.text.clipped(to: Self.longDetail))
            }
        }
    }

    private static func name(_ text: String) -> String? {
        text.isEmpty ? nil : text.legible(to: keyLimit)
    }

    private static func action(for message: Message) -> Action {
        switch message {
        case .event(let event):
            switch event.kind {
            case .opened, .reminder: .trigger
            case .acknowledged: .acknowledge
            case .resolved: .resolve
            }
        // Over already, so nobody is woken; it ends the alert where a lost answer hid that one had opened.
        case .late: .resolve
        case .digest(let digest): digest.isLast ? .resolve : .trigger
        case .test, .drill: .trigger
        }
    }

    /// What names the alert in PagerDuty: the same for all that is told of one incident, and never that of
    /// an earlier incident, whose late end would then end this one.
    static func key(of message: Message) -> String {
        let parts: [String]
        switch message {
        case .event, .late:
            guard let incident = message.incident else { return message.type }
            parts = [incident.rule, incident.machine, String(incident.openedAt.milliseconds)]
        case .digest(let digest): parts = ["digest", String(digest.since.milliseconds)]
        case .test(let trial): parts = ["test", trial.webhook]
        case .drill(let trial): parts = ["drill", trial.webhook]
        }
        let key = parts.joined(separator: "/")
        let isPlain = key.utf8.count <= keyLimit && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain ? key : Crypto.sha256(Array(key.utf8))
    }

    func addressed(_ body: [UInt8], to address: Address) -> [UInt8] {
        body.adding { $0.member("routing_key", routingKey.revealed) }
    }

    /// `{"status":"invalid event","message":"Event object is invalid","errors":["…"]}`.
    func reason(in answer: HTTPAnswer) -> String? {
        guard let json = answer.json, let message = json["message"]?.text else { return answer.reason }
        let errors = json["errors"]?.elements.compactMap(\.text) ?? []
        return HTTPAnswer.short(([message] + errors).joined(separator: "; "))
    }
}
