public import Rules

/// The webhooks of a settings file.
public struct WebhooksSection {
    public let webhooks: [Webhook]
    /// How requests go out unless a webhook says otherwise.
    public let outbound: RequestOptions
    /// Which incidents they are told, as the file says it.
    private let matchers: [MatcherPlaces]

    /// Reads `outbound:`, and `webhooks:`, of which there may be none; `rules` are the names of the rules, nil when
    /// unknown.
    public init(of file: inout Section, rules: [String]?) {
        let setting = file.take("webhooks")
        var outbound = RequestOptions()
        if var section = file.take("outbound")?.section("'outbound'") {
            section.takeRoute(&outbound)
            section.finish()
        }
        self.outbound = outbound
        let items = setting?.list(cure: "begin each webhook with '- name:'") ?? []
        var reader = WebhookReader(rules: rules, outbound: outbound)
        webhooks = items.compactMap { reader.webhook($0) }
        matchers = reader.matchers
        reader.checkFallbacks(of: items.count)
    }

    /// Warns of what webhooks are told `only` of and that no incident can be.
    public func check(against known: KnownIncidents) {
        for matcher in matchers { known.check(matcher) }
    }
}

private struct WebhookReader {
    let rules: [String]?
    let outbound: RequestOptions
    private var places: [String: Mark] = [:]
    private(set) var matchers: [MatcherPlaces] = []
    /// Where each fallback is named, by which webhook.
    private var fallbacks: [(setting: Setting, name: String, of: String?)] = []

    init(rules: [String]?, outbound: RequestOptions) {
        self.rules = rules
        self.outbound = outbound
    }

    mutating func webhook(_ setting: Setting) -> Webhook? {
        guard var section = setting.section("a webhook") else { return nil }
        let name = section.require("name", cure: "add a name: ops")?.name(in: &places)
        let format = FormatReader.read(&section)
        if let format, case .email = format.format { Self.refuseRequestKeys(&section) }
        let signs = format?.signs ?? true
        let secrets = signs ? section.secrets("secret", allowsList: true).compactMap(Self.signingSecret) : []
        let headers = section.take("headers")?.headers(reserved: Self.ownHeaders) ?? []
        let filter = section.take("only").flatMap { self.filter($0) } ?? Filter()
        let concurrency = section.take("concurrency")?.integer(in: 1...256) ?? 8
        let timeout = section.take("timeout")?.duration(in: Self.timeouts) ?? .seconds(15)
        let method = section.take("method")?.choice(of: Webhook.Method.self) ?? .post
        let options = section.requestOptions(outbound, headers: headers, hasPolicy: true)
        if let format, case .email = format.format, case .bearer = options.authorization {
            section.fail(
                "'bearer' means nothing to a mail server",
                cure: "write auth: {basic: {user: name, password: …}}")
        }
        let disabledAfter = section.take("disabled_after")?.duration(in: Self.spells)
        let fallback = fallback(&section, of: name)
        let digest = section.take("digest").map { self.digest($0) }
        let drill = section.take("drill")?.drill()
        section.finish()
        guard let name, let format else { return nil }
        var webhook = Webhook(
            name: name, url: format.url, format: format.format, secrets: secrets,
            headers: headers.map { Header($0.name, $0.value) }, filter: filter,
            concurrency: concurrency, timeout: timeout, method: method, options: options)
        webhook.digestOver = digest ?? format.format.usualDigest
        webhook.fallback = fallback
        if let disabledAfter { webhook.disabledAfter = disabledAfter }
        webhook.drill = drill ?? nil
        return webhook
    }

    /// A mail is no HTTP request: what would be ignored is a mistake.
    private static func refuseRequestKeys(_ section: inout Section) {
        for (key, cure) in [
            ("method", "take it out"), ("secret", "take it out; a mail is not signed"),
            ("secret_file", "take it out; a mail is not signed"),
            ("headers", "take it out; a mail has the header fields of its delivery"),
            ("proxy", "take it out; a mail goes straight to its server"),
        ] {
            section.take(key)?.fail("'\(key)' means nothing to a webhook of the format 'email'", cure: cure)
        }
    }

    private static let timeouts = Duration.milliseconds(100)...Duration.seconds(60)
    private static let spells = Duration.seconds(60)...Duration.seconds(365 * 86_400)
    private static let ownHeaders = [
        "content-type", "webhook-id", "webhook-sequence", "webhook-signature", "webhook-timestamp",
    ]

