@testable import Rules

/// Reads a settings file and what `body` takes from it.
func read<Result>(
    _ yaml: String, variables: [String: String] = [:], files: [String: String] = [:],
    reporting faults: Faults,
    _ body: (inout Section) -> Result
) -> Result? {
    let environment = Environment(variables: variables) { name throws(FileError) in
        guard let text = files[name] else { throw .missing }
        return Array(text.utf8)
    }
    guard var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults) else {
        return nil
    }
    defer { file.finish() }
    return body(&file)
}

/// All that is said of the rules of a file.
func report(
    _ yaml: String, variables: [String: String] = [:], metrics: [String]? = ["cpu", "disk", "mem"]
) -> String {
    let faults = Faults(in: "rules.yaml")
    _ = read(yaml, variables: variables, reporting: faults) { RulesSection(of: &$0, metrics: metrics) }
    return faults.all.map(\.description).joined(separator: "\n")
}

/// All that is said of the rules of a file beside sources that are right.
func check(
    _ yaml: String, sources: [ObservedSource]? = nil, keepSamples: Duration = .seconds(30 * 86_400),
    history: ((String) -> [String])? = nil
) -> String {
    let fleet = ObservedSource(
        name: "fleet", metrics: ["cpu", "mem"], labels: ["env": "test"], maxGap: .seconds(2700),
        maxMachines: 1_000_000, interval: .seconds(900))
    let faults = Faults(in: "rules.yaml")
    let rules = read(yaml, reporting: faults) { RulesSection(of: &$0, metrics: ["cpu", "mem"]) }
    rules?.check(against: sources ?? [fleet], keepSamples: keepSamples, history: history)
    return faults.all.map(\.description).joined(separator: "\n")
}
