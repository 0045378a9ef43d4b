/// A webhook as the simulation knows it.
struct PlainWebhook: Hashable {
    var name: String
    /// Which receiver of that name: another one has another URL.
    var address = 1
    /// Empty for all.
    var severity = ""
    var machines = ""
    var concurrency = 8
    /// The most events a minute that are told one by one; 0 for no bound.
    var digestOver = 0
    /// Who is told in its place while it fails; of a file that does not have it, nobody.
    var fallback: String?
    /// Whether it is sent drills.
    var hasDrills = false

    /// How long it must have failed, in seconds.
    static let fallbackAfter: Int64 = 60
    /// How much time lies between two drills, in seconds.
    static let drillInterval: Int64 = 3600

    func yaml(beside webhooks: [PlainWebhook]) -> String {
        var only: [String] = []
        if !severity.isEmpty { only.append("severity: [\(severity)]") }
        if !machines.isEmpty { only.append("machines: [\"\(machines)*\"]") }
        var keys = [
            "name: \(name)", "url: \"http://\(name)-\(address).example/\"", "concurrency: \(concurrency)",
            "digest: \(digestOver > 0 ? "{over: \(digestOver)/m}" : "off")",
        ]
        if !only.isEmpty { keys.append("only: {\(only.joined(separator: ", "))}") }
        if let fallback, webhooks.contains(where: { $0.name == fallback }) {
            keys.append("fallback: \(fallback), fallback_after: \(Self.fallbackAfter)s")
        }
        if hasDrills { keys.append("drill: \(Self.drillInterval)s") }
        return "  - {\(keys.joined(separator: ", "))}"
    }
}

/// The rules file: what of it may change.
struct RulesText: Hashable {
    /// What the rules of one life may ask for.
    struct Kinds: Hashable {
        enum Links { case none, groups, inhibits }

        var hasDigests = false
        var hasAbsences = false
        var links = Links.none
        var hasFallbacks = false
        var hasReminders = false
        var hasFlapping = false
        var hasDrills = false
    }

    static let sources = ["fleet", "lab"]
    /// In seconds.
    static let interval: Int64 = 15
    static let maxGap: Int64 = 60

    var kinds = Kinds()
    var rules: [PlainRule]
    var webhooks: [PlainWebhook]

    var yaml: String {
        let sources = Self.sources.map {
            "  - {name: \($0), url: \"http://\($0).example/\", interval: \(Self.interval)s, max_gap: \(Self.maxGap)s, "
                + "json: {machine: machine_ip, metrics: {cpu: cpu, mem: mem}}}"
        }
        let rules = self.rules.map { $0.yaml(beside: self.rules) }
        let webhooks = self.webhooks.map { $0.yaml(beside: self.webhooks) }
        return (["sources:"] + sources + ["rules:"] + rules + ["webhooks:"] + webhooks)
            .joined(separator: "\n")
    }

    static func random(_ kinds: Kinds, using random: inout SplitMix) -> RulesText {
        var text = RulesText(kinds: kinds, rules: [], webhooks: [PlainWebhook(name: "all")])
        for number in 0...random.number(0...3) {
            text.rules.append(.random("r\(number)", kinds, using: &random))
        }
        if random.chance(0.5) { text.webhooks.append(PlainWebhook(name: "critical", severity: "critical")) }
        if random.chance(0.3) {
            text.webhooks.append(PlainWebhook(name: "some", machines: "a", concurrency: 1))
        }
        if kinds.hasFallbacks {
            // Most of what it is told is not its own.
            text.webhooks.append(PlainWebhook(name: "pager", severity: random.pick("", "info", "info")))
            text.webhooks[0].fallback = "pager"
            if random.chance(0.3) { text.webhooks[text.webhooks.count - 1].fallback = "all" }
        }
        for index in text.webhooks.indices where kinds.hasDigests && random.chance(0.5) {
            text.webhooks[index].digestOver = random.number(2...6)
        }
        for index in text.webhooks.indices where kinds.hasDrills {
            text.webhooks[index].hasDrills = random.chance(0.5)
        }
        return text
    }

    /// The file after somebody has edited it.
    func edited(using random: inout SplitMix) -> RulesText {
        var text = self
        let rule = random.number(0...text.rules.count - 1)
        let webhook = random.number(0...text.webhooks.count - 1)
        switch random.number(0...7) {
        case 0...2: text.rules[rule] = .random(text.rules[rule].name, kinds, using: &random)
        case 3 where text.rules.count > 1: text.rules.remove(at: rule)
        case 4:
            let free = (0...4).map { "r\($0)" }.filter { name in !text.rules.contains { $0.name == name } }
            if let name = random.pick(of: free) { text.rules.append(.random(name, kinds, using: &random)) }
        case 5: text.webhooks[webhook].address += 1
        case 6 where kinds.hasDrills: text.webhooks[webhook].hasDrills.toggle()
        case 6: text.webhooks[webhook].severity = random.pick("", "critical", "warning")
        case 7 where text.webhooks.count > 1: text.webhooks.remove(at: webhook)
        default:
            let free = ["all", "critical", "some"].filter { name in
                !text.webhooks.contains { $0.name == name }
            }
            if let name = random.pick(of: free) { text.webhooks.append(PlainWebhook(name: name)) }
        }
        return text
    }
}