    /// The prefix is insisted on: without it, any password of the right length would pass for a key.
    private static func signingSecret(_ secret: Secret, from setting: Setting) -> SigningSecret? {
        let text = secret.revealed
        let isAsymmetric = text.hasPrefix("whsk_")
        if text.hasPrefix("whsec_") || isAsymmetric, let secret = SigningSecret(text) { return secret }
        guard !isAsymmetric else {
            setting.fail(
                "a secret key must be 'whsk_' and the base64 of the 32 or 64 bytes of an Ed25519 key",
                cure: "make one with: "
                    + "echo \"whsk_$(openssl genpkey -algorithm ed25519 -outform DER | tail -c 32 | base64)\""
            )
            return nil
        }
        setting.fail(
            "a secret must be 'whsec_' and the base64 of 24 to 64 bytes",
            cure: "make one with: echo \"whsec_$(openssl rand -base64 32)\"")
        return nil
    }

    /// The most events a minute that are told one by one; nil for `off`, and, with a fault, for what is wrong.
    private func digest(_ setting: Setting) -> Int? {
        let cure = "write 'digest: {over: 30/m}' or 'digest: off'"
        guard setting.isMapping else {
            guard let text = setting.text("a mapping or 'off'"), text != "off" else { return nil }
            return setting.failing("a mapping or 'off'", cure: cure)
        }
        guard var section = setting.section("'digest'") else { return nil }
        let rate = section.require("over", cure: "add over: 30/m")
        section.finish()
        guard let rate, let text = rate.text("a rate") else { return nil }
        let digits = text.hasSuffix("/m") ? text.dropLast(2) : ""
        if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
            (1...1000).contains(number)
        {
            return number
        }
        return rate.failing("a rate from 1/m to 1000/m", cure: "write it as 30/m: so many events a minute")
    }

    private mutating func fallback(_ section: inout Section, of webhook: String?) -> Webhook.Fallback? {
        let named = section.take("fallback")
        let after = section.take("fallback_after")
        let length = after?.duration(in: Self.spells)
        guard let setting = named else {
            after?.fail("'fallback_after' has no 'fallback'", cure: "add fallback: and the name of a webhook")
            return nil
        }
        guard let name = setting.name() else { return nil }
        fallbacks.append((setting, name, of: webhook))
        return length.map { Webhook.Fallback(to: name, after: $0) } ?? Webhook.Fallback(to: name)
    }

    /// A fallback may be named before the webhook that it is; `count` is the number of all webhooks.
    func checkFallbacks(of count: Int) {
        for (setting, name, webhook) in fallbacks {
            if name == webhook {
                setting.fail(
                    "the webhook '\(name)' is its own fallback",
                    cure: "name another webhook, or remove the key")
            } else if places[name] == nil, places.count == count {
                let others = places.keys.filter { $0 != webhook }.sorted()
                let guess = setting.suggestion(for: name, among: others)
                let list =
                    others.isEmpty ? "there is no other" : "webhooks: \(others.joined(separator: ", "))"
                setting.fail(
                    "there is no webhook '\(name)'", cure: guess.map { "did you mean '\($0)'?" } ?? list)
            }
        }
    }

    private mutating func filter(_ setting: Setting) -> Filter? {
        guard var section = setting.section("'only'") else { return nil }
        let severities = section.take("severity")?.oneOrMore().compactMap { $0.choice(of: Severity.self) }
        let ruleGlobs = section.take("rules")?.oneOrMore().compactMap { ruleGlob($0) }
        let places = MatcherPlaces(machines: section.take("machines"), labels: section.take("labels"))
        let machines = places.machines?.oneOrMore().compactMap { $0.glob() }
        let labels = places.labels?.labels()
        matchers.append(places)
        section.finish()
        return Filter(
            severities: severities ?? [], rules: ruleGlobs ?? [], machines: machines ?? [],
            labels: labels ?? [:])
    }

    /// A pattern that matches no rule is a slip: the webhook would never be told.
    private func ruleGlob(_ setting: Setting) -> Glob? {
        guard let glob = setting.glob() else { return nil }
        let own = OwnRule.allCases.map(\.rawValue)
        if let rules, !(rules + own).contains(where: glob.matches) {
            setting.failUnmatched(glob, names: rules)
        }
        return glob
    }
}

extension Setting {
    private static let drills = ["daily": 1, "weekly": 7, "monthly": 30]

    /// How often a drill is sent; the inner nil for `off`.
    fileprivate func drill() -> Duration?? {
        let text = self.text("off, daily, weekly, monthly or a duration")
        guard let text else { return nil }
        if text == "off" { return .some(nil) }
        if let days = Self.drills[text] { return .seconds(days * 86_400) }
        let range = Duration.seconds(3600)...Duration.seconds(366 * 86_400)
        guard let interval = Duration(compact: text), range.contains(interval) else {
            return failing(
                "off, daily, weekly, monthly or a duration from \(range.lowerBound.compact) to "
                    + range.upperBound.compact, cure: "write drill: weekly")
        }
        return interval
    }
}
