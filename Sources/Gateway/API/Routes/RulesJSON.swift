import Rules
import Store

extension JSONWriter {
    /// A fault as an editor needs it.
    mutating func fault(_ fault: Fault) {
        object { json in
            json.member("kind", fault.kind.rawValue)
            json.member("file", fault.file)
            json.key("line")
            json.optional(fault.mark?.line)
            json.key("column")
            json.optional(fault.mark?.column)
            json.member("message", fault.message)
            json.member("help", fault.cure)
            json.member("note", fault.note)
            json.member("text", fault.description)
        }
    }

    mutating func optional(_ number: Int?) {
        if let number { self.number(Double(number)) } else { null() }
    }

    /// Whether a file is right, and all that there is to say of it.
    mutating func verdict(isRight: Bool, _ faults: [Fault]) {
        object { $0.verdictMembers(isRight: isRight, faults) }
    }

    mutating func verdictMembers(isRight: Bool, _ faults: [Fault]) {
        member("ok", isRight)
        key("faults")
        array { json in for fault in faults { json.fault(fault) } }
    }

    /// The rules of a file, and where they stand in its text.
    mutating func rules(_ rules: [Rule], in text: String) {
        key("rules")
        array { json in
            for rule in rules {
                json.object { json in
                    json.member("name", rule.name)
                    json.member("metric", rule.metric)
                    json.member("aggregate", rule.aggregate.rawValue)
                    json.threshold(rule.threshold)
                    json.member("severity", rule.severity.rawValue)
                    json.key("line")
                    json.optional(RulesSection.line(of: rule.name, in: text))
                }
            }
        }
    }

    mutating func members(of version: RulesVersion, from former: RulesVersion?) {
        member("number", version.number)
        member("accepted_at", version.acceptedAt)
        member("origin", version.origin)
        member("ended_incidents", version.endedIncidents)
        guard let former else { return }
        let diff = LineDiff(from: former.text, to: version.text)
        member("lines_added", diff.addedCount)
        member("lines_removed", diff.removedCount)
    }

    /// All lines: `=` stays, `-` was removed, `+` was added.
    mutating func diff(_ diff: LineDiff) {
        array { json in
            for line in diff.lines {
                let (mark, text) =
                    switch line {
                    case .same(let text): ("=", text)
                    case .removed(let text): ("-", text)
                    case .added(let text): ("+", text)
                    }
                json.object { json in
                    json.member("change", mark)
                    json.member("text", text)
                }
            }
        }
    }

    /// The rules in force, and why the file as it is now is not, where that is so.
    mutating func rules(_ version: RulesVersion, _ api: API) {
        object { json in
            json.members(of: version, from: nil)
            json.member("file", api.rules.file.path)
            json.key("refused")
            if let refusal = api.rules.file.refusal {
                json.array { json in for fault in refusal.faults { json.fault(fault) } }
            } else {
                json.null()
            }
            json.rules((try? api.rules.file.check(version.text))?.rules ?? [], in: version.text)
        }
    }
}
