import HTTP
import Rules

extension HTTPAnswer {
    /// The body as JSON, where it is JSON.
    var json: JSONValue? { try? JSONValue(body) }

    /// What the body says went wrong: the member that such bodies have for it, or the first line of a text.
    var reason: String? {
        if let json {
            let names = ["detail", "description", "message", "error_description", "error", "title"]
            let texts = names.compactMap { json[$0]?.text ?? json[$0]?["message"]?.text }
            return (texts.first ?? json.text).flatMap(Self.short)
        }
        let text = String(decoding: body, as: UTF8.self)
        // A page, or JSON that was cut, is no reason; the answer itself is kept for who wants to read it.
        guard let first = text.unicodeScalars.first(where: { !$0.properties.isWhitespace }),
            !["<", "{", "["].contains(first)
        else { return nil }
        return Self.short(text)
    }

    /// Fit for one line of a log.
    static func short(_ text: String) -> String? {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let shown = line.legible(to: 200)
        return shown.allSatisfy(\.isWhitespace) ? nil : shown
    }
}

extension Webhook {
    /// What a reply means for the delivery, and what is said of it where it was not taken.
    func judge(_ reply: HTTPReply, at now: Timestamp) -> (outcome: Outcome, error: String?) {
        let common = Outcome.judge(reply, at: now)
        switch reply {
        case .failure(let failure): return (common, failure.description)
        case .answer(let answer):
            let outcome = format.service.refine(common, by: answer, at: now)
            guard outcome != .delivered else { return (outcome, nil) }
            let reason = format.service.reason(in: answer).flatMap { isTelling($0) ? nil : ": " + $0 }
            return (outcome, "answered \(answer.status)\(reason ?? "")")
        }
    }

    /// Whether a text repeats something that only this webhook and its receiver may know.
    private func isTelling(_ text: String) -> Bool {
        var secrets = headers.map(\.value.revealed) + self.secrets.map(\.key.revealed)
        if case .pagerduty(let pagerDuty) = format { secrets.append(pagerDuty.routingKey.revealed) }
        // Chat services put the key into the path.
        secrets += url.revealed.split { "/?&=@".contains($0) }.map(String.init).filter { $0.count >= 16 }
        return secrets.contains { $0.count >= 6 && text.contains($0) }
    }
}
