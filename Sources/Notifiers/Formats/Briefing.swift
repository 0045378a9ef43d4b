import Rules
import Store

/// A message as people are told of it, before any service's markup; its texts are legible, and short.
struct Briefing {
    enum State: String {
        case open = "OPEN"
        case stillOpen = "STILL OPEN"
        case acknowledged = "ACKNOWLEDGED"
        case resolved = "RESOLVED"
        case late = "LATE"
        case digest = "DIGEST"
        case test = "TEST"
        case drill = "DRILL"
    }

    struct Fact {
        enum Value {
            case text(String)
            /// Services that can show a moment in the reader's own zone do.
            case time(Timestamp)
        }

        let name: String
        let value: Value

        init(_ name: String, _ text: String) {
            self.name = name
            value = .text(text)
        }

        init(_ name: String, _ time: Timestamp) {
            self.name = name
            value = .time(time)
        }

        var text: String {
            switch value {
            case .text(let text): text
            case .time(let time): time.shown
            }
        }
    }

    let state: State
    let severity: Severity
    /// What it is about, without its state: `cpu-high on 10.0.0.7`.
    let subject: String
    let text: String
    /// The webhook that should have told it, where that one fails: `ops, failing since …`.
    let insteadOf: String?
    /// At most 10.
    let facts: [Fact]
    let at: Timestamp
    let link: String?
    /// What the link leads to.
    let linkText: String
    /// The URL of what to do about it.
    let runbook: String?
    /// Links that act, once their reader has confirmed it.
    let actions: [ActionLinks.Link]

    /// `[CRITICAL] OPEN: cpu-high on 10.0.0.7`.
    var title: String { "[\(severity.rawValue.uppercased())] \(state.rawValue): \(subject)" }

    var icon: String {
        switch (state, severity) {
        case (.open, .critical), (.stillOpen, .critical): "🔴"
        case (.open, .warning), (.stillOpen, .warning): "🟠"
        case (.open, .info), (.stillOpen, .info): "🔵"
        case (.acknowledged, _): "👀"
        case (.resolved, _): "✅"
        case (.late, _): "🕓"
        case (.digest, _): "📦"
        case (.test, _), (.drill, _): "🧪"
        }
    }

    init(_ message: Message, in rendering: Rendering) {
        at = message.at
        link = rendering.link(to: message)
        runbook = message.incident?.runbook
        actions = rendering.actions
        insteadOf = rendering.insteadOf?.text
        let mark = insteadOf.map { [Fact("Instead of", $0)] } ?? []
        linkText = message.incident.map { "Incident \($0.id)" } ?? "Alert gateway"
        switch message {
        case .event(let event):
            state = State(event.kind)
            severity = event.incident.severity
            subject = Self.subject(event.incident)
            text = Self.text(event.incident.summary, event.note)
            facts = mark + Self.facts(event.incident)
        case .late(_, let resolved):
            state = .late
            severity = resolved.incident.severity
            subject = Self.subject(resolved.incident)
            let parts = [resolved.incident.message, resolved.incident.closing ?? ""]
            let message = Self.text(parts.joined(separator: "; "), resolved.note)
            text = "Opened and over before this could be delivered: " + message
            facts = mark + Self.facts(resolved.incident)
        case .digest(let digest):
            state = .digest
            severity = digest.severity
            subject = digest.summary.legible(to: Self.longName)
            text = Self.text(digest)
            facts = Self.facts(digest)
        case .test(let trial), .drill(let trial):
            let isTest = message.type == "webhook.test"
            state = isTest ? .test : .drill
            severity = .info
            subject = "webhook \(trial.webhook)".legible(to: Self.longName)
            let by = trial.by.map { " by \($0.legible(to: Self.longName))" } ?? ""
            text = isTest ? "Asked for\(by). Nothing is wrong." : "A drill. Nothing is wrong."
            facts = [Fact("Sent", trial.at)]
        }
    }

    private static let longText = 2000
    private static let longName = 120
    private static let longValue = 600

    private static func subject(_ incident: Incident) -> String {
        let machine = incident.machine.legible(to: longName)
        return "\(incident.rule.legible(to: longName)) on \(machine)"
    }
}

