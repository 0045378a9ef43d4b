import Rules
import Store

extension JSONWriter {
    /// An incident with everything that followed from it; `line` is that of its rule in the rules file that it was
    /// opened by.
    mutating func record(_ record: IncidentRecord, line: Int?) {
        incident(record.incident) { json in
            json.holds(on: record.incident)
            json.key("rules_line")
            json.optional(line)
            json.key("evidence")
            json.raw(record.events.first?.evidence ?? "[]")
            json.key("events")
            json.array { json in for event in record.events { json.entry(event) } }
            json.key("deliveries")
            json.array { json in for report in record.deliveries { json.report(report) } }
            json.key("notes")
            json.array { json in for remark in record.remarks { json.remark(remark) } }
            json.key("timing")
            json.timing(of: record)
        }
    }

    /// An incident as the API shows it where it does not tell all.
    mutating func listed(_ incident: Incident) {
        self.incident(incident) { $0.holds(on: incident) }
    }

    /// What holds it back, or did so last, and whether webhooks have been told of it.
    private mutating func holds(on incident: Incident) {
        member("silenced_by", incident.silencedBy)
        key("held_by")
        array { json in for hold in incident.heldBy { json.string(hold.description) } }
        member("untold", incident.isEndUntold ? "end" : incident.isUntold ? "opening" : nil)
    }

    private mutating func remark(_ remark: Remark) {
        object { json in
            json.member("at", remark.at)
            json.member("action", remark.action.rawValue)
            json.member("by", remark.by)
            json.member("note", remark.note)
        }
    }

    private mutating func entry(_ event: IncidentRecord.Entry) {
        object { json in
            json.member("id", event.id)
            json.member("type", event.kind)
            json.member("at", event.at)
            json.member("note", event.note)
            json.key("evidence")
            json.raw(event.evidence)
        }
    }

    /// The way of the first event: when the sample was taken, judged, on disk, first sent, and accepted.
    private mutating func timing(of record: IncidentRecord) {
        let opening = record.events.first
        let attempts = record.deliveries.filter { $0.delivery.event == opening?.id }.flatMap(\.attempts)
        let accepted = attempts.filter { (200..<300).contains($0.status ?? 0) }
            .map { $0.at.advanced(by: $0.duration) }
        object { json in
            json.member("sampled_at", opening?.at)
            json.member("decided_at", opening?.decidedAt)
            json.member("committed_at", opening?.committedAt)
            json.member("first_attempt_at", attempts.map(\.at).min())
            json.member("accepted_at", accepted.min())
        }
    }
}
