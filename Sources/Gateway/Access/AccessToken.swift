import Notifiers
import Rules

/// What the bearer of a token may do.
enum Role: String, CaseIterable, Comparable, Sendable {
    /// Look at everything but the texts of rules files, which may hold secrets.
    case read
    /// Whatever the API can do.
    case write

    static func < (one: Role, other: Role) -> Bool { one == .read && other == .write }
}

/// Somebody to whom the API is open, known by the digest of what they bear.
struct AccessToken: Hashable, Sendable {
    let name: String
    let role: Role
    /// The token's SHA-256, as 64 hexadecimal digits in lower case.
    ///
    /// A hash that is slow to compute is for passwords, which can be guessed; of 256 random bits none can.
    let digest: String

    /// The one that stands in `server: token:` and has no name of its own.
    static func unnamed(_ token: Secret) -> AccessToken {
        AccessToken(name: unnamed, role: .write, digest: Crypto.sha256(Array(token.revealed.utf8)))
    }

    static let unnamed = "token"
    /// What stands for somebody else in the audit.
    static let reserved: Set<String> = [unnamed, "open", "cli"]
}

extension AccessToken {
    /// A new token and what is kept of it; nil when the system has no entropy to give.
    static func make(named name: String, _ role: Role) -> (text: String, token: AccessToken)? {
        guard let random = Crypto.randomHex(bytes: 32) else { return nil }
        let text = "gw_" + random
        return (text, AccessToken(name: name, role: role, digest: Crypto.sha256(Array(text.utf8))))
    }
}

extension Setting {
    /// Reads `tokens:`.
    func accessTokens() -> [AccessToken] {
        var names: [String: Mark] = [:]
        var digests: [String: String] = [:]
        let cure = "gateway token add NAME makes a token and prints its line"
        return (list(cure: cure) ?? []).compactMap { item in
            guard var section = item.section("a token") else {
                return nil
            }
            let nameSetting = section.require("name", cure: "add name: who bears it")
            let name = nameSetting?.name(in: &names)
            let role = section.take("role").map { $0.choice(of: Role.self) } ?? .read
            let hashSetting = section.require("hash", cure: cure)
            let digest = hashSetting?.sha256()
            section.finish()
            guard let name, let role, let digest else { return nil }
            guard !AccessToken.reserved.contains(name) else {
                nameSetting?.fail(
                    "the name '\(name)' stands for somebody else in the audit",
                    cure: "give the token another name")
                return nil
            }
            if let other = digests[digest] {
                hashSetting?.fail(
                    "'\(name)' has the same token as '\(other)'",
                    cure: "make one for each: gateway token add \(name)")
                return nil
            }
            digests[digest] = name
            return AccessToken(name: name, role: role, digest: digest)
        }
    }
}
