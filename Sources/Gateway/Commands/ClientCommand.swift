import Rules

/// A command that asks a running gateway.
struct ClientCommand: Equatable {
    enum Verb: String, CaseIterable {
        case incidents, show, ack, resolve, note, silence, silences, unsilence, webhooks, enable
        case sendTest = "send-test"
        case deliveries, replay, rules, explain, audit
    }

    let verb: Verb
    /// What options with a value were given, by their name.
    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    private(set) var operands: [String] = []

    /// Reads what follows the command's name; nil when help is asked for.
    init?(_ verb: Verb, _ rest: inout ArraySlice<String>) throws(UsageError) {
        self.verb = verb
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return nil
            case _ where verb.flags.contains(argument): flags.insert(argument)
            case _ where verb.options.contains(argument):
                guard let value = rest.popFirst() else { throw UsageError("\(argument) needs a value") }
                values[argument, default: []].append(value)
            case _ where argument.hasPrefix("-"):
                let guess =
                    argument.nearest(among: verb.options + verb.flags).map { "did you mean \($0)? " } ?? ""
                throw UsageError(
                    "\(verb): unknown option '\(argument)'; \(guess)see gateway \(verb) --help")
            default: operands.append(argument)
            }
        }
        try check()
    }

    private func check() throws(UsageError) {
        if verb == .rules { try checkRules() }
        guard operands.count == verb.operands.count || verb == .replay || verb == .rules else {
            let wanted = verb.operands.isEmpty ? "nothing" : verb.operands.joined(separator: " ")
            throw UsageError(
                "\(verb): takes \(wanted) beside its options, not '\(operands.joined(separator: " "))'")
        }
        if verb.operands.first == "ID", Int64(operands[0]).map({ $0 > 0 }) != true {
            throw UsageError(
                "\(verb): '\(operands[0])' is no number; gateway incidents and silences show them")
        }
        if verb == .replay { try checkReplay() }
        if let wait = value("--wait"), Duration(compact: wait) == nil {
            throw UsageError("\(verb): --wait takes a duration such as 30s, not '\(wait)'")
        }
        for (option, given) in values where given.count > 1 && !Self.repeatable.contains(option) {
            throw UsageError("\(verb): \(option) is given twice; give it once")
        }
        guard verb != .silence || values["--reason"] != nil else {
            throw UsageError("silence: say why, for those who wonder: --reason TEXT")
        }
    }

    private func checkRules() throws(UsageError) {
        let counts = ["versions": 0...0, "show": 1...1, "diff": 1...2, "rollback": 1...1]
        let names = "versions, show N, diff N [M], rollback N"
        guard let name = operands.first, let count = counts[name] else {
            let guess =
                operands.first?.nearest(among: Array(counts.keys)).map { "did you mean '\($0)'? " } ?? ""
            throw UsageError("rules: \(guess)there are \(names)")
        }
        let numbers = operands.dropFirst()
        guard count.contains(numbers.count), numbers.allSatisfy({ Int($0).map { $0 > 0 } == true }) else {
            throw UsageError("rules \(name): takes the numbers of versions: \(names)")
        }
    }

    private func checkReplay() throws(UsageError) {
        if let wrong = operands.first(where: { Int64($0).map { $0 > 0 } != true }) {
            throw UsageError("replay: '\(wrong)' is no number; gateway deliveries shows them")
        }
        let hasRange =
            ["--from", "--to", "--state"].contains { values[$0] != nil } || flags.contains("--dead")
        let names = operands.isEmpty ? values["--webhook"] != nil : values["--webhook"] == nil && !hasRange
        guard names else {
            throw UsageError(
                "replay: give either the IDs of deliveries or --webhook NAME, whose dead ones are sent")
        }
    }

    private static let repeatable: Set<String> = ["--rule", "--machine", "--severity"]

    func value(_ option: String) -> String? { values[option]?.first }
}

extension ClientCommand.Verb {
    fileprivate var options: [String] {
        let own: [String] =
            switch self {
            case .incidents: ["--since", "--limit"]
            case .ack, .resolve: ["--by", "--note"]
            case .note, .rules: ["--by"]
            case .silence: ["--rule", "--machine", "--severity", "--for", "--reason", "--by"]
            case .deliveries: ["--webhook", "--state", "--incident", "--since", "--limit"]
            case .replay: ["--webhook", "--state", "--from", "--to"]
            case .sendTest: ["--wait"]
            case .explain: ["--at", "--source"]
            case .audit: ["--since", "--until", "--limit"]
            case .show, .silences, .unsilence, .webhooks, .enable: []
            }
        return own + ["--url", "--ca"]
    }

    fileprivate var flags: [String] {
        switch self {
        case .incidents: ["--open", "--json"]
        case .silences: ["--all", "--json"]
        case .deliveries, .replay: ["--dead", "--json"]
        case .show, .ack, .resolve, .note, .silence, .unsilence, .webhooks, .enable, .sendTest, .rules,
            .explain, .audit:
            ["--json"]
        }
    }

    fileprivate var operands: [String] {
        switch self {
        case .incidents, .silence, .silences, .webhooks, .deliveries, .audit: []
        case .enable, .sendTest: ["NAME"]
        case .replay: ["ID…"]
        case .rules: ["versions|show|diff|rollback", "N"]
        case .show, .ack, .resolve, .unsilence: ["ID"]
        case .note: ["ID", "TEXT"]
        case .explain: ["MACHINE", "RULE"]
        }
    }
}

extension ClientCommand.Verb: CustomStringConvertible {
    var description: String { rawValue }
}
