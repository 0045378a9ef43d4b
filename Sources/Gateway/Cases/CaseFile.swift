import Collector
import Notifiers
import Rules

/// A file of unit tests of rules.
struct CaseFile {
    let path: String
    let configuration: Configuration
    let cases: [Case]

    /// Reads the file at `path`, and the rules file that it names; throws everything that is wrong with either.
    static func load(
        path: String, environment: [String: String]
    ) throws(ConfigurationError) -> CaseFile {
        let faults = Faults(in: path)
        let bytes: [UInt8]
        do {
            bytes = try FileReader.bytes(at: path)
        } catch {
            throw ConfigurationError(
                file: path, faults: [Fault(file: path, message: error.message, cure: error.cure)])
        }
        guard
            var file = Section.root(
                of: bytes, environment: Environment(variables: environment), reporting: faults,
                first: "cases",
                holdsSecrets: false)
        else { throw ConfigurationError(faults) }
        let rules = file.take("rules")?.text("the path of a rules file") ?? "rules.yaml"
        let folder = rules.hasPrefix("/") ? "" : FileReader.folder(of: path)
        let configuration = try Configuration.load(path: folder + rules, environment: environment)
        let items = file.require("cases", cure: "begin with 'cases:' and a list of them")?
            .list(cure: "begin each case with '- name:'")
        let reader = CaseReader(configuration)
        let cases = (items ?? []).compactMap { reader.read($0) }
        file.finish()
        guard !faults.hasErrors else { throw ConfigurationError(faults) }
        return CaseFile(path: path, configuration: configuration, cases: cases)
    }
}

private struct CaseReader {
    let configuration: Configuration

    init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// 1 January 2026, a Thursday, at midnight.
    private static let newYear = Timestamp(milliseconds: 1_767_225_600_000)
    private static let longest = Duration.seconds(366 * 86_400)

    func read(_ setting: Setting) -> Case? {
        guard var section = setting.section("a case") else { return nil }
        let name = section.require("name", cure: "say in a few words what it shows")?.text()
        let source = source(of: &section)
        let start = section.take("start").flatMap { $0.moment() } ?? Self.newYear
        let samples = section.require("samples", cure: "add samples: {10.0.0.1: {cpu: 50 90x3}}")
        let series = source.flatMap { source in samples.map { self.series($0, of: source) } } ?? []
        let failed = section.take("failed_polls")?.pollNumbers() ?? []
        let restarts = section.take("restart_before")?.pollNumbers() ?? []
        let answers = section.take("answers").map { self.answers($0) } ?? [:]
        let then = section.take("then")?.duration(in: .zero...Self.longest) ?? source?.interval ?? .zero
        let events = section.take("events").map { expectations($0, CaseMembers.event) }
        let requests = section.take("requests").map { expectations($0, CaseMembers.request) }
        if events == nil && requests == nil {
            section.fail(
                "a case needs 'events' or 'requests'", cure: "add events: [] when nothing is to happen")
        }
        section.finish()
        guard let name, let source else { return nil }
        return Case(
            name: name, line: setting.line, source: source, start: start, series: series,
            failedPolls: Set(failed), restarts: Set(restarts), answers: answers, then: then, events: events,
            requests: requests)
    }

    private func source(of section: inout Section) -> Source? {
        let names = configuration.sources.map(\.name)
        guard let setting = section.take("source") else { return configuration.sources.first }
        guard let name = setting.known(among: names, as: "a source") else { return nil }
        return configuration.sources.first { $0.name == name }
    }

    private func series(_ samples: Setting, of source: Source) -> [Case.Series] {
        var all: [Case.Series] = []
        for (machine, metrics) in samples.entries() ?? [] {
            let entries = metrics.entries() ?? []
            if let (values, numbers) = commas(in: entries) {
                values.fail(
                    "the values of a series stand with spaces between, not commas",
                    cure: "write \(numbers.joined(separator: " "))")
                continue
            }
            for (metric, values) in entries {
                guard let machine = machine.text(),
                    let metric = metric.known(among: source.metrics, as: "a metric of \(source.name)"),
                    let values = values.seriesValues()
                else { continue }
                all.append(Case.Series(machine: machine, metric: metric, values: values))
            }
        }
        return all
    }

