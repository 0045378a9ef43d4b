import Rules
import Store

/// The body of Alertmanager's webhooks, version 4
/// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
///
/// A message is a group of one alert, grouped by rule: `alertname` is the rule, `instance` the machine.
struct Alertmanager: MessageFormat {
    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let alert = Alert(message, in: rendering)
        let name = alert.labels["alertname"] ?? ""
        var json = JSONWriter()
        json.object { json in
            json.member("version", "4")
            json.member("groupKey", "{}:{alertname=\(name.quotedForMatcher)}")
            json.member("truncatedAlerts", 0)
            json.member("status", alert.status)
            json.member("groupLabels", ["alertname": name])
            json.member("commonLabels", alert.labels)
            json.member("commonAnnotations", alert.annotations)
            json.member("externalURL", rendering.gateway ?? "")
            json.key("alerts")
            json.array { alert.write(to: &$0) }
        }
        return json.bytes
    }

    func addressed(_ body: [UInt8], to address: Address) -> [UInt8] {
        body.adding { $0.member("receiver", address.webhook) }
    }

    private struct Alert {
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: Timestamp
        /// Nil while it fires.
        let endsAt: Timestamp?
        let link: String

        var status: String { endsAt == nil ? "firing" : "resolved" }

        init(_ message: Message, in rendering: Rendering) {
            link = rendering.link(to: message) ?? ""
            switch message {
            case .event(let event):
                var texts = Self.texts(of: event.incident)
                texts.1["instead_of"] = rendering.insteadOf?.text
                texts.1["note"] = event.note
                for link in rendering.actions { texts.1["\(link.action.rawValue)_url"] = link.url }
                (labels, annotations) = texts
            case .late(_, let resolved):
                var texts = Self.texts(of: resolved.incident)
                texts.1["instead_of"] = rendering.insteadOf?.text
                (labels, annotations) = texts
            case .digest, .test, .drill:
                let briefing = Briefing(message, in: rendering)
                labels = ["alertname": message.type, "severity": briefing.severity.rawValue]
                annotations = ["summary": briefing.subject, "description": briefing.text]
            }
            switch message {
            case .event, .late:
                startsAt = message.incident?.openedAt ?? message.at
                endsAt = message.incident?.resolvedAt
            case .digest(let digest): (startsAt, endsAt) = (digest.since, digest.isLast ? digest.until : nil)
            case .test(let trial), .drill(let trial): (startsAt, endsAt) = (trial.at, nil)
            }
        }

        /// What identifies the alert stands in labels, the same when it fires and when it is resolved; what
        /// changes, in annotations.
        private static func texts(of incident: Incident) -> (labels: [String: String], [String: String]) {
            var labels = incident.labels
            labels["alertname"] = incident.rule
            labels["instance"] = incident.machine
            labels["job"] = incident.source
            labels["metric"] = incident.metric
            labels["severity"] = incident.severity.rawValue
            let value = incident.resolvedAt == nil ? incident.value : incident.lastValue
            var annotations = [
                "summary": "\(incident.rule) on \(incident.machine)", "description": incident.summary,
                "value": value.shown, "threshold": incident.threshold.bounds,
                "incident": String(incident.id),
            ]
            annotations["acknowledged_by"] = incident.acknowledgedBy
            annotations["resolution"] = incident.resolution?.rawValue
            annotations["runbook_url"] = incident.runbook
            return (labels, annotations)
        }

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("status", status)
                json.member("labels", labels)
                json.member("annotations", annotations)
                json.member("startsAt", startsAt)
                // What Alertmanager writes for "not yet": the zero of Go's time.
                json.member("endsAt", endsAt?.description ?? "0001-01-01T00:00:00Z")
                json.member("generatorURL", link)
                json.member("fingerprint", Alertmanager.fingerprint(of: labels))
            }
        }
    }

    /// What Prometheus identifies a set of labels by: FNV-1a over the sorted names and values, each followed
    /// by 255 (https://github.com/prometheus/common/blob/main/model/signature.go).
    static func fingerprint(of labels: [String: String]) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for (name, value) in labels.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            for byte in Array(name.utf8) + [255] + Array(value.utf8) + [255] {
                hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension String {
    /// The text as a matcher of Alertmanager quotes it.
    fileprivate var quotedForMatcher: String {
        "\"" + replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
