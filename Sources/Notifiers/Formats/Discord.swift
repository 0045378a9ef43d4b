internal import HTTP
import Rules

/// Discord's webhooks (https://docs.discord.com/developers/resources/webhook#execute-webhook).
struct Discord: MessageFormat {
    /// https://docs.discord.com/developers/resources/webhook#execute-webhook
    static let contentLimit = 2000
    /// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
    static let titleLimit = 256
    static let descriptionLimit = 4096
    static let valueLimit = 1024
    static let embedLimit = 6000

    /// Tighter than Discord's own, so that 10 facts and the text stay below the 6,000 of all together.
    private static let longText = 2400
    private static let longValue = 280

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        var json = JSONWriter()
        json.object { json in
            let title = "\(briefing.icon) " + Self.escaped(briefing.title, to: 600)
            json.member("content", title)
            // Nobody is mentioned, whatever a machine is called.
            json.key("allowed_mentions")
            json.object { json in
                json.key("parse")
                json.array { _ in }
            }
            json.key("embeds")
            json.array { json in json.object { embed(briefing, &$0) } }
        }
        return json.bytes
    }

    private func embed(_ briefing: Briefing, _ json: inout JSONWriter) {
        json.member("title", briefing.linkText)
        if let link = briefing.link { json.member("url", link) }
        json.member("description", Self.escaped(briefing.text, to: Self.longText))
        json.member("color", Self.color(briefing))
        json.member("timestamp", briefing.at)
        json.key("fields")
        json.array { json in
            for fact in briefing.facts {
                json.object { json in
                    json.member("name", fact.name)
                    json.member("value", Self.value(fact))
                    json.member("inline", true)
                }
            }
            if let runbook = briefing.runbook, runbook.utf8.count <= Self.longValue {
                json.object { json in
                    json.member("name", "Runbook")
                    // In brackets no mark within it counts.
                    json.member("value", "<\(runbook)>")
                    json.member("inline", false)
                }
            }
            // Buttons are for applications alone; a link that does not fit would be none.
            let links = briefing.actions.map { "[\($0.title)](\($0.url))" }.joined(separator: " · ")
            guard !links.isEmpty, links.utf8.count <= Self.valueLimit else { return }
            json.object { json in
                json.member("name", "Actions")
                json.member("value", links)
                json.member("inline", false)
            }
        }
    }

    private static func value(_ fact: Briefing.Fact) -> String {
        switch fact.value {
        case .text(let text): escaped(text, to: longValue)
        case .time(let time): "<t:\(time.seconds):F>"
        }
    }

    private static func color(_ briefing: Briefing) -> Int {
        switch (briefing.state, briefing.severity) {
        case (.resolved, _): 0x2E_A043
        case (.test, _), (.drill, _), (.late, _): 0x6E_7681
        case (_, .critical): 0xDA_3633
        case (_, .warning): 0xE3_8A00
        case (_, .info): 0x1F_6FEB
        }
    }

    /// Discord takes a backslash before punctuation for "no markup here".
    private static func escaped(_ text: String, to limit: Int) -> String {
        let shown = text.clipped(to: limit) { scalar in
            "\\*_~`|<>#[]@".unicodeScalars.contains(scalar) ? "\\\(scalar)" : nil
        }
        return shown.isEmpty ? "–" : shown
    }

    /// The wait stands in the body, more exactly than in `Retry-After`
    /// (https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit).
    func refine(_ outcome: Outcome, by answer: HTTPAnswer, at now: Timestamp) -> Outcome {
        guard answer.status == 429, let seconds = answer.json?["retry_after"]?.number else { return outcome }
        return .retry(afterSeconds: seconds, at: now)
    }
}
