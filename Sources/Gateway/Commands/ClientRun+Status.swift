import Rules

extension ClientRun {
    /// Asks how the gateway does; exit status 1 where that is not well.
    func status() async -> Result {
        let isBrief = command.flags.contains("--ready")
        var result =
            isBrief
            ? await ask(request("GET", "/readyz"), others: [503]) { readyWords(for: $0) }
            : await ask(request("GET", "/api/status")) { statusWords(for: $0) }
        if let state = result.answer?["status"]?.text, !["well", "ready"].contains(state) {
            result.status = 1
        }
        return result
    }

    private func readyWords(for json: JSONValue) -> String {
        let problems = ["store", "rules", "poll"].map(json.shown).filter { $0 != "ok" }
        return problems.isEmpty ? "ready\n" : "not ready: \(problems.joined(separator: "; "))\n"
    }

    func statusWords(for json: JSONValue) -> String {
        func counts(_ name: String, _ parts: [String]) -> String {
            parts.map { "\(json[name]?.shown($0) ?? "-") \($0)" }.joined(separator: ", ")
        }
        let severities = ["critical", "warning", "info"]
        let blind = (json["blind"]?.elements ?? []).map { interval in
            "\(interval.shown("subject")) since \(interval.shown("started_at"))"
        }
        let facts = [
            ("sources", counts("sources", ["healthy", "failing", "unknown"])),
            ("webhooks", counts("webhooks", ["healthy", "failing", "disabled"])),
            ("deliveries", counts("deliveries", ["pending", "held", "dead"])),
            ("open", counts("open", severities)), ("acknowledged", counts("acknowledged", severities)),
            ("blind now", blind.isEmpty ? "-" : blind.joined(separator: ", ")),
            ("rules", "version \(json.shown("rules_version"))"),
            ("gateway", "version \(json.shown("version"))"),
        ]
        let problems = (json["problems"]?.elements ?? []).compactMap(\.text).map { "  \($0.forTerminal)\n" }
        let state = json.shown("status")
        return ink.painted(state, as: state == "well" ? "ok" : "failing") + "\n" + problems.joined()
            + facts.map { $0.0.padded(to: 16) + $0.1 + "\n" }.joined()
    }
}
