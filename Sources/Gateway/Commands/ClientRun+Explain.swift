import Rules

extension ClientRun {
    /// What `gateway explain` asks for.
    var explainPath: String {
        let named = zip(["machine", "rule"], command.operands).map { ($0, $1) }
        let options = ["at", "source"].compactMap { name in command.value("--\(name)").map { (name, $0) } }
        return "/api/explain?"
            + (named + options).map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
    }

    /// What is answered to it, for people.
    func explainWords(for json: JSONValue) -> String {
        var lines: [(String, String)] = [
            ("decision", json.shown("decision").replacing("_", with: " ")),
            ("because", json.shown("reason")),
            (
                "rule",
                "\(json.shown("rule")), version \(json.shown("rules_version")), line \(json.shown("line"))"
            ),
            ("asks", Self.conditions(of: json)),
            ("machine", "\(json.shown("machine")) of \(json.shown("source"))"),
            ("at", json.shown("at")),
        ]
        if json["sampled_at"]?.text != nil { lines.append(("judged at", json.shown("sampled_at"))) }
        for (index, text) in Self.samples(of: json).enumerated() {
            lines.append((index == 0 ? "samples" : "", text))
        }
        if let value = json["value"]?.number { lines.append((json.shown("aggregate"), value.shown)) }
        if let incident = json["incident"], incident["id"] != nil {
            lines.append(("incident", "\(incident.shown("id")), \(incident.shown("status"))"))
        }
        for (index, text) in (json["push"]?.elements ?? []).compactMap(\.text).enumerated() {
            lines.append((index == 0 ? "push" : "", text.forTerminal))
        }
        return lines.map { $0.padded(to: 11) + $1 + "\n" }.joined()
    }

    /// The samples, a line each; of many the first and the last.
    private static func samples(of json: JSONValue) -> [String] {
        let lines = (json["samples"]?.elements ?? []).map { sample in
            "\(sample["at"]?.text ?? "-")  \(sample["value"]?.number?.shown ?? "-")"
        }
        guard lines.count > 12 else { return lines }
        return lines.prefix(5) + ["… \(lines.count - 10) more"] + lines.suffix(5)
    }

    /// `cpu mean over 3, above 85, clear 80, for 5m`.
    private static func conditions(of json: JSONValue) -> String {
        let numbers = { (name: String) in
            json[name]?.number?.plain
                ?? (json[name]?.elements ?? []).compactMap { $0.number?.plain }.joined(separator: " to ")
        }
        if json["aggregate"]?.text == "missing" {
            let metric = json["metric"]?.text ?? Rule.anyMetric
            let polls = numbers("window")
            return "\(metric == Rule.anyMetric ? "any sample" : metric.forTerminal) missing for \(polls) "
                + "poll\(polls == "1" ? "" : "s")"
        }
        var parts = [
            "\(json.shown("metric")) \(json.shown("aggregate")) over \(json.shown("window"))",
            "\(json.shown("condition").replacing("_", with: " ")) \(numbers("threshold"))",
            "clear \(numbers("clear"))",
        ]
        for name in ["for", "keep_open"] {
            if let text = json[name]?.text { parts.append("\(name) \(text)") }
        }
        return parts.joined(separator: ", ")
    }
}
