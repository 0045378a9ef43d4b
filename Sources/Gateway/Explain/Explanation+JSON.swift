import Rules
import Store

extension JSONWriter {
    mutating func explanation(_ explanation: Explanation) {
        let (rule, standing) = (explanation.rule, explanation.standing)
        object { json in
            json.member("at", explanation.at)
            json.member("machine", explanation.machine)
            json.member("source", explanation.source)
            json.member("rule", rule.name)
            json.member("rules_version", explanation.version.number)
            json.key("line")
            if let line = explanation.line { json.number(line) } else { json.null() }
            json.conditions(of: rule)
            json.member("decision", explanation.decision.rawValue)
            json.member("reason", explanation.reason)
            json.member("sampled_at", explanation.judgedAt)
            json.key("value")
            if let value = standing?.value { json.number(value) } else { json.null() }
            json.key("samples")
            json.samples(standing?.samples ?? [])
            json.member("since", standing?.since)
            json.key("incident")
            if let telling = explanation.telling { json.listed(telling.incident) } else { json.null() }
            json.push(explanation)
        }
    }

    private mutating func conditions(of rule: Rule) {
        member("metric", rule.metric)
        member("aggregate", rule.aggregate.rawValue)
        window(rule.window)
        threshold(rule.threshold)
        key("clear")
        if rule.threshold.side == .outside {
            array { json in
                json.number(rule.threshold.lowerClear)
                json.number(rule.threshold.clear)
            }
        } else {
            number(rule.threshold.clear)
        }
        member("for", rule.holdFor > .zero ? rule.holdFor.compact : nil)
        member("keep_open", rule.keepOpen > .zero ? rule.keepOpen.compact : nil)
    }

    /// Who is to be told of the incident, what holds that back, and how far it has come.
    private mutating func push(_ explanation: Explanation) {
        key("recipients")
        array { json in for name in explanation.telling?.recipients ?? [] { json.string(name) } }
        key("push")
        array { json in for text in explanation.pushes { json.string(text) } }
        key("events")
        array { json in
            for event in explanation.telling?.record.events ?? [] {
                json.object { json in
                    json.member("id", event.id)
                    json.member("type", event.kind)
                    json.member("at", event.at)
                    json.member("note", event.note)
                }
            }
        }
        key("deliveries")
        array { json in for report in explanation.telling?.record.deliveries ?? [] { json.report(report) } }
    }
}

extension Explanation {
    /// What had become of the pushes of the incident by then, a sentence each.
    var pushes: [String] {
        guard let telling else { return [] }
        var lines: [String] = []
        let holds = telling.held.holds.map(\.description).joined(separator: ", ")
        switch telling.held {
        case .nothing: break
        case .change: lines.append("held back by \(holds)")
        case .reminders: lines.append("reminders are held back by \(holds)")
        case .before: lines.append("was held back by \(holds)")
        }
        if telling.recipients.isEmpty { lines.append("no webhook is for it") }
        return lines + telling.record.deliveries.map { $0.account(telling.trouble[$0.delivery.id]) }
    }
}

extension IncidentRecord.Report {
    /// `incident.opened to ops: accepted at 2026-11-23T12:00:01.000Z`; `trouble` is that of its receiver.
    fileprivate func account(_ trouble: String?) -> String {
        let error = attempts.last?.failure ?? "no answer"
        let state =
            switch delivery.state {
            case .delivered: "accepted at \(delivery.endedAt?.description ?? "a time not known")"
            case .pending where attempts.isEmpty: "not tried yet" + (trouble.map { "; \($0)" } ?? "")
            case .pending:
                "failing (\(error)); \(trouble ?? "the next attempt is due at \(delivery.dueAt)")"
            case .dead: "given up after \(delivery.attempts) attempts (\(error))"
            case .held: "waits for the next digest"
            case .superseded:
                "not sent, since a later delivery says it"
                    + (delivery.supersededBy.map { ": \($0)" } ?? "")
            }
        let fallback = delivery.fallbackBy.map { "; the fallback was told by delivery \($0)" } ?? ""
        return "\(delivery.kind) to \(delivery.webhook): \(state)\(fallback)"
    }
}