extension Briefing.State {
    init(_ kind: Event.Kind) {
        self =
            switch kind {
            case .opened: .open
            case .reminder: .stillOpen
            case .acknowledged: .acknowledged
            case .resolved: .resolved
            }
    }
}

extension Briefing {
    private static func facts(_ incident: Incident) -> [Fact] {
        let value = incident.resolvedAt == nil ? incident.value : incident.lastValue
        var facts = [
            Fact("Rule", incident.rule.legible(to: longValue)),
            Fact("Machine", incident.machine.legible(to: longValue)),
            Fact("Value", "\(value.shown), worst \(incident.peak.shown)"),
            Fact("Threshold", threshold(of: incident)),
            Fact("Since", incident.openedAt),
        ]
        if let end = incident.resolvedAt {
            facts.append(Fact("Lasted", incident.openedAt.duration(to: end).spoken))
        }
        if let resolution = incident.resolution, resolution != .recovered {
            facts.append(Fact("Ended because", resolution.rawValue))
        }
        if let person = incident.acknowledgedBy {
            facts.append(Fact("Acknowledged by", person.legible(to: longValue)))
        }
        if !incident.labels.isEmpty {
            let labels = incident.labels.sorted { $0.key < $1.key }.map { name, value in
                "\(name.legible(to: longName))=\(value.legible(to: longValue))"
            }
            facts.append(Fact("Labels", labels.joined(separator: ", ").clipped(to: longValue)))
        }
        return facts
    }

    private static func threshold(of incident: Incident) -> String {
        guard incident.aggregate == .missing else { return incident.threshold.phrase }
        let polls = incident.threshold.limit
        return "missing for \(polls.plain) poll\(polls == 1 ? "" : "s")"
    }

    /// A note begins a sentence of its own.
    private static func text(_ message: String, _ note: String?) -> String {
        let message = message.legible(to: longText)
        return note.map { "\(message). \($0.legible(to: longText))" } ?? message
    }

    private static func text(_ digest: Digest) -> String {
        let state = digest.isLast ? "The storm is over." : "More may follow; this is updated each minute."
        let severities = digest.severities.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        var counts = ["\(digest.opened) opened" + (severities.isEmpty ? "" : " (\(severities))")]
        counts.append("\(digest.resolved) resolved")
        if digest.acknowledged > 0 { counts.append("\(digest.acknowledged) acknowledged") }
        if digest.reminded > 0 { counts.append("\(digest.reminded) reminded of") }
        counts.append("\(digest.open) still open")
        return counts.joined(separator: ", ") + ". " + state
    }

    private static func facts(_ digest: Digest) -> [Fact] {
        var facts = [Fact("From", digest.since), Fact("To", digest.until)]
        for (name, counts) in [("Rules", digest.rules), ("Machines", digest.machines)] where !counts.isEmpty {
            let list = counts.prefix(10).map { "\($0.name.legible(to: longName)) \($0.count)" }
            let rest = counts.count > 10 ? ", …" : ""
            facts.append(Fact(name, (list.joined(separator: ", ") + rest).clipped(to: longValue)))
        }
        if !digest.ended.isEmpty {
            let list = digest.ended.prefix(10).map { $0.legible(to: longName) }.joined(separator: ", ")
            let rest = digest.ended.count > 10 ? ", …" : ""
            facts.append(Fact("Told before, over now", (list + rest).clipped(to: longValue)))
        }
        return facts
    }
}

extension Timestamp {
    /// `2026-11-23 12:00:00 UTC`.
    var shown: String {
        description.prefix(19).replacing("T", with: " ") + " UTC"
    }

    /// Whole seconds since 1970.
    var seconds: Int64 { milliseconds / 1000 }
}

extension Duration {
    /// The duration in its two largest units: `1h 23m`, `45s`.
    var spoken: String {
        let milliseconds = max(0, wholeMilliseconds)
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        var rest = milliseconds / 1000
        var parts: [String] = []
        for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] as [(String, Int64)] {
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: size)
            rest = remainder
            if count > 0 || !parts.isEmpty { parts.append("\(count)\(unit)") }
        }
        return parts.prefix(2).filter { !$0.hasPrefix("0") }.joined(separator: " ")
    }
}
