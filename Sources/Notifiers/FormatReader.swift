import Rules

/// Reads what rules.yaml says of a webhook's format: the keys that only this format has.
struct FormatReader {
    /// What of a webhook depends on its format.
    struct Result {
        let format: Webhook.Format
        let url: Secret
        /// Whether requests are signed, by what stands under the key `secret`.
        let signs: Bool
    }

    /// Nil, with faults, when a part is wrong or missing.
    static func read(_ section: inout Section) -> Result? {
        let setting = section.take("format")
        let chosen = setting.map { $0.choice(of: Webhook.Format.Name.self) } ?? .standard
        guard let name = chosen else {
            // Which keys are right, nobody knows before the format is.
            for key in allKeys { _ = section.take(key) }
            let names = Webhook.Format.Name.allCases.map(\.rawValue)
            let guess = setting?.text().flatMap { $0.nearest(among: names) }
            if let name = guess.flatMap(Webhook.Format.Name.init) {
                _ = (url(of: &section, for: name), Self.format(name, &section))
            }
            return nil
        }
        let url = url(of: &section, for: name)
        guard let format = format(name, &section), let url else { return nil }
        return Result(format: format, url: url, signs: name != .pagerduty && name != .email)
    }

    private static let allKeys = [
        "url", "routing_key", "routing_key_file", "chat_id", "topic", "template", "from", "to",
    ]

    private static func url(of section: inout Section, for name: Webhook.Format.Name) -> Secret? {
        switch name {
        case .pagerduty: return url(of: &section, orElse: PagerDuty.url)
        case .ntfy: return url(of: &section, orElse: Ntfy.url)
        case .email: return section.require("url", cure: mailCure)?.mailServer()
        case .telegram: return section.require("url", cure: "add url: \(telegramURL)")?.telegramURL()
        case .standard, .alertmanager, .slack, .discord, .teams, .template:
            return section.require("url", cure: "add url: https://host/path")?.url().map(Secret.init)
        }
    }

    private static func url(of section: inout Section, orElse usual: String) -> Secret? {
        guard let setting = section.take("url") else { return Secret(usual) }
        return setting.url().map(Secret.init)
    }

    static let mailCure = "add url: smtps://mail.example.com, or smtp://mail.example.com:587"
    static let telegramURL = "https://api.telegram.org/bot${TELEGRAM_TOKEN}/sendMessage"

    private static func format(_ name: Webhook.Format.Name, _ section: inout Section) -> Webhook.Format? {
        switch name {
        case .standard: .standard
        case .alertmanager: .alertmanager
        case .slack: .slack
        case .discord: .discord
        case .teams: .teams
        case .pagerduty: pagerDuty(&section).map { .pagerduty($0) }
        case .telegram: telegram(&section).map { .telegram($0) }
        case .ntfy: ntfy(&section).map { .ntfy($0) }
        case .template: template(&section).map { .template($0) }
        case .email: email(&section).map { .email($0) }
        }
    }

    private static func pagerDuty(_ section: inout Section) -> PagerDuty? {
        let keys = section.secrets("routing_key") + section.secrets("secret")
        guard let (key, setting) = keys.first else {
            section.fail(
                "the format 'pagerduty' needs 'routing_key'",
                cure: "add routing_key: ${PAGERDUTY_KEY}, the integration key of an Events API V2 integration"
            )
            return nil
        }
        let isKey =
            key.revealed.utf8.count == 32 && key.revealed.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isKey else {
            setting.fail(
                "a routing key has 32 characters",
                cure: "it is the integration key of an Events API V2 integration, not of the REST API")
            return nil
        }
        return PagerDuty(routingKey: key)
    }

    private static func telegram(_ section: inout Section) -> Telegram? {
        let cure = "add chat_id: -1001234567890, the number of the chat, or \"@channel\""
        guard let setting = section.require("chat_id", cure: cure), let text = setting.text() else {
            return nil
        }
        if let telegram = Telegram(chat: text) { return telegram }
        return setting.failing("the number of a chat, or '@' and the name of a channel")
    }

    private static func ntfy(_ section: inout Section) -> Ntfy? {
        let cure = "add topic: a name that is hard to guess; url is the server alone: https://ntfy.sh"
        guard let setting = section.require("topic", cure: cure), let text = setting.text() else {
            return nil
        }
        if let ntfy = Ntfy(topic: text) { return ntfy }
        return setting.failing("1 to 64 letters, digits, '_' and '-'")
    }

    private static func template(_ section: inout Section) -> Template? {
        let cure = "write 'template: |' and the JSON on the lines below, indented"
        guard let setting = section.require("template", cure: cure) else { return nil }
        guard let text = setting.lines("a text", cure: cure) else { return nil }
        do {
            return try Template(text)
        } catch {
            let guess = error.unknown.flatMap { setting.suggestion(for: $0.word, among: $0.known) }
            let hint = guess.map { "did you mean '\($0)'? " } ?? ""
            setting.fail(at: error.offset, of: text, error.message, cure: hint + error.cure)
            return nil
        }
    }

    private static func email(_ section: inout Section) -> Email? {
        let sender = section.require("from", cure: "add from: alerts@example.com")?.mailAddress()
        let list = section.require("to", cure: "add to: ops@example.com, or a list")?.oneOrMore() ?? []
        let recipients = list.compactMap { $0.mailAddress() }
        guard let sender, !recipients.isEmpty, recipients.count == list.count else { return nil }
        return Email(from: sender, to: recipients)
    }
}

extension Setting {
    fileprivate func mailAddress() -> MailAddress? {
        guard let text = text() else { return nil }
        return MailAddress(text) ?? failing("an address such as ops@example.com")
    }

    /// The URL of the Bot API's method, whose path holds the bot's token.
    fileprivate func telegramURL() -> Secret? {
        guard let url = url() else { return nil }
        let path = url.split(separator: "/").suffix(2)
        if path.last == "sendMessage", path.first?.hasPrefix("bot") == true { return Secret(url) }
        fail(
            "the URL of a telegram webhook ends in /bot, the bot's token, and /sendMessage",
            cure: "write url: \(FormatReader.telegramURL)")
        return nil
    }

    fileprivate func mailServer() -> Secret? {
        guard let text = text("the URL of a mail server") else { return nil }
        let lowercase = text.lowercased()
        let scheme = ["smtp://", "smtps://"].first { lowercase.hasPrefix($0) }
        let host = text.dropFirst(scheme?.count ?? 0).prefix { $0 != "/" }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""<>\^`{|}"#.utf8.contains($0) }
        guard scheme != nil, !host.isEmpty, isPlain else {
            fail("the URL of a mail server begins with smtp:// or smtps://", cure: FormatReader.mailCure)
            return nil
        }
        return Secret(text)
    }
}
