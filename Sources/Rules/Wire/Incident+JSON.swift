extension JSONWriter {
    /// An incident, in the API and in a webhook alike.
    public mutating func incident(_ incident: Incident, additional: (inout JSONWriter) -> Void = { _ in }) {
        object { json in
            json.member("id", incident.id)
            json.member("status", incident.status.rawValue)
            json.member("rule", incident.rule)
            json.member("severity", incident.severity.rawValue)
            json.member("machine", incident.machine)
            json.member("source", incident.source)
            json.member("metric", incident.metric)
            json.member("aggregate", incident.aggregate.rawValue)
            json.window(incident.window)
            json.threshold(incident.threshold)
            json.member("value", incident.value)
            json.member("peak", incident.peak)
            json.member("last_value", incident.lastValue)
            json.member("message", incident.message)
            json.member("labels", incident.labels)
            json.member("opened_at", incident.openedAt)
            json.member("resolved_at", incident.resolvedAt)
            json.member("acknowledged_at", incident.acknowledgedAt)
            json.member("acknowledged_by", incident.acknowledgedBy)
            json.member("resolution", incident.resolution?.rawValue)
            json.member("resolved_message", incident.closing)
            json.member("rules_version", incident.rulesVersion)
            json.member("runbook", incident.runbook)
            additional(&json)
        }
    }

    /// A count of samples as a number, a duration as text.
    public mutating func window(_ window: WindowSpan) {
        switch window {
        case .samples(let count): member("window", count)
        case .duration(let length): member("window", length.compact)
        }
    }

    /// The bound as a number, two bounds as a list; and on which side of it a breach lies.
    public mutating func threshold(_ threshold: Threshold) {
        key("threshold")
        if threshold.side == .outside {
            array { json in
                json.number(threshold.lower)
                json.number(threshold.limit)
            }
        } else {
            number(threshold.limit)
        }
        member("condition", threshold.side.rawValue)
    }

    /// The samples that decided something, exact and oldest first.
    public mutating func samples(_ samples: [Sample]) {
        array { json in
            for sample in samples {
                json.object { json in
                    json.member("at", sample.at)
                    json.key("value")
                    json.number(sample.value)
                }
            }
        }
    }
}
