public import Rules

/// The webhooks of a settings file.
public struct WebhooksSection {
    public let webhooks: [Webhook]
    /// How requests go out unless a webhook says otherwise.
    public let outbound: RequestOptions

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
    }
}

private struct WebhookReader {
    let rules: [String]?
    let outbound: RequestOptions
    private var places: [String: Mark] = [:]

    init(rules: [String]?, outbound: RequestOptions) {
        self.rules = rules
        self.outbound = outbound
    }

    mutating func webhook(_ setting: Setting) -> Webhook? {
        guard var section = setting.section("a webhook") else { return nil }
        let name = section.require("name", cure: "add a name: ops")?.name(in: &places)
        let format = FormatReader.read(&section)
        let signs = format?.signs ?? true
        let secrets = signs ? section.secrets("secret", allowsList: true).compactMap(Self.signingSecret) : []
        let headers = section.take("headers")?.headers(reserved: Self.ownHeaders) ?? []
        let filter = section.take("only").flatMap { self.filter($0) } ?? Filter()
        let concurrency = section.take("concurrency")?.integer(in: 1...256) ?? 8
        let timeout = section.take("timeout")?.duration(in: Self.timeouts) ?? .seconds(15)
        let method = section.take("method")?.choice(of: Webhook.Method.self) ?? .post
        let options = section.requestOptions(outbound, headers: headers, hasPolicy: true)
        let disabledAfter = section.take("disabled_after")?.duration(in: Self.spells)
        section.finish()
        guard let name, let format else { return nil }
        var webhook = Webhook(
            name: name, url: format.url, format: format.format, secrets: secrets,
            headers: headers.map { Header($0.name, $0.value) }, filter: filter,
            concurrency: concurrency, timeout: timeout, method: method, options: options)
        if let disabledAfter { webhook.disabledAfter = disabledAfter }
        return webhook
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

    private func filter(_ setting: Setting) -> Filter? {
        guard var section = setting.section("'only'") else { return nil }
        let severities = section.take("severity")?.oneOrMore().compactMap { $0.choice(of: Severity.self) }
        let ruleGlobs = section.take("rules")?.oneOrMore().compactMap { ruleGlob($0) }
        let machines = section.take("machines")?.oneOrMore().compactMap {
            $0.text("a pattern").map(Glob.init)
        }
        let labels = section.take("labels")?.labels()
        section.finish()
        return Filter(
            severities: severities ?? [], rules: ruleGlobs ?? [], machines: machines ?? [],
            labels: labels ?? [:])
    }

    /// A pattern that matches no rule is a slip: the webhook would never be told.
    private func ruleGlob(_ setting: Setting) -> Glob? {
        guard let glob = setting.text("a pattern").map(Glob.init) else { return nil }
        let own = OwnRule.allCases.map(\.rawValue)
        if let rules, !(rules + own).contains(where: glob.matches) {
            setting.failUnmatched(glob, names: rules)
        }
        return glob
    }
}
