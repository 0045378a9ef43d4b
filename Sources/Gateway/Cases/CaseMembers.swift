import HTTP
import Notifiers
import Rules

/// What can be expected of an event and of a request, by name.
enum CaseMembers {
    static let event =
        ["event"]
        + [
            "id", "status", "rule", "severity", "machine", "source", "metric", "aggregate", "window",
            "threshold", "condition", "value", "peak", "last_value", "message", "labels", "opened_at",
            "resolved_at", "acknowledged_at", "acknowledged_by", "resolution", "resolved_message",
            "rules_version", "runbook", "silenced_by", "held_by", "untold", "note",
        ]
    /// An event's kind, as cases call it.
    static func name(_ kind: Event.Kind) -> String {
        kind.rawValue.split(separator: ".").last.map(String.init) ?? kind.rawValue
    }

    /// What holds an incident back, which may be told by the name of the rule alone.
    static func heldBy(_ pattern: Pattern) -> Pattern {
        pattern.mapTexts { $0.contains(" ") || ["flapping", "*"].contains($0) ? $0 : "* of \($0)" }
    }

    static let request = ["to", "answer", "method", "url", "headers", "body"]
}

/// Something that happened in a case, as it is compared and as it is shown.
struct CaseHappening {
    let at: Timestamp
    let value: JSONValue
    let shown: String

    /// The incident right after the event, and the event without its `incident.`.
    init(_ event: Event) {
        at = event.at
        let kind = CaseMembers.name(event.kind)
        var json = JSONWriter()
        json.listed(event.incident)
        var members: [String: JSONValue] = ["event": .string(kind)]
        if case .object(let incident)? = try? JSONValue(json.bytes) {
            members.merge(incident) { own, _ in own }
            members["note"] = event.note.map { .string($0) } ?? .null
        }
        value = .object(members)
        let incident = event.incident
        let closing = event.kind == .resolved ? members["resolved_message"]?.text : nil
        shown =
            "\(kind) \(incident.rule) of \(incident.machine), last value \(incident.lastValue.shown): "
            + (closing ?? incident.message)
    }

    init(_ sent: VirtualGateway.Sent) {
        at = sent.at
        let answer =
            switch sent.answer.reply {
            case .answer(let answer): "\(answer.status)"
            case .failure(let failure): failure.kind.rawValue
            }
        var members: [String: JSONValue] = ["to": .string(sent.parcel.webhook), "answer": .string(answer)]
        var what = "an e-mail"
        switch sent.parcel.content {
        case .request(let request):
            members["method"] = .string(request.method)
            members["url"] = .string(request.url)
            members["headers"] = .object(
                Dictionary(
                    request.fields.list.map { ($0.name.lowercased(), JSONValue.string($0.value)) },
                    uniquingKeysWith: { first, _ in first }))
            let body =
                (try? JSONValue(request.body)) ?? .string(String(decoding: request.body, as: UTF8.self))
            members["body"] = body
            what = body["type"]?.text ?? "a request"
            if let incident = body["data"]?["incident"], let rule = incident["rule"]?.text {
                what += " \(rule) of \(incident["machine"]?.text ?? "")"
            }
        case .mail(let mail): members["body"] = .string(String(decoding: mail.message, as: UTF8.self))
        }
        value = .object(members)
        shown = "\(what) to \(sent.parcel.webhook), answered \(answer)"
    }
}

extension CaseHappening {
    /// Where the member that is not there was probably looked for.
    func hint(for mismatch: Pattern.Mismatch) -> String {
        guard mismatch.got == "nothing" else { return "" }
        let paths = value.paths
        let name = mismatch.path.split(separator: ".").last.map(String.init) ?? ""
        let sameName = paths.filter { $0.split(separator: ".").last.map(String.init) == name }
        let guess = sameName.min { $0.count < $1.count } ?? mismatch.path.nearest(among: paths)
        return guess.map { "; did you mean '\($0)'?" } ?? ""
    }
}
