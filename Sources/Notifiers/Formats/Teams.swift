internal import HTTP
import Rules

/// An Adaptive Card for the webhooks of Teams' Workflows
/// (https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook).
///
/// Outside texts stand in `TextRun`s, in which Markdown does not work
/// (https://adaptivecards.io/explorer/TextRun.html).
struct Teams: MessageFormat {
    /// Teams refuses 28 kB and more, and counts two bytes for a character unless told the charset, so that
    /// bodies of half of it are the longest that always pass
    /// (https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook).
    static let limit = 14_000

    var fields: HTTPFields { ["content-type": "application/json; charset=utf-8"] }

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        var json = JSONWriter()
        json.object { json in
            json.member("type", "message")
            json.key("attachments")
            json.array { json in
                json.object { json in
                    json.member("contentType", "application/vnd.microsoft.card.adaptive")
                    json.key("content")
                    json.object { card(briefing, &$0) }
                }
            }
        }
        return json.bytes
    }

    private func card(_ briefing: Briefing, _ json: inout JSONWriter) {
        json.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
        json.member("type", "AdaptiveCard")
        json.member("version", "1.4")
        json.key("msteams")
        json.object { $0.member("width", "Full") }
        json.member("fallbackText", briefing.title.clipped(to: 600, in: .json))
        json.key("body")
        json.array { json in
            paragraph(&json) { json in
                run("\(briefing.icon) \(briefing.title)", limit: 600, &json) { json in
                    json.member("weight", "Bolder")
                    json.member("size", "Large")
                    json.member("color", Self.color(briefing))
                }
            }
            paragraph(&json) { run(briefing.text, limit: 3000, &$0) }
            for fact in briefing.facts {
                paragraph(&json) { json in
                    run("\(fact.name): ", limit: 40, &json) { $0.member("weight", "Bolder") }
                    run(fact.text, limit: 500, &json)
                }
            }
        }
        let links =
            [(briefing.linkText, briefing.link), ("Runbook", briefing.runbook)]
            + briefing.actions.map { ($0.title, Optional($0.url)) }
        let given = links.compactMap { title, url in url.map { (title: title, url: $0) } }
        guard !given.isEmpty else { return }
        json.key("actions")
        json.array { json in
            for (title, url) in given {
                json.object { json in
                    json.member("type", "Action.OpenUrl")
                    json.member("title", title)
                    json.member("url", url)
                }
            }
        }
    }

    private func paragraph(_ json: inout JSONWriter, _ runs: (inout JSONWriter) -> Void) {
        json.object { json in
            json.member("type", "RichTextBlock")
            json.key("inlines")
            json.array(runs)
        }
    }

    private func run(
        _ text: String, limit: Int, _ json: inout JSONWriter, _ style: (inout JSONWriter) -> Void = { _ in }
    ) {
        json.object { json in
            json.member("type", "TextRun")
            json.member("text", text.isEmpty ? "–" : text.clipped(to: limit, in: .json))
            style(&json)
        }
    }

    private static func color(_ briefing: Briefing) -> String {
        switch (briefing.state, briefing.severity) {
        case (.resolved, _): "Good"
        case (.test, _), (.drill, _), (.late, _): "Default"
        case (_, .critical): "Attention"
        case (_, .warning): "Warning"
        case (_, .info): "Accent"
        }
    }

    /// Teams answers 200 with `… Microsoft Teams endpoint returned HTTP error 429 …` in the body
    /// (https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors).
    func refine(_ outcome: Outcome, by answer: HTTPAnswer, at now: Timestamp) -> Outcome {
        guard outcome == .delivered, let text = Self.error(in: answer) else { return outcome }
        guard let status = Self.status(in: text) else { return .needsPerson }
        let told = HTTPAnswer(status: status, fields: answer.fields)
        let inner = Outcome.judge(.answer(told), at: now)
        return inner == .delivered ? .delivered : inner == .gone ? .needsPerson : inner
    }

    func reason(in answer: HTTPAnswer) -> String? {
        answer.json?["error"]?["message"]?.text.flatMap(HTTPAnswer.short) ?? answer.reason
    }

    /// The body of an answer that calls itself a success, where it tells of an error.
    private static func error(in answer: HTTPAnswer) -> String? {
        let text = String(decoding: answer.body, as: UTF8.self)
        let isError =
            answer.json?["error"].map { $0 != .null }
            ?? ["error", "failed"].contains { text.lowercased().contains($0) }
        return isError ? text : nil
    }

    /// The number after `HTTP error`.
    private static func status(in text: String) -> Int? {
        guard let range = text.firstRange(of: "HTTP error ") else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
}
