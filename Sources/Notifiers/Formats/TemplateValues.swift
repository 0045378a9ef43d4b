import Rules
import Store

/// What the placeholders of a template stand for in one message.
struct TemplateValues {
    private let message: Message
    private let rendering: Rendering

    init(_ message: Message, in rendering: Rendering) {
        self.message = message
        self.rendering = rendering
    }

    static let names =
        ["event.type", "event.at"] + briefing.map { "event.\($0.name)" }
        + incident.map { "incident.\($0.name)" } + ["incident.labels.NAME"]
        + digest.map { "digest.\($0.name)" } + ["gateway.url"]

    static func isName(_ name: String) -> Bool {
        if name.hasPrefix(label) { return name != label + "NAME" && name.utf8.count > label.utf8.count }
        return names.contains(name)
    }

    private static let label = "incident.labels."

    /// The value of a placeholder; null for what a message has not, as an incident in a digest.
    subscript(name: String) -> TemplateValue? {
        switch name {
        case "event.type": return .text(message.type)
        case "event.at": return .text(message.at.description)
        case "gateway.url": return rendering.gateway.map { .text($0) }
        default: break
        }
        let key = name.drop { $0 != "." }.dropFirst()
        if name.hasPrefix(Self.label) {
            return message.incident?.labels[String(name.dropFirst(Self.label.count))].map { .text($0) }
        }
        if name.hasPrefix("event.") {
            return Self.briefing.first { $0.name == key }?.value(Briefing(message, in: rendering))
        }
        if case .digest(let digest) = message, name.hasPrefix("digest.") {
            return Self.digest.first { $0.name == key }?.value(digest)
        }
        guard let incident = message.incident, name.hasPrefix("incident.") else { return nil }
        return Self.incident.first { $0.name == key }?.value(incident)
    }

    private struct Field<Subject>: Sendable {
        let name: String
        let value: @Sendable (Subject) -> TemplateValue

        init(_ name: String, _ value: @escaping @Sendable (Subject) -> TemplateValue) {
            self.name = name
            self.value = value
        }
    }

    private static let briefing: [Field<Briefing>] = [
        Field("state") { .text($0.state.rawValue) },
        Field("severity") { .text($0.severity.rawValue) },
        Field("title") { .text($0.title) },
        Field("text") { .text($0.text) },
        Field("icon") { .text($0.icon) },
        Field("link") { .optional($0.link) },
        Field("instead_of") { .optional($0.insteadOf) },
        Field("acknowledge_link") { .optional($0.link(.acknowledge)) },
        Field("resolve_link") { .optional($0.link(.resolve)) },
        Field("silence_link") { .optional($0.link(.silence)) },
    ]

    private static let incident: [Field<Incident>] = [
        Field("id") { .integer($0.id) },
        Field("status") { .text($0.status.rawValue) },
        Field("rule") { .text($0.rule) },
        Field("severity") { .text($0.severity.rawValue) },
        Field("machine") { .text($0.machine) },
        Field("source") { .text($0.source) },
        Field("metric") { .text($0.metric) },
        Field("aggregate") { .text($0.aggregate.rawValue) },
        Field("window") { .window($0.window) },
        Field("threshold") { .threshold($0.threshold) },
        Field("condition") { .text($0.threshold.side.rawValue) },
        Field("value") { .number($0.value.roundedForDisplay) },
        Field("peak") { .number($0.peak.roundedForDisplay) },
        Field("last_value") { .number($0.lastValue.roundedForDisplay) },
        Field("message") { .text($0.message) },
        Field("resolved_message") { .optional($0.closing) },
        Field("runbook") { .optional($0.runbook) },
        Field("labels") { .labels($0.labels) },
        Field("opened_at") { .text($0.openedAt.description) },
        Field("resolved_at") { .optional($0.resolvedAt?.description) },
        Field("acknowledged_at") { .optional($0.acknowledgedAt?.description) },
        Field("acknowledged_by") { .optional($0.acknowledgedBy) },
        Field("resolution") { .optional($0.resolution?.rawValue) },
        Field("rules_version") { .integer(Int64($0.rulesVersion)) },
        Field("lasted") { incident in
            .optional(incident.resolvedAt.map { incident.openedAt.duration(to: $0).spoken })
        },
    ]

    private static let digest: [Field<Digest>] = [
        Field("summary") { .text($0.summary) },
        Field("since") { .text($0.since.description) },
        Field("until") { .text($0.until.description) },
        Field("opened") { .integer(Int64($0.opened)) },
        Field("resolved") { .integer(Int64($0.resolved)) },
        Field("open") { .integer(Int64($0.open)) },
        Field("last") { .flag($0.isLast) },
    ]
}

extension Briefing {
    fileprivate func link(_ action: ActionToken.Action) -> String? {
        actions.first { $0.action == action }?.url
    }
}

extension TemplateValue {
    fileprivate static func optional(_ text: String?) -> TemplateValue { text.map { .text($0) } ?? .null }

    fileprivate static func threshold(_ threshold: Threshold) -> TemplateValue {
        threshold.side == .outside ? .text(threshold.bounds) : .number(threshold.limit)
    }

    fileprivate static func window(_ window: WindowSpan) -> TemplateValue {
        switch window {
        case .samples(let count): .integer(Int64(count))
        case .duration(let length): .text(length.compact)
        }
    }
}

/// One message of each kind, on which a template is tried when the rules file loads.
enum TemplateSamples {
    static let all: [Message] = {
        guard let threshold = Threshold(.above, 85) else { return [] }
        let opened = Timestamp(milliseconds: 1_795_435_200_000)
        let closed = opened.advanced(by: .seconds(300))
        var incident = Incident(
            id: 42, rule: "cpu-high", severity: .critical, machine: "a \"quoted\" \\ name\n", source: "fleet",
            metric: "cpu", aggregate: .mean, window: .samples(3), threshold: threshold, value: 91.33,
            peak: 97, lastValue: 91.33, message: "cpu mean 91.33 over the last 3 samples is above 85",
            labels: ["env": "production"], openedAt: opened, rulesVersion: 7)
        let open = Event(kind: .opened, at: opened, incident: incident, evidence: [])
        incident.resolvedAt = closed
        incident.resolution = .recovered
        let resolved = Event(kind: .resolved, at: closed, incident: incident, evidence: [])
        let digest = Digest(
            since: opened, until: closed, opened: 412, resolved: 7, rules: [.init("disk-full", 412)],
            machines: [.init("10.0.0.7", 3)], severity: .critical, isLast: false)
        let trial = Trial(webhook: "ops", at: opened)
        return [
            .event(open), .event(resolved), .late(opened: open, resolved: resolved), .digest(digest),
            .test(trial), .drill(trial),
        ]
    }()
}
