internal import HTTP
import Rules
import Store

/// A mail, to be sent over SMTP: text/plain in UTF-8 (RFC 5322, RFC 2045).
public struct Email: MessageFormat, Hashable {
    public let sender: MailAddress
    public let recipients: [MailAddress]

    public init(from sender: MailAddress, to recipients: [MailAddress]) {
        self.sender = sender
        self.recipients = recipients
    }

    var fields: HTTPFields { ["content-type": "message/rfc822"] }

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        var lines = [
            "Subject: " + MailText.encodedWords(briefing.title.clipped(to: 200), after: 9),
            "Date: " + message.at.mailDate,
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            // So that nobody's holiday answers it (RFC 3834 §5).
            "Auto-Submitted: auto-generated",
        ]
        if let incident = message.incident {
            // Mail programs show what refers to the same as one conversation (RFC 5322 §3.6.4).
            let thread = "\(incident.id).\(incident.openedAt.milliseconds)"
            lines.append("References: <incident.\(thread)@alert-gateway.invalid>")
        }
        var text = [briefing.text, ""] + briefing.facts.map { "\($0.name): \($0.text)" }
        if let link = briefing.link { text += ["", "\(briefing.linkText): \(link)"] }
        if let runbook = briefing.runbook { text.append("Runbook: \(runbook)") }
        text += briefing.actions.map { "\($0.title): \($0.url)" }
        lines += [""] + text.flatMap(MailText.quotedPrintable)
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    func addressed(_ body: [UInt8], to address: Address) -> [UInt8] {
        let head = [
            "From: \(sender.text)",
            "To: " + recipients.map(\.text).joined(separator: ",\r\n "),
            "Message-ID: <\(address.messageID)@\(sender.domain)>", "",
        ]
        return Array(head.joined(separator: "\r\n").utf8) + body
    }

    /// The mail server's own code and words: `450 4.7.1 try again later`.
    func reason(in answer: HTTPAnswer) -> String? { String(decoding: answer.body, as: UTF8.self) }
}

/// `name@host` (RFC 5321 §4.1.2), of ASCII alone and without quotes, so that it is safe in a header.
public struct MailAddress: Hashable, Sendable {
    public let text: String

    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count),
            (1...253).contains(parts[1].utf8.count)
        else { return nil }
        let isName = Self.isDotted(parts[0]) { $0.isAlphanumeric || "!#$%&'*+/=?^_`{|}~-".utf8.contains($0) }
        let isHost = Self.isDotted(parts[1]) { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
        guard isName, isHost else { return nil }
        self.text = text
    }

    private static func isDotted(_ text: Substring, _ isPart: (UInt8) -> Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isPart) }
    }

    var domain: Substring { text.drop { $0 != "@" }.dropFirst() }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}

extension Webhook {
    /// The mail of a delivery; nil when the webhook is not of the format `email`.
    func mail(for delivery: Delivery) -> Mail? {
        guard case .email(let email) = format else { return nil }
        var mail = Mail(
            url: url.revealed, from: email.sender.text, to: email.recipients.map(\.text),
            message: body(of: delivery), timeout: timeout)
        if case .basic(let user, let password) = options.authorization {
            mail.credentials = Mail.Credentials(user: user, password: password.revealed)
        }
        mail.tls = TLSOptions(options)
        mail.policy = AddressPolicy(options)
        return mail
    }
}
