import Collector
import HTTP
import Rules
import Store

/// Why a rule did, or did not, say something of a machine.
enum ExplainRoutes {
    static let all: [Route] = [
        .get(
            "/api/explain", "What a rule said of a machine at a moment, and why.",
            Input(
                Question(),
                [
                    .text("machine", \.named.machine, isRequired: true, "name the machine: machine=10.0.0.7"),
                    .text("rule", \.named.rule, isRequired: true, "name the rule: rule=cpu-high"),
                    .text("source", \.source, "The source that reports the machine, where several do"),
                    .time("at", \.asked, "The moment; now unless told"),
                ]), gives: .json(.named("Explanation"))
        ) { (api, _, question) throws(Problem) in
            var question = question
            let now = api.now()
            question.at = question.asked ?? now
            guard question.at <= now else {
                throw .badParameter("at", "\(question.at) is in the future; it is \(now)")
            }
            let explanation = try question.answer(api)
            return .json { $0.explanation(explanation) }
        }
    ]
}

/// What is to be explained.
private struct Question: Sendable {
    struct Named: Sendable {
        var machine: String?
        var rule: String?
    }

    var named = Named()
    var source: String?
    var asked: Timestamp?
    var at = Timestamp(milliseconds: 0)

    private var machine: String { named.machine ?? "" }
    private var rule: String { named.rule ?? "" }

    func answer(_ api: API) throws(Problem) -> Explanation {
        let version = try version(api)
        let configuration: Configuration
        do { configuration = try api.rules.file.check(version.text) } catch {
            throw Problem(
                status: 409, title: "Rules not readable",
                detail: "version \(version.number) of the rules, in force at \(at), cannot be read any more: "
                    + (error.faults.first?.message ?? "it has faults"))
        }
        let rule = try rule(of: configuration, version)
        let source = try source(of: configuration, for: rule, api)
        let explainer = Explainer(
            reader: api.reader, version: version, configuration: configuration, at: at,
            statuses: api.health.sources)
        return try api.stored { (_) throws(StoreError) in
            try explainer.explanation(of: machine, in: source, by: rule)
        }
    }

    private func version(_ api: API) throws(Problem) -> RulesVersion {
        let found = try api.stored { (reader) throws(StoreError) in try reader.rules(at: at) }
        guard let found else { throw .badParameter("at", "no rules were in force at \(at) yet") }
        return found
    }

    private func rule(of configuration: Configuration, _ version: RulesVersion) throws(Problem) -> Rule {
        if let found = configuration.rules.first(where: { $0.name == rule }) { return found }
        let names = configuration.rules.map(\.name)
        guard !names.contains(machine) else {
            throw .notFound(
                "'\(machine)' is a rule, and no machine; MACHINE comes first: explain \(rule) \(machine)")
        }
        throw .notFound(
            "version \(version.number) of the rules, in force at \(at), has no rule '\(rule)'; "
                + Self.suggestion(for: rule, among: names, "rules"))
    }

    /// The source that reports the machine: that of the question or, of several, the one that the rule watches.
    private func source(
        of configuration: Configuration, for rule: Rule, _ api: API
    ) throws(Problem) -> ObservedSource {
        let sources = configuration.sources.map(\.observed)
        if let source, !sources.contains(where: { $0.name == source }) {
            throw .notFound(
                "there was no source '\(source)' at \(at); "
                    + Self.suggestion(for: source, among: sources.map(\.name), "sources"))
        }
        let reporting = try api.stored { (reader) throws(StoreError) in try reader.sources(of: machine) }
        guard !reporting.isEmpty else { throw try unknownMachine(api) }
        guard source == nil || reporting.contains(source ?? "") else {
            throw .notFound(
                "the source '\(source ?? "")' has reported no machine '\(machine)'; "
                    + "\(reporting.joined(separator: ", ")) has")
        }
        let known = sources.filter { reporting.contains($0.name) && $0.name == source ?? $0.name }
        let watched = known.filter { rule.reasonNotToWatch(machine, of: $0) == nil }
        guard watched.count < 2 else {
            throw .badParameter(
                "source",
                "\(machine) is a machine of \(watched.map(\.name).joined(separator: " and of ")); "
                    + "say which: source=\(watched[0].name)")
        }
        guard let found = watched.first ?? known.first else {
            throw .notFound(
                "the source of \(machine), \(reporting.joined(separator: ", ")), was none of the rules at \(at)"
            )
        }
        return found
    }

    private func unknownMachine(_ api: API) throws(Problem) -> Problem {
        let names = try api.stored { (reader) throws(StoreError) in
            try reader.machines(aboutAsLongAs: machine)
        }
        let guess = machine.nearest(among: names).map { "; did you mean '\($0)'?" } ?? ""
        return .notFound("no source has reported a machine '\(machine)'\(guess)")
    }

    private static func suggestion(for name: String, among names: [String], _ what: String) -> String {
        let guess = name.nearest(among: names).map { "did you mean '\($0)'? " } ?? ""
        return guess + "\(what): \(names.isEmpty ? "none" : names.joined(separator: ", "))"
    }
}
