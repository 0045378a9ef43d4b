public import Rules

/// What a link within a message lets its reader do, once, without a token of the API.
///
/// The link is signed with a key that only the database has. What it does stands in it, so that nothing need be kept
/// of links that nobody follows.
public struct ActionToken: Hashable, Sendable {
    public enum Action: String, CaseIterable, Sendable {
        case acknowledge, resolve, silence
    }

    public let action: Action
    public let incident: Int64
    /// Whom the link was sent to.
    public let webhook: String
    /// Until when it works.
    public let expires: Timestamp

    /// How long a link works.
    public static let lifetime = Duration.seconds(7 * 86_400)

    public init(_ action: Action, incident: Int64, webhook: String, expires: Timestamp) {
        self.action = action
        self.incident = incident
        self.webhook = webhook
        self.expires = expires
    }

    /// The token as it stands in a URL: what it says and its HMAC-SHA256, each in base64url.
    public func text(signedWith key: Secret) -> String {
        let payload = Self.base64URL(
            Array("\(action.rawValue) \(incident) \(expires.milliseconds) \(webhook)".utf8))
        return payload + "." + Self.signature(of: payload, key)
    }

    /// Nil unless `text` was signed with `key`; whether it has expired is for the caller to say.
    public init?(_ text: String, signedWith key: Secret) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, text.utf8.count <= 1000,
            Crypto.isSame(parts[1], Self.signature(of: parts[0], key)), let bytes = Self.bytes(parts[0])
        else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count == 4, let action = Action(rawValue: String(words[0])),
            let incident = Int64(words[1]),
            let expires = Int64(words[2])
        else { return nil }
        self.init(
            action, incident: incident, webhook: String(words[3]),
            expires: Timestamp(milliseconds: expires))
    }

    private static func signature(of payload: String, _ key: Secret) -> String {
        base64URL(Crypto.hmacSHA256(Array("action-link.\(payload)".utf8), key: Array(key.revealed.utf8)))
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Base64.decode(text.replacing("-", with: "+").replacing("_", with: "/") + padding)
    }
}

/// What makes the links of messages.
public struct ActionLinks: Hashable, Sendable {
    private let base: String
    private let key: Secret

    /// `base` is the URL under which people reach the gateway.
    public init(base: String, key: Secret) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.key = key
    }

    /// A link with what it does.
    public struct Link: Hashable, Sendable {
        public let action: ActionToken.Action
        public let url: String

        public init(_ action: ActionToken.Action, url: String) {
            self.action = action
            self.url = url
        }

        var title: String {
            switch action {
            case .acknowledge: "Acknowledge"
            case .resolve: "Resolve"
            case .silence: "Silence 1 h"
            }
        }
    }

    /// What can still be done about an event when it is told at `time`.
    func links(for event: Event, to webhook: String, at time: Timestamp) -> [Link] {
        let expires = time.advanced(by: ActionToken.lifetime)
        return ActionToken.Action.allCases.compactMap { action in
            guard event.incident.resolvedAt == nil else { return nil }
            if action == .acknowledge, event.incident.acknowledgedAt != nil { return nil }
            let token = ActionToken(action, incident: event.incident.id, webhook: webhook, expires: expires)
            return Link(action, url: "\(base)/actions/\(token.text(signedWith: key))")
        }
    }
}
