internal import HTTP
import Rules

/// Slack's incoming webhooks (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
///
/// Names and messages stand in `plain_text` objects, in which no markup works, so that no name can mention
/// anybody or pass for a link; `&`, `<` and `>` are escaped in either kind of text
/// (https://docs.slack.dev/messaging/formatting-message-text).
struct Slack: MessageFormat {
    /// https://docs.slack.dev/reference/block-kit/blocks/header-block
    static let headerLimit = 150
    /// https://docs.slack.dev/reference/block-kit/blocks/section-block
    static let sectionLimit = 3000
    static let fieldLimit = 2000

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        var json = JSONWriter()
        json.object { json in
            // What notifications show; the blocks take its place in the channel.
            let summary = "\(briefing.icon) \(briefing.title): \(briefing.text)"
            json.member("text", summary.clipped(to: Self.sectionLimit, escaping: escapeHTML))
            json.member("unfurl_links", false)
            json.key("blocks")
            json.array { blocks(briefing, &$0) }
        }
        return json.bytes
    }

    private func blocks(_ briefing: Briefing, _ json: inout JSONWriter) {
        json.object { json in
            json.member("type", "header")
            json.key("text")
            plain("\(briefing.icon) \(briefing.title)", limit: Self.headerLimit, &json)
        }
        json.object { json in
            json.member("type", "section")
            json.key("text")
            plain(briefing.text.isEmpty ? "–" : briefing.text, limit: Self.sectionLimit, &json)
            json.key("fields")
            json.array { json in
                for fact in briefing.facts { field(fact, &json) }
            }
        }
        if !briefing.actions.isEmpty { buttons(briefing.actions, &json) }
        let links = [(briefing.linkText, briefing.link), ("Runbook", briefing.runbook)]
        let marked = links.compactMap { title, url in
            url.map { "<\($0.clipped(to: Self.sectionLimit, escaping: escapeHTML))|\(title)>" }
        }
        guard !marked.isEmpty else { return }
        json.object { json in
            json.member("type", "context")
            json.key("elements")
            json.array { json in for text in marked { markup(text, &json) } }
        }
    }

    /// Buttons that are links (https://docs.slack.dev/reference/block-kit/block-elements/button-element).
    private func buttons(_ actions: [ActionLinks.Link], _ json: inout JSONWriter) {
        json.object { json in
            json.member("type", "actions")
            json.key("elements")
            json.array { json in
                for action in actions where action.url.utf8.count <= Self.sectionLimit {
                    json.object { json in
                        json.member("type", "button")
                        json.key("text")
                        plain(action.title, limit: 75, &json)
                        json.member("url", action.url)
                    }
                }
            }
        }
    }

    private func field(_ fact: Briefing.Fact, _ json: inout JSONWriter) {
        switch fact.value {
        case .text(let text): plain("\(fact.name): \(text)", limit: Self.fieldLimit, &json)
        case .time(let time):
            let token = "<!date^\(time.seconds)^{date_num} {time_secs}|\(time.shown)>"
            markup("\(fact.name): \(token)", &json)
        }
    }

    private func plain(_ text: String, limit: Int, _ json: inout JSONWriter) {
        json.object { json in
            json.member("type", "plain_text")
            json.member("text", text.clipped(to: limit, escaping: escapeHTML))
            json.member("emoji", false)
        }
    }

    /// Our own words alone.
    private func markup(_ text: String, _ json: inout JSONWriter) {
        json.object { json in
            json.member("type", "mrkdwn")
            json.member("text", text)
            json.member("verbatim", true)
        }
    }

    /// Slack answers a word (https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks).
    func refine(_ outcome: Outcome, by answer: HTTPAnswer, at now: Timestamp) -> Outcome {
        let word = String(decoding: answer.body.prefix(100), as: UTF8.self)
        switch outcome {
        case .needsPerson where word.contains("rate_limited") || word.contains("ratelimited"):
            return .retry(notBefore: nil)
        case .retry where answer.status != 429 && Self.faults.contains(where: word.contains):
            return .needsPerson
        default: return outcome
        }
    }

    private static let faults = [
        "invalid_payload", "invalid_blocks", "channel_not_found", "user_not_found", "action_prohibited",
        "no_service", "no_team", "no_text", "invalid_token",
    ]
}
