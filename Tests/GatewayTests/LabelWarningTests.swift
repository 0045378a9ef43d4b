import Rules
import Testing

@testable import Gateway

/// What a webhook or a maintenance window is about, and no incident can be.
@Suite struct LabelWarningTests {
    private func warnings(_ only: String, machines: [String] = []) throws -> [String] {
        let yaml = """
            sources:
              - {name: fleet, url: "http://a.example/m", labels: {env: production, site: berlin}}
              - {name: lab, url: "http://b.example/m", labels: {env: staging}}
            rules:
              - {name: a, metric: cpu, window: 3, above: 1, add_labels: {team: db}}
            webhooks:
              - name: ops
                url: http://c.example
                only: \(only)
            maintenance:
              - {name: nightly, weekly: "Sat 02:00-04:00", labels: {env: production}}
            """
        let faults = Faults(in: "rules.yaml")
        let configuration = try Configuration.parse(
            Array(yaml.utf8), environment: Environment(variables: [:]), reporting: faults,
            history: { _ in { $0 == "fleet" ? machines : [] } })
        return configuration.warnings.map(\.description)
    }

    @Test(arguments: [
        (
            "{labels: {evn: production}}",
            """
            rules.yaml:9:21: warning: no source and no rule gives the label 'evn'
                    only: {labels: {evn: production}}
                                    ^
              help: did you mean 'env'? labels: env, site, team
            """
        ),
        (
            "{labels: {env: prodution}}",
            """
            rules.yaml:9:26: warning: no source and no rule gives the label 'env' the value 'prodution'
                    only: {labels: {env: prodution}}
                                         ^
              help: did you mean 'production'? values: production, staging
            """
        ),
        (
            "{machines: [web-1*, \"db-*\", ops]}",
            """
            rules.yaml:9:31: warning: 'db-*' matches no machine in the stored history
                    only: {machines: [web-1*, "db-*", ops]}
                                              ^
              help: machines: web-1, web-2
            """
        ),
    ])
    func whatNoIncidentHasIsWarnedOf(only: String, says: String) throws {
        #expect(try warnings(only, machines: ["web-1", "web-2"]) == [says])
    }

    /// A label of a rule, the name of a source for the gateway's own incidents, and what is not known.
    @Test(arguments: [
        "{labels: {team: db, env: staging}}", "{machines: [fleet, gateway]}", "{machines: [x]}",
        "{labels: {env: \"${ENV:-elsewhere}\"}}",
    ])
    func whatCanBeIsNotWarnedOf(only: String) throws {
        #expect(try warnings(only, machines: only.contains("[x]") ? [] : ["web-1"]) == [])
    }

    @Test func aWindowIsWarnedOfAsWell() throws {
        let yaml = """
            sources: [{name: fleet, url: "http://a.example/m"}]
            rules: []
            maintenance:
              - {name: nightly, weekly: "Sat 02:00-04:00", labels: {env: production}}
            """
        let says = """
            rules.yaml:4:57: warning: no source and no rule gives the label 'env'
                  - {name: nightly, weekly: "Sat 02:00-04:00", labels: {env: production}}
                                                                        ^
              help: add it to 'labels' of a source
            """
        #expect(try configuration(yaml).warnings.map(\.description) == [says])
    }
}
