import Collector
import Rules

/// All that is said of the sources of a file.
func report(_ yaml: String) -> String {
    let faults = Faults(in: "rules.yaml")
    _ = read(yaml, reporting: faults)
    return faults.all.map(\.description).joined(separator: "\n")
}

func read(
    _ yaml: String, variables: [String: String] = [:], reporting faults: Faults
) -> SourcesSection? {
    let environment = Environment(variables: variables)
    guard var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults) else {
        return nil
    }
    defer { file.finish() }
    return SourcesSection(of: &file)
}
