/// Reads what of a rule says which others hold back its pushes, or have them held back: `group` and `inhibits`.
struct HoldsReader {
    typealias Links = (group: String?, inhibits: [Glob])

    /// The settings of the rules with `inhibits`, by the name of the rule.
    private var inhibiting: [String: [(glob: Glob, setting: Setting)]] = [:]
    /// The first setting of each group.
    private var groups: [(name: String, setting: Setting)] = []

    mutating func read(_ section: inout Section, of rule: String?) -> Links {
        let groupSetting = section.take("group")
        let group = groupSetting?.name()
        if let group, let groupSetting, !groups.contains(where: { $0.name == group }) {
            groups.append((group, groupSetting))
        }
        let patterns = (section.take("inhibits")?.oneOrMore() ?? []).compactMap { setting in
            setting.text("the name of a rule, or a pattern").map { (glob: Glob($0), setting: setting) }
        }
        if let rule, !patterns.isEmpty { inhibiting[rule] = patterns }
        return (group, patterns.map(\.glob))
    }

    /// Reports what is wrong with the rules beside each other; `names` are those of all rules, nil when unknown.
    func check(_ rules: [Rule], names: [String]?) {
        if let names {
            for (rule, patterns) in inhibiting {
                for (glob, setting) in patterns { check(glob, setting, of: rule, names: names) }
            }
        }
        for (name, setting) in groups {
            let members = rules.filter { $0.group == name }
            guard names != nil, Set(members.map(\.severity)).count == 1 else { continue }
            setting.warn(
                "no rule of the group \(name.quoted) holds back another",
                cure: members.count == 1
                    ? "it has one rule; give the others the same 'group'"
                    : "all have the severity \(members[0].severity.rawValue); give the stronger a higher one")
        }
        checkCycles(of: rules)
    }

    private func check(_ glob: Glob, _ setting: Setting, of rule: String, names: [String]) {
        if glob.pattern == rule {
            return setting.fail(
                "a rule cannot inhibit itself", cure: "name the weaker rules that it holds back")
        }
        let others = names.filter { $0 != rule }
        if !others.contains(where: glob.matches) { setting.failUnmatched(glob, names: others) }
    }

    /// Rules that hold back each other would all stay untold once they are open.
    private func checkCycles(of rules: [Rule]) {
        var reported: Set<String> = []
        for rule in rules where !rule.inhibits.isEmpty && !reported.contains(rule.name) {
            guard let cycle = Self.cycle(from: rule, among: rules),
                let setting = inhibiting[rule.name]?.first?.setting
            else { continue }
            reported.formUnion(cycle)
            setting.fail(
                "rules hold back each other: \((cycle + [rule.name]).listed(between: " > "))",
                cure: "none of them would be told while all are open; remove one of the links")
        }
    }

    /// The names on a way from `start` back to it; nil when there is none.
    private static func cycle(from start: Rule, among rules: [Rule]) -> [String]? {
        var ways: [(rule: Rule, way: [String])] = [(start, [start.name])]
        var seen: Set<String> = []
        var next = 0
        while next < ways.count {
            let (rule, way) = ways[next]
            next += 1
            for weaker in rules where rule.holdsBack(weaker) {
                if weaker.name == start.name { return way }
                if seen.insert(weaker.name).inserted { ways.append((weaker, way + [weaker.name])) }
            }
        }
        return nil
    }
}

extension [String] {
    fileprivate func listed(between separator: String) -> String {
        prefix(10).joined(separator: separator) + (count > 10 ? "\(separator)…" : "")
    }
}

extension Setting {
    /// `{changes: 5, in: 1h, steady: 30m}`, or `hold after 5 changes in 1h`.
    func flapping() -> Flapping? {
        guard isMapping else { return flappingSentence() }
        guard var section = section("'flapping'") else { return nil }
        let changes = section.require("changes", cure: "add changes: 5")?.integer(in: Self.changes)
        let span = section.require("in", cure: "add in: 1h")?.duration(in: Self.spans)
        let steadySetting = section.take("steady")
        let steady = steadySetting.map { $0.duration(in: .seconds(1)...(span ?? Self.spans.upperBound)) }
        section.finish()
        guard let changes, let span else { return nil }
        return Flapping(changes: changes, in: span, steady: steady ?? nil)
    }

    private func flappingSentence() -> Flapping? {
        let expected = "such as 'hold after 5 changes in 1h'"
        guard let text = scalar(expected) else { return nil }
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 6, words[0...1] == ["hold", "after"], words[3...4] == ["changes", "in"],
            let changes = Self.integer(words[2]), Self.changes.contains(changes),
            let span = Duration(compact: words[5]), Self.spans.contains(span)
        else {
            return failing(
                expected,
                cure: "or write {changes: 5, in: 1h, steady: 30m}; 2 to 100 changes in 1m to 7d")
        }
        return Flapping(changes: changes, in: span)
    }

    private static let changes = 2...100
    private static let spans = Duration.seconds(60)...Duration.seconds(7 * 86_400)
}
