import Rules

extension ClientRun {
    /// What `gateway rules …` asks for.
    var rulesRequest: (method: String, path: String, body: [UInt8]) {
        let numbers = command.operands.dropFirst().map { $0 }
        switch command.operands.first {
        case "show": return ("GET", "/api/rules/versions/\(numbers[0])", [])
        case "diff":
            let to = numbers.count > 1 ? "&to=\(numbers[1])" : ""
            return ("GET", "/api/rules/diff?from=\(numbers[0])\(to)", [])
        case "rollback":
            var json = JSONWriter()
            json.object { json in
                json.member("version", Int(numbers[0]) ?? 0)
                json.member("by", person)
            }
            return ("POST", "/api/rules/rollback", json.bytes)
        default: return ("GET", "/api/rules/versions", [])
        }
    }

    /// What is answered to it, for people.
    func rulesWords(for json: JSONValue) -> String {
        switch command.operands.first {
        case "show": return json["text"]?.text.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" } ?? ""
        case "diff":
            let lines = json["lines"]?.elements ?? []
            let changed = lines.filter { $0["change"]?.text != "=" }
            guard !changed.isEmpty else { return "no line differs\n" }
            return Self.hunks(of: lines)
        case "rollback":
            let kept = json["kept"]?.text.map {
                "; what stood in the file and was not accepted is now in \($0.forTerminal)"
            }
            return "version \(json.shown("version")) is in force\(kept ?? "")\n"
        default:
            let rows = json.elements.map { version in
                let lines = ["lines_added": "+", "lines_removed": "-"].sorted { $0.key < $1.key }
                    .compactMap { name, mark in version[name]?.number.map { mark + $0.plain } }
                return ["number", "accepted_at", "origin"].map(version.shown)
                    + [lines.joined(separator: " "), version.shown("ended_incidents")]
            }
            return Table(["VERSION", "ACCEPTED", "FROM", "LINES", "INCIDENTS ENDED"], rows).text(
                width: width, ink: ink)
        }
    }

    /// The lines that differ, each with three lines around it.
    private static func hunks(of lines: [JSONValue]) -> String {
        let isChanged = lines.map { $0["change"]?.text != "=" }
        var (text, isOpen) = ("", true)
        for (index, line) in lines.enumerated() {
            guard isChanged[max(0, index - 3)...min(lines.count - 1, index + 3)].contains(true) else {
                isOpen = false
                continue
            }
            if !isOpen, !text.isEmpty { text += "…\n" }
            isOpen = true
            let mark = line["change"]?.text ?? "="
            text += (mark == "=" ? " " : mark) + " " + (line["text"]?.text ?? "").forTerminal + "\n"
        }
        return text
    }
}
