internal import HTTP
import Rules

extension Webhook {
    /// In which form a receiver is told, with what its service needs to know beside the URL.
    public enum Format: Hashable, Sendable {
        case standard
        case alertmanager
        case slack
        case discord
        case teams
        case pagerduty(PagerDuty)
        case telegram(Telegram)
        case ntfy(Ntfy)
        case template(Template)
        case email(Email)

        /// The formats as rules.yaml names them.
        public enum Name: String, CaseIterable, Sendable {
            case standard, alertmanager, slack, discord, teams, pagerduty, telegram, ntfy, template, email
        }

        /// The most events a minute that it is told one by one unless its webhook says otherwise; nil for no limit.
        ///
        /// What people read is told by digests: a mailbox is as full after 400 mails as a channel is after 400
        /// messages. What programs read is not: they keep an alert by its key until they are told that it ended.
        public var usualDigest: Int? {
            switch name {
            case .slack, .discord, .teams, .telegram, .ntfy, .email: 30
            case .standard, .alertmanager, .pagerduty, .template: nil
            }
        }

        public var name: Name {
            switch self {
            case .standard: .standard
            case .alertmanager: .alertmanager
            case .slack: .slack
            case .discord: .discord
            case .teams: .teams
            case .pagerduty: .pagerduty
            case .telegram: .telegram
            case .ntfy: .ntfy
            case .template: .template
            case .email: .email
            }
        }

        /// All that the rest of the gateway knows of a format.
        var service: any MessageFormat {
            switch self {
            case .standard: Standard()
            case .alertmanager: Alertmanager()
            case .slack: Slack()
            case .discord: Discord()
            case .teams: Teams()
            case .pagerduty(let pagerDuty): pagerDuty
            case .telegram(let telegram): telegram
            case .ntfy(let ntfy): ntfy
            case .template(let template): template
            case .email(let email): email
            }
        }
    }
}

/// How one service is talked to: what it is sent, and what its answers mean.
///
/// What is told is rendered once and stored; where it goes is added to each attempt. So a corrected address
/// or a new key holds for what already waits, and no key is ever stored.
protocol MessageFormat: Sendable {
    /// The fields of a request that belong to the format.
    var fields: HTTPFields { get }

    /// What is told: the body as it is stored, without addresses and keys.
    func body(for message: Message, in rendering: Rendering) -> [UInt8]

    /// What is sent: a stored body with the address and the key that its service wants within it.
    func addressed(_ body: [UInt8], to address: Address) -> [UInt8]

    /// What an answer means, given what any receiver would mean by it.
    func refine(_ outcome: Outcome, by answer: HTTPAnswer, at now: Timestamp) -> Outcome

    /// Why the service did not take the message, in its own words; nil when it does not say.
    func reason(in answer: HTTPAnswer) -> String?
}

extension MessageFormat {
    var fields: HTTPFields { ["content-type": "application/json"] }
    func addressed(_ body: [UInt8], to address: Address) -> [UInt8] { body }
    func refine(_ outcome: Outcome, by answer: HTTPAnswer, at now: Timestamp) -> Outcome { outcome }
    func reason(in answer: HTTPAnswer) -> String? { answer.reason }
}

/// What is known beside the message when it is put into words.
public struct Rendering: Hashable, Sendable {
    /// The URL under which people reach the gateway, without a slash at its end; nil when nobody said.
    public let gateway: String?

    /// What makes links that act; nil for none.
    private let links: ActionLinks?
    /// What the reader of the message at hand may do.
    private(set) var actions: [ActionLinks.Link] = []

    /// The webhook that should have told it, where that one fails.
    private(set) var insteadOf: InsteadOf?

    struct InsteadOf: Hashable, Sendable {
        let webhook: String
        let failingSince: Timestamp

        /// `ops, failing since 2026-11-23 12:00:00 UTC`.
        var text: String { "\(webhook), failing since \(failingSince.shown)" }
    }

    public init(gateway: String? = nil, links: ActionLinks? = nil) {
        self.gateway = gateway.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.links = links
    }

    /// The rendering of what is told in place of another webhook, which has been failing since then.
    func inPlace(of webhook: String, failingSince since: Timestamp) -> Rendering {
        var own = self
        own.insteadOf = InsteadOf(webhook: webhook, failingSince: since)
        return own
    }

    /// The rendering of one event for one webhook.
    func addressed(to webhook: String, _ event: Event, at time: Timestamp) -> Rendering {
        guard let links else { return self }
        var own = self
        own.actions = links.links(for: event, to: webhook, at: time)
        return own
    }

    /// Where a person reads on.
    func link(to message: Message) -> String? {
        guard let gateway else { return nil }
        return message.incident.map { "\(gateway)/?incident=\($0.id)" } ?? gateway + "/"
    }
}

/// Whom an attempt goes to, and what the receiver knows it by.
struct Address {
    /// The name of the webhook.
    let webhook: String
    let messageID: String
}

extension [UInt8] {
    /// A JSON object with members put before its own.
    func adding(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.object(members)
        // A stored body of another format, from before an edit of the file, is left as it is.
        guard count > 2, first == UInt8(ascii: "{"), json.bytes.count > 2 else { return self }
        return json.bytes.dropLast() + [UInt8(ascii: ",")] + dropFirst()
    }
}
