import Testing

@testable import Rules

@Suite struct MissingRuleTests {
    @Test func readsRulesForMissingMachines() throws {
        let yaml = """
            rules:
              - {name: gone, missing: 3, severity: critical, repeat: 1h, inhibits: [no-cpu]}
              - {name: no-cpu, metric: cpu, missing: 1, group: cpu}
              - {name: cpu-high, metric: cpu, window: 1, above: 1, group: cpu, severity: info}
            """
        let faults = Faults(in: "rules.yaml")
        let rules = try #require(
            read(yaml, reporting: faults) { RulesSection(of: &$0, metrics: ["cpu"]).rules })
        #expect(faults.all.isEmpty)
        #expect(
            rules.prefix(2) == [
                Rule(
                    name: "gone", missing: 3, severity: .critical, reminder: .seconds(3600),
                    inhibits: [Glob("no-cpu")]),
                Rule(name: "no-cpu", missing: 1, metric: "cpu", group: "cpu"),
            ])
        #expect(rules.map(\.missingPolls) == [3, 1, nil])
    }

    /// Of `defaults` it takes what concerns it, and leaves what is of values alone.
    @Test func takesWhatEveryRuleTakes() throws {
        let yaml = """
            defaults:
              {window: 5, aggregate: max, for: 10m, severity: critical, add_labels: {team: db},
               flapping: hold after 5 changes in 1h}
            rules:
              - name: gone
                missing: 3
                machines: ["10.0.*"]
                sources: fleet
                labels: {env: live}
                add_labels: {kind: host}
                message: "{{machine}} is away for {{value}} polls, limit {{window}}"
                runbook: https://wiki.example/gone
            """
        let faults = Faults(in: "rules.yaml")
        let rules = try #require(
            read(yaml, reporting: faults) { RulesSection(of: &$0, metrics: ["cpu"]).rules })
        #expect(faults.all.isEmpty)
        var selection = Rule.Selection()
        (selection.machines, selection.sources, selection.labels) = (
            [Glob("10.0.*")], ["fleet"], ["env": "live"]
        )
        #expect(
            rules == [
                Rule(
                    name: "gone", missing: 3, selection: selection, severity: .critical,
                    addedLabels: ["team": "db", "kind": "host"],
                    wording: try Wording("{{machine}} is away for {{value}} polls, limit {{window}}"),
                    runbook: "https://wiki.example/gone",
                    flapping: Flapping(changes: 5, in: .seconds(3600)))
            ])
    }

    @Test func refusesWhatIsOfValues() {
        let yaml = """
            rules:
              - {name: a, missing: 3, outside: [1, 2], aggregate: max}
              - {name: b, missing: 3, forecast: {reach: 95, within: 24h}}
              - {name: c, missing: 3, for: 10m}
              - {name: d, missing: 3, keep_open: 10m}
            """
        let says = """
            rules.yaml:2:36: error: a rule with 'missing' has no 'outside'
                  - {name: a, missing: 3, outside: [1, 2], aggregate: max}
                                                   ^
            """
        let said = report(yaml)
        #expect(said.hasPrefix(says))
        for key in ["aggregate", "forecast", "for", "keep_open"] {
            #expect(said.contains("error: a rule with 'missing' has no '\(key)'"))
        }
        #expect(said.split(separator: " ").count { $0 == "error:" } == 5)
    }

    @Test func refusesSourcesThatThereAreNot() {
        let yaml = "rules:\n  - {name: gone, missing: 3, sources: fleeet}"
        #expect(check(yaml).contains("there is no source 'fleeet'"))
        #expect(check("rules:\n  - {name: gone, missing: 3, sources: fleet}").isEmpty)
    }

    @Test func refusesWhatHasNoMeaningBesideIt() {
        let yaml = """
            rules:
              - {name: a, missing: 0}
              - {name: b, missing: 10m}
              - {name: c, missing: 3, window: 3, above: 5}
              - {name: d, missing: 3, metric: cpuu}
              - {name: e, mising: 3}
            """
        let says = """
            rules.yaml:2:24: error: 'missing' must be a whole number from 1 to 1,000, not '0'
                  - {name: a, missing: 0}
                                       ^
              help: it counts polls: missing: 3
            rules.yaml:3:24: error: 'missing' must be a whole number from 1 to 1,000, not '10m'
                  - {name: b, missing: 10m}
                                       ^
              help: it counts polls: missing: 3
            rules.yaml:4:35: error: a rule with 'missing' has no 'window'
                  - {name: c, missing: 3, window: 3, above: 5}
                                                  ^
              help: it counts polls without a sample; make it two rules
            rules.yaml:4:45: error: a rule with 'missing' has no 'above'
                  - {name: c, missing: 3, window: 3, above: 5}
                                                            ^
              help: it counts polls without a sample; make it two rules
            rules.yaml:5:35: error: no source has a metric 'cpuu'
                  - {name: d, missing: 3, metric: cpuu}
                                                  ^
              help: did you mean 'cpu'? metrics of the sources: cpu, disk, mem
            """
        #expect(report(yaml.split(separator: "\n").dropLast().joined(separator: "\n")) == says)
        #expect(report(yaml).contains("did you mean 'missing'?"))
    }
}
