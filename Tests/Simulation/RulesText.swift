/// A rule as the simulation knows it, apart from how the gateway reads and judges it.
struct PlainRule: Hashable {
    enum Window: Hashable {
        case samples(Int)
        case seconds(Int64)
    }

    var name: String
    var metric: String
    var aggregate: String
    var window: Window
    var isAbove: Bool
    var limit: Double
    var clear: Double
    /// In seconds.
    var holdFor: Int64 = 0
    var keepOpen: Int64 = 0
    /// How the names of its machines begin.
    var machines = ""
    var severity: String

    var yaml: String {
        let window =
            switch window {
            case .samples(let count): "\(count)"
            case .seconds(let count): "\(count)s"
            }
        var keys = [
            "name: \(name)", "metric: \(metric)", "aggregate: \(aggregate)", "window: \(window)",
            "\(isAbove ? "above" : "below"): \(limit)", "clear: \(clear)", "severity: \(severity)",
        ]
        if holdFor > 0 { keys.append("for: \(holdFor)s") }
        if keepOpen > 0 { keys.append("keep_open: \(keepOpen)s") }
        if !machines.isEmpty { keys.append("machines: [\"\(machines)*\"]") }
        return "  - {\(keys.joined(separator: ", "))}"
    }

    static func random(_ name: String, using random: inout SplitMix) -> PlainRule {
        let isAbove = random.chance(0.8)
        let limit = Double(random.pick(50, 60, 80, 90))
        let slack = Double(random.pick(0, 0, 10, 20))
        return PlainRule(
            name: name, metric: random.pick("cpu", "mem"),
            aggregate: random.pick("mean", "mean", "min", "max", "last"),
            window: random.pick(
                .samples(1), .samples(2), .samples(3), .samples(4), .seconds(30), .seconds(60)),
            isAbove: isAbove, limit: isAbove ? limit : 100 - limit,
            clear: isAbove ? limit - slack : 100 - limit + slack,
            holdFor: Int64(random.pick(0, 0, 0, 30)), keepOpen: Int64(random.pick(0, 0, 0, 30)),
            machines: random.pick("", "", "", "a"), severity: random.pick("info", "warning", "critical"))
    }
}

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

    var yaml: String {
        var only: [String] = []
        if !severity.isEmpty { only.append("severity: [\(severity)]") }
        if !machines.isEmpty { only.append("machines: [\"\(machines)*\"]") }
        let filter = only.isEmpty ? "" : ", only: {\(only.joined(separator: ", "))}"
        let digest = digestOver > 0 ? "{over: \(digestOver)/m}" : "off"
        return
            "  - {name: \(name), url: \"http://\(name)-\(address).example/\", concurrency: \(concurrency), "
            + "digest: \(digest)\(filter)}"
    }
}

/// The rules file: what of it may change.
struct RulesText: Hashable {
    static let sources = ["fleet", "lab"]
    /// In seconds.
    static let interval: Int64 = 15
    static let maxGap: Int64 = 60

    var rules: [PlainRule]
    var webhooks: [PlainWebhook]

    var yaml: String {
        let sources = Self.sources.map {
            "  - {name: \($0), url: \"http://\($0).example/\", interval: \(Self.interval)s, max_gap: \(Self.maxGap)s, "
                + "json: {machine: machine_ip, metrics: {cpu: cpu, mem: mem}}}"
        }
        return
            (["sources:"] + sources + ["rules:"] + rules.map(\.yaml) + ["webhooks:"] + webhooks.map(\.yaml))
            .joined(separator: "\n")
    }

    static func random(hasDigests: Bool, using random: inout SplitMix) -> RulesText {
        var text = RulesText(rules: [], webhooks: [PlainWebhook(name: "all")])
        for number in 0...random.number(0...3) { text.rules.append(.random("r\(number)", using: &random)) }
        if random.chance(0.5) { text.webhooks.append(PlainWebhook(name: "critical", severity: "critical")) }
        if random.chance(0.3) {
            text.webhooks.append(PlainWebhook(name: "some", machines: "a", concurrency: 1))
        }
        for index in text.webhooks.indices where hasDigests && random.chance(0.5) {
            text.webhooks[index].digestOver = random.number(2...6)
        }
        return text
    }

    /// The file after somebody has edited it.
    func edited(using random: inout SplitMix) -> RulesText {
        var text = self
        let rule = random.number(0...text.rules.count - 1)
        let webhook = random.number(0...text.webhooks.count - 1)
        switch random.number(0...7) {
        case 0...2: text.rules[rule] = .random(text.rules[rule].name, using: &random)
        case 3 where text.rules.count > 1: text.rules.remove(at: rule)
        case 4:
            let free = (0...4).map { "r\($0)" }.filter { name in !text.rules.contains { $0.name == name } }
            if let name = random.pick(of: free) { text.rules.append(.random(name, using: &random)) }
        case 5: text.webhooks[webhook].address += 1
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
