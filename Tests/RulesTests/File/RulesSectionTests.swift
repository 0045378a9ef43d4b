import Testing

@testable import Rules

@Suite struct RulesSectionTests {
    @Test func refusesRulesThatAreNone() {
        let yaml = """
            rules:
            """
        let says = """
            rules.yaml:1:7: error: 'rules' has no value
                rules:
                      ^
              help: add 'rules:' with a rule, or 'rules: []' to record samples only
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesAMappingInPlaceOfTheList() {
        let yaml = """
            rules: {name: x}
            """
        let says = """
            rules.yaml:1:8: error: 'rules' must be a list, not a mapping
                rules: {name: x}
                       ^
              help: begin each rule with '- name:'
            """
        #expect(report(yaml) == says)
    }

    @Test func namesEveryMissingKey() {
        let yaml = """
            rules:
              - 5
              - {}
            """
        let says = """
            rules.yaml:2:5: error: an item of 'rules' must be a mapping, not a text
                  - …
                    ^
              help: write it as 'key: value' lines
            rules.yaml:3:5: error: a rule needs 'name'
                  - {}
                    ^
              help: add a name: cpu-high
            rules.yaml:3:5: error: a rule needs 'metric'
                  - {}
                    ^
              help: metrics of the sources: cpu, disk, mem
            rules.yaml:3:5: error: a rule needs 'window'
                  - {}
                    ^
              help: add window: 3 (samples), or window: 30m
            rules.yaml:3:5: error: a rule needs 'above', 'below', 'outside', 'forecast' or 'missing'
                  - {}
                    ^
              help: add above: 85, for example
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadNames() {
        let yaml = """
            rules:
              - {name: a b, metric: cpu, window: 1, above: 1}
              - {name: '', metric: cpu, window: 1, above: 1}
              - {name: [x], metric: cpu, window: 1, above: 1}
              - {name: r, metric: cpu, window: 1, above: 1}
              - {name: r, metric: cpu, window: 1, above: 1}
              - {name: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn, metric: cpu, window: 1, above: 1}
            """
        let says = """
            rules.yaml:2:12: error: 'name' must be a name, not 'a b'
                  - {name: a b, metric: cpu, window: 1, above: 1}
                           ^
              help: write a-b
            rules.yaml:3:12: error: 'name' must be a name, not ''
                  - {name: '', metric: cpu, window: 1, above: 1}
                           ^
              help: a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'
            rules.yaml:4:12: error: 'name' must be a name, not a list
                  - {name: [x], metric: cpu, window: 1, above: 1}
                           ^
              help: a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'
            rules.yaml:6:12: error: the name 'r' is given twice
                  - {name: r, metric: cpu, window: 1, above: 1}
                           ^
              note: first defined at line 5
              help: give each a name of its own
            rules.yaml:7:12: error: 'name' must be a name, not 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…'
                  - {name: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…
                           ^
              help: a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesMetricsThatNoSourceHas() {
        let yaml = """
            rules:
              - {name: a, metric: cpuu, window: 1, above: 1}
              - {name: b, metric: temperature, window: 1, above: 1}
            """
        let says = """
            rules.yaml:2:23: error: no source has a metric 'cpuu'
                  - {name: a, metric: cpuu, window: 1, above: 1}
                                      ^
              help: did you mean 'cpu'? metrics of the sources: cpu, disk, mem
            rules.yaml:3:23: error: no source has a metric 'temperature'
                  - {name: b, metric: temperature, window: 1, above: 1}
                                      ^
              help: metrics of the sources: cpu, disk, mem
            """
        #expect(report(yaml) == says)
    }

    @Test func offersTheChoices() {
        let yaml = """
            rules:
              - {name: r1, metric: cpu, window: 3, above: 1, aggregate: avg}
              - {name: r2, metric: cpu, window: 3, above: 1, aggregate: maxx}
              - {name: r3, metric: cpu, window: 3, above: 1, severity: Critical}
              - {name: r4, metric: cpu, window: 3, above: 1, severity: [info]}
            """
        let says = """
            rules.yaml:2:61: error: 'aggregate' must be mean, min, max, median, p90, p95, p99, last, sum, rate or forecast, not 'avg'
                  - {name: r1, metric: cpu, window: 3, above: 1, aggregate: avg}
                                                                            ^
              help: did you mean 'mean'?
            rules.yaml:3:61: error: 'aggregate' must be mean, min, max, median, p90, p95, p99, last, sum, rate or forecast, not 'maxx'
                  - {name: r2, metric: cpu, window: 3, above: 1, aggregate: maxx}
                                                                            ^
              help: did you mean 'max'?
            rules.yaml:4:60: error: 'severity' must be info, warning or critical, not 'Critical'
                  - {name: r3, metric: cpu, window: 3, above: 1, severity: Critical}
                                                                           ^
              help: did you mean 'critical'?
            rules.yaml:5:60: error: 'severity' must be info, warning or critical, not a list
                  - {name: r4, metric: cpu, window: 3, above: 1, severity: [info]}
                                                                           ^
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadWindows() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 0, above: 1}
              - {name: r1, metric: cpu, window: -3, above: 1}
              - {name: r2, metric: cpu, window: 10001, above: 1}
              - {name: r3, metric: cpu, window: 3.5, above: 1}
              - {name: r4, metric: cpu, window: 0s, above: 1}
              - {name: r5, metric: cpu, window: 91d, above: 1}
              - {name: r6, metric: cpu, window: 3 samples, above: 1}
              - {name: r7, metric: cpu, window: 99999999999999999999d, above: 1}
              - {name: r8, metric: cpu, window: , above: 1}
            """
        let says = """
            rules.yaml:2:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '0'
                  - {name: r0, metric: cpu, window: 0, above: 1}
                                                    ^
            rules.yaml:3:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '-3'
                  - {name: r1, metric: cpu, window: -3, above: 1}
                                                    ^
            rules.yaml:4:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '10001'
                  - {name: r2, metric: cpu, window: 10001, above: 1}
                                                    ^
            rules.yaml:5:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '3.5'
                  - {name: r3, metric: cpu, window: 3.5, above: 1}
                                                    ^
              help: write 3 for three samples, or 30m for half an hour
            rules.yaml:6:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '0s'
                  - {name: r4, metric: cpu, window: 0s, above: 1}
                                                    ^
            rules.yaml:7:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '91d'
                  - {name: r5, metric: cpu, window: 91d, above: 1}
                                                    ^
            rules.yaml:8:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '3 samples'
                  - {name: r6, metric: cpu, window: 3 samples, above: 1}
                                                    ^
              help: write 3 for three samples, or 30m for half an hour
            rules.yaml:9:37: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '99999999999999999999d'
                  - {name: r7, metric: cpu, window: 99999999999999999999d, above: 1}
                                                    ^
              help: write 3 for three samples, or 30m for half an hour
            rules.yaml:10:37: error: 'window' has no value
                  - {name: r8, metric: cpu, window: , above: 1}
                                                    ^
              help: give it a value
            """
        #expect(report(yaml) == says)
    }

    @Test func suggestsKnownKeys() {
        let yaml = """
            rules:
              - {name: r1, metric: cpu, window: 3, above: 1, treshold: 5, clera: 1, fro: 5m}
            rule: []
            """
        let says = """
            rules.yaml:2:50: error: unknown key 'treshold'
                  - {name: r1, metric: cpu, window: 3, above: 1, treshold: …, clera: …, fro: …}
                                                                 ^
              help: did you mean 'above'? keys of a rule: name, metric, missing, above, below, outside, forecast, clear, aggregate, window, for, keep_open, machines, sources, labels, severity, add_labels, message, runbook, repeat, flapping, group, inhibits
            rules.yaml:2:63: error: unknown key 'clera'
                  - {name: r1, metric: cpu, window: 3, above: 1, treshold: …, clera: …, fro: …}
                                                                              ^
              help: did you mean 'clear'? keys of a rule: name, metric, missing, above, below, outside, forecast, clear, aggregate, window, for, keep_open, machines, sources, labels, severity, add_labels, message, runbook, repeat, flapping, group, inhibits
            rules.yaml:2:73: error: unknown key 'fro'
                  - {name: r1, metric: cpu, window: 3, above: 1, treshold: …, clera: …, fro: …}
                                                                                        ^
              help: did you mean 'for'? keys of a rule: name, metric, missing, above, below, outside, forecast, clear, aggregate, window, for, keep_open, machines, sources, labels, severity, add_labels, message, runbook, repeat, flapping, group, inhibits
            rules.yaml:3:1: error: unknown key 'rule'
                rule: []
                ^
              help: did you mean 'rules'? keys of the file: rules, defaults
            """
        #expect(report(yaml) == says)
    }

    @Test func readsEveryKey() throws {
        let yaml = """
            rules:
              - {name: a, metric: cpu, window: 3, above: 85}
              - {name: b.c_d-1, metric: mem, aggregate: last, window: 30m, below: 1e1, clear: 12.5, severity: info}
            """
        let a = Rule(
            name: "a", metric: "cpu", window: .samples(3), threshold: try #require(Threshold(.above, 85)))
        let b = Rule(
            name: "b.c_d-1", metric: "mem", aggregate: .last, window: .duration(.seconds(1800)),
            threshold: try #require(Threshold(.below, 10, clear: 12.5)), severity: .info)
        let faults = Faults(in: "rules.yaml")
        let rules = read(yaml, reporting: faults) { RulesSection(of: &$0, metrics: ["cpu", "mem"]) }
        #expect(rules?.rules == [a, b])
        #expect(rules?.names == ["a", "b.c_d-1"])
        #expect(faults.all.isEmpty)
    }

    @Test func refusesItemsWithoutAValue() {
        let says = """
            rules.yaml:2:4: error: an item of 'rules' has no value
                  -
                   ^
              help: begin each rule with '- name:'
            """
        #expect(report("rules:\n  -\n") == says)
    }

    @Test func takesNoRulesWhenToldSo() {
        #expect(report("rules: []") == "")
    }

    /// A metric cannot be called unknown while the sources could not be read.
    @Test func accusesNoMetricWithoutSources() {
        #expect(report("rules: [{name: a, metric: x, window: 1, above: 1}]", metrics: nil) == "")
    }
}