    /// The first series whose values YAML took for keys, as commas stand between them; and its values.
    private func commas(
        in entries: [(key: Setting, value: Setting)]
    ) -> (values: Setting, numbers: [String])? {
        let isBare = entries.map { key, value in
            value.isNull && (key.text().map { (try? SeriesText.values($0)) != nil } ?? false)
        }
        guard let first = isBare.indices.first(where: { isBare[$0] && $0 > 0 && !isBare[$0 - 1] }) else {
            return nil
        }
        let numbers = zip(entries, isBare).dropFirst(first).prefix { $0.1 }.compactMap { $0.0.key.text() }
        return (entries[first - 1].value, [entries[first - 1].value.text() ?? ""] + numbers)
    }

    /// What the values of members must be among, by name.
    private var known: [String: [String]] {
        [
            "event": Event.Kind.allCases.map(CaseMembers.name),
            "to": configuration.webhooks.map(\.name),
            "rule": configuration.rules.map(\.name) + OwnRule.allCases.map(\.rawValue),
            "severity": Severity.allCases.map(\.rawValue),
        ]
    }

    private func expectations(_ setting: Setting, _ members: [String]) -> [Case.Expectation] {
        let example = members == CaseMembers.event ? "event: opened" : "to: ops"
        return (setting.list(cure: "write one happening an item: - {at: 3, \(example)}") ?? []).compactMap {
            item in
            guard var section = item.section("an expectation") else { return nil }
            let at = section.take("at").flatMap { $0.caseMoment() }
            let pairs = members.compactMap { name -> Pattern.Member? in
                guard let setting = section.take(name), let pattern = setting.pattern() else { return nil }
                if let names = known[name] { setting.check(pattern, of: name, among: names) }
                return Pattern.Member(name, name == "held_by" ? CaseMembers.heldBy(pattern) : pattern)
            }
            section.finish()
            return Case.Expectation(line: item.line, at: at, pattern: .mapping(pairs))
        }
    }

    private func answers(_ setting: Setting) -> [String: AnswerScript] {
        var answers: [String: AnswerScript] = [:]
        for (webhook, script) in setting.entries() ?? [] {
            guard let name = webhook.known(among: configuration.webhooks.map(\.name), as: "a webhook"),
                let text = script.text(AnswerScript.forms)
            else { continue }
            guard let parsed = AnswerScript(text) else {
                script.fail("'\(text)' is no list of answers", cure: "write \(AnswerScript.forms)")
                continue
            }
            answers[name] = parsed
        }
        return answers
    }
}

extension Setting {
    /// A moment in RFC 3339.
    fileprivate func moment() -> Timestamp? {
        guard let text = text("a time") else { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
        return failing("a time", cure: "write it as 2026-01-01T00:00:00Z")
    }

    fileprivate func seriesValues() -> [Double?]? {
        guard !isList else {
            let values = (list() ?? []).compactMap { $0.text() }
            return failing("values \(SeriesText.forms)", cure: "write \(values.joined(separator: " "))")
        }
        guard let text = text("values \(SeriesText.forms)") else { return nil }
        do {
            return try SeriesText.values(text)
        } catch {
            fail("'\(error.word)' is no value of a series", cure: "write values \(SeriesText.forms)")
            return nil
        }
    }

    fileprivate func pollNumbers() -> [Int] {
        oneOrMore().compactMap {
            $0.integer(in: 1...SeriesText.limit, cure: "the first poll is 1: write [2, 3]")
        }
    }

    /// One of `names`.
    fileprivate func known(among names: [String], as what: String) -> String? {
        guard let text = text(what) else { return nil }
        if names.contains(text) { return text }
        let guess = text.nearest(among: names).map { "did you mean '\($0)'? " } ?? ""
        fail("'\(text)' is not \(what)", cure: "\(guess)there are: \(names.joined(separator: ", "))")
        return nil
    }

    /// Reports a text that can be none of `names`.
    fileprivate func check(_ pattern: Pattern, of member: String, among names: [String]) {
        guard case .scalar(let text) = pattern, !names.contains(where: Glob(text).matches) else { return }
        let guess = text.nearest(among: names).map { "did you mean '\($0)'? " } ?? ""
        fail(
            "there is no \(member == "to" ? "webhook" : member) '\(text)'",
            cure: "\(guess)there are: \(names.joined(separator: ", "))")
    }

    fileprivate func caseMoment() -> Case.Moment? {
        let expected = "the number of a sample, or a duration since the first"
        guard let text = text(expected) else { return nil }
        if let duration = Duration(compact: text) { return .after(duration) }
        let parts = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        let later = parts.count == 2 ? Duration(compact: parts[1]) : .zero
        guard let number = Int(parts[0]), (1...SeriesText.limit).contains(number), parts.count <= 2, let later
        else { return failing(expected, cure: "write at: 3, at: 3+5s, or at: 2m") }
        return .poll(number, after: later)
    }
}
