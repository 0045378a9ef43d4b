import Rules
import Store

extension JSONWriter {
    /// A delivery with its attempts and, where it is asked for, its body.
    mutating func report(_ report: IncidentRecord.Report, withBody: Bool = false) {
        let delivery = report.delivery
        object { json in
            json.members(of: delivery)
            if withBody { json.member("body", String(decoding: delivery.body, as: UTF8.self)) }
            json.key("attempts")
            json.array { json in for attempt in report.attempts { json.attempt(attempt) } }
        }
    }

    /// A delivery as lists show it.
    mutating func delivery(_ delivery: Delivery, withBody: Bool) {
        object { json in
            json.members(of: delivery)
            if withBody { json.member("body", String(decoding: delivery.body, as: UTF8.self)) }
        }
    }

    private mutating func members(of delivery: Delivery) {
        member("id", delivery.id)
        member("webhook_id", delivery.messageID)
        member("webhook", delivery.webhook)
        member("sequence", delivery.sequence)
        member("type", delivery.kind)
        member("incident", orNull: delivery.incident)
        member("event", orNull: delivery.event)
        member("state", delivery.state.rawValue)
        member("tries", delivery.attempts)
        member("created_at", delivery.createdAt)
        member("due_at", delivery.state == .pending ? delivery.dueAt : nil)
        member("ended_at", delivery.endedAt)
        member("superseded_by", orNull: delivery.supersededBy)
        member("fallback_by", orNull: delivery.fallbackBy)
    }

    private mutating func attempt(_ attempt: Attempt) {
        object { json in
            json.member("number", attempt.number)
            json.member("at", attempt.at)
            json.member("duration_ms", attempt.duration.wholeMilliseconds)
            json.member("status", orNull: attempt.status.map { Int64($0) })
            json.member("error", attempt.error)
            json.member("answer", String(decoding: attempt.answer, as: UTF8.self))
        }
    }

    private mutating func member(_ name: StaticString, orNull number: Int64?) {
        key(name)
        if let number { self.number(number) } else { null() }
    }
}
