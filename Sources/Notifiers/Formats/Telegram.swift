internal import HTTP
import Rules

/// The Bot API's sendMessage (https://core.telegram.org/bots/api#sendmessage).
public struct Telegram: MessageFormat, Hashable {
    /// A number, or `@` and the name of a channel.
    public let chat: String

    /// Nil unless `chat` is of that form.
    public init?(chat: String) {
        let isName =
            chat.hasPrefix("@") && chat.dropFirst().utf8.count >= 4
            && chat.dropFirst().utf8.allSatisfy { Self.isWordPart($0) }
        guard isName || Int64(chat) != nil else { return nil }
        self.chat = chat
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// "4096 characters after entities parsing"; here with the entities, which are longer.
    static let limit = 4096

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        var json = JSONWriter()
        json.object { json in
            json.member("text", Self.text(briefing))
            json.member("parse_mode", "HTML")
            json.key("link_preview_options")
            json.object { $0.member("is_disabled", true) }
        }
        return json.bytes
    }

    private static func text(_ briefing: Briefing) -> String {
        var lines = [
            "\(briefing.icon) <b>\(briefing.title.clipped(to: 400, escaping: escapeHTML))</b>",
            briefing.text.clipped(to: 1200, escaping: escapeHTML), "",
        ]
        for fact in briefing.facts {
            lines.append("<b>\(fact.name):</b> \(fact.text.clipped(to: 180, escaping: escapeHTML))")
        }
        if let link = briefing.link {
            // The quotes of the attribute are the one thing more to mind; a URL of ours is short.
            let target = link.clipped(to: 300) { $0 == "\"" ? "&quot;" : escapeHTML($0) }
            lines.append("<a href=\"\(target)\">\(briefing.linkText)</a>")
        }
        if let runbook = briefing.runbook, runbook.utf8.count <= 500 {
            lines.append("<a href=\"\(runbook.clipped(to: 2500, escaping: escapeHTML))\">Runbook</a>")
        }
        // Not as buttons: Telegram refuses a message whose buttons lead to a host that it does not like.
        let actions = briefing.actions.map { action in
            "<a href=\"\(action.url.clipped(to: 2000, escaping: escapeHTML))\">\(action.title)</a>"
        }
        let all = (lines + [actions.joined(separator: " · ")]).joined(separator: "\n")
        return actions.isEmpty || all.utf16.count > Self.limit ? lines.joined(separator: "\n") : all
    }

    func addressed(_ body: [UInt8], to address: Address) -> [UInt8] {
        body.adding { $0.member("chat_id", chat) }
    }

    /// `{"ok":false,"error_code":429,"description":"…","parameters":{"retry_after":30}}`
    /// (https://core.telegram.org/bots/api#responseparameters).
    func refine(_ outcome: Outcome, by answer: HTTPAnswer, at now: Timestamp) -> Outcome {
        guard let json = answer.json else { return outcome }
        if let seconds = json["parameters"]?["retry_after"]?.number {
            return .retry(afterSeconds: seconds, at: now)
        }
        return outcome == .delivered && json["ok"] == .bool(false) ? .needsPerson : outcome
    }

    func reason(in answer: HTTPAnswer) -> String? {
        guard let reason = answer.reason else { return nil }
        let words = reason.hasPrefix("Bad Request: ") ? String(reason.dropFirst(13)) : reason
        guard let chat = answer.json?["parameters"]?["migrate_to_chat_id"]?.number,
            let number = Int64(exactly: chat)
        else { return words }
        return "\(words); chat_id is now \(number)"
    }
}
