import Testing

@testable import Rules

@Suite struct RuleLanguageTests {
    @Test func readsTheWholeLanguage() throws {
        let yaml = """
            defaults: {severity: info, window: 5, for: 10m, add_labels: {team: ops, floor: "2"}}
            rules:
              - {name: a, metric: cpu, outside: [10, 90], clear: [20, 80], for: 0s, repeat: 4h}
              - {name: b, metric: mem, aggregate: p95, window: 30m, above: 1, keep_open: 15m, severity: critical}
              - name: c
                metric: mem
                forecast: {reach: 95, within: 24h}
                machines: ["10.0.*", db]
                sources: fleet
                labels: {env: test}
                add_labels: {team: db}
                message: "{{machine}} is at {{ value }}"
                runbook: https://wiki.example/c
              - {name: d, metric: cpu, forecast: {fall_to: 5, within: 2h}, clear: 8}
            """
        let faults = Faults(in: "rules.yaml")
        let rules = try #require(
            read(yaml, reporting: faults) { RulesSection(of: &$0, metrics: ["cpu", "mem"]) }?.rules)
        #expect(faults.all.map(\.description) == [])
        let labels = ["team": "ops", "floor": "2"]
        var selection = Rule.Selection()
        selection.machines = [Glob("10.0.*"), Glob("db")]
        selection.sources = ["fleet"]
        selection.labels = ["env": "test"]
        #expect(
            rules == [
                Rule(
                    name: "a", metric: "cpu", window: .samples(5),
                    threshold: try #require(Threshold(outside: 10, 90, clear: (20, 80))), severity: .info,
                    addedLabels: labels, reminder: .seconds(14_400)),
                Rule(
                    name: "b", metric: "mem", aggregate: .p95, window: .duration(.seconds(1800)),
                    threshold: try #require(Threshold(.above, 1)), holdFor: .seconds(600),
                    keepOpen: .seconds(900), severity: .critical, addedLabels: labels),
                Rule(
                    name: "c", metric: "mem", aggregate: .forecast, window: .samples(5),
                    threshold: try #require(Threshold(.reach, 95)), within: .seconds(86_400),
                    holdFor: .seconds(600), selection: selection, severity: .info,
                    addedLabels: ["team": "db", "floor": "2"],
                    wording: try Wording("{{machine}} is at {{ value }}"), runbook: "https://wiki.example/c"),
                Rule(
                    name: "d", metric: "cpu", aggregate: .forecast, window: .samples(5),
                    threshold: try #require(Threshold(.fallTo, 5, clear: 8)), within: .seconds(7200),
                    holdFor: .seconds(600), severity: .info, addedLabels: labels),
            ])
    }

    /// A key that is misspelt is not said to be missing too.
    @Test func tellsOfAMisspeltKeyOnce() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, abvoe: 1}
              - {nam: r1, metrics: cpu, windw: 3, forcast: {reach: 1, within: 1h}}
              - {name: r2, metric: cpu, window: 3, above: 1, severity: crit, aggregate: med}
            """
        let keys =
            "keys of a rule: name, metric, missing, above, below, outside, forecast, clear, aggregate, window, for, "
            + "keep_open, machines, sources, labels, severity, add_labels, message, runbook, repeat, flapping, "
            + "group, inhibits"
        let says = """
            rules.yaml:2:40: error: unknown key 'abvoe'
                  - {name: r0, metric: cpu, window: 3, abvoe: …}
                                                       ^
              help: did you mean 'above'? \(keys)
            rules.yaml:3:6: error: unknown key 'nam'
                  - {nam: …, metrics: cpu, windw: …, forcast: …}
                     ^
              help: did you mean 'name'? \(keys)
            rules.yaml:3:15: error: unknown key 'metrics'
                  - {nam: …, metrics: cpu, windw: …, forcast: …}
                             ^
              help: did you mean 'metric'? \(keys)
            rules.yaml:3:29: error: unknown key 'windw'
                  - {nam: …, metrics: cpu, windw: …, forcast: …}
                                           ^
              help: did you mean 'window'? \(keys)
            rules.yaml:3:39: error: unknown key 'forcast'
                  - {nam: …, metrics: cpu, windw: …, forcast: …}
                                                     ^
              help: did you mean 'forecast'? \(keys)
            rules.yaml:4:60: error: 'severity' must be info, warning or critical, not 'crit'
                  - {name: r2, metric: cpu, window: 3, above: 1, severity: crit, aggregate: med}
                                                                           ^
              help: did you mean 'critical'?
            rules.yaml:4:77: error: 'aggregate' must be mean, min, max, median, p90, p95, p99, last, sum, rate or forecast, not 'med'
                  - {name: r2, metric: cpu, window: 3, above: 1, severity: crit, aggregate: med}
                                                                                            ^
              help: did you mean 'median'?
            """
        #expect(check(yaml) == says)
    }

    @Test func refusesBadBoundsAndForecasts() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, outside: 5}
              - {name: r1, metric: cpu, window: 3, outside: [90, 10]}
              - {name: r2, metric: cpu, window: 3, outside: [10, 90], clear: 20}
              - {name: r3, metric: cpu, window: 3, outside: [10, 90], clear: [5, 80]}
              - {name: r4, metric: cpu, window: 3, forecast: {within: 1h}}
              - {name: r5, metric: cpu, window: 3, forecast: {reach: 1, fall_to: 2}}
              - {name: r6, metric: cpu, window: 3, forecast: {reach: 5, within: 1h}, clear: 6, aggregate: mean}
              - {name: r7, metric: cpu, window: 3, above: 5, aggregate: forecast}
              - {name: r8, metric: cpu, window: 1, above: 5, aggregate: rate}
              - {name: r9, metric: cpu, window: 3, forecast: 95, for: 91d}
            """
        let says = """
            rules.yaml:2:49: error: 'outside' must be two numbers, not '5'
                  - {name: r0, metric: cpu, window: 3, outside: 5}
                                                                ^
              help: write it as [10, 90]
            rules.yaml:3:49: error: 'outside' must be two numbers, the lower first, not a list
                  - {name: r1, metric: cpu, window: 3, outside: [90, 10]}
                                                                ^
              help: write [10, 90]
            rules.yaml:4:66: error: 'clear' must be two numbers, not '20'
                  - {name: r2, metric: cpu, window: 3, outside: [10, 90], clear: 20}
                                                                                 ^
              help: write it as [10, 90]
            rules.yaml:5:66: error: 'clear' must lie between 10 and 90, the bounds of 'outside', the lower first
                  - {name: r3, metric: cpu, window: 3, outside: [10, 90], clear: [5, 80]}
                                                                                 ^
              help: an incident resolves when the value is back between the two of 'clear'
            rules.yaml:6:50: error: a forecast needs 'reach' or 'fall_to'
                  - {name: r4, metric: cpu, window: 3, forecast: {within: 1h}}
                                                                 ^
              help: write forecast: {reach: 95, within: 24h}
            rules.yaml:7:50: error: a forecast needs 'within'
                  - {name: r5, metric: cpu, window: 3, forecast: {reach: 1, fall_to: 2}}
                                                                 ^
              help: write forecast: {reach: 95, within: 24h}
            rules.yaml:7:70: error: a forecast has one of 'reach' and 'fall_to', not both
                  - {name: r5, metric: cpu, window: 3, forecast: {reach: 1, fall_to: 2}}
                                                                                     ^
              note: the other is at line 7
              help: make it two rules
            rules.yaml:8:81: error: 'clear' must be below 5, the value of 'reach', not 6
                  - {name: r6, metric: cpu, window: 3, forecast: {reach: 5, within: 1h}, clear: 6, aggregate: mean}
                                                                                                ^
              help: write a number below 5, at which the incident resolves
            rules.yaml:8:95: error: a forecast is an aggregate of its own
                  - {name: r6, metric: cpu, window: 3, forecast: {reach: 5, within: 1h}, clear: 6, aggregate: mean}
                                                                                                              ^
              help: remove 'aggregate', or write above: in place of it
            rules.yaml:9:61: error: the aggregate 'forecast' needs the key 'forecast'
                  - {name: r7, metric: cpu, window: 3, above: 5, aggregate: forecast}
                                                                            ^
              help: in place of the threshold, write forecast: {reach: 95, within: 24h}
            rules.yaml:10:37: error: a rate needs at least 2 samples, and 'window' is 1
                  - {name: r8, metric: cpu, window: 1, above: 5, aggregate: rate}
                                                    ^
              help: make it 2 or more, or a duration
            rules.yaml:11:50: error: 'forecast' must be a mapping, not '95'
                  - {name: r9, metric: cpu, window: 3, forecast: …, for: 91d}
                                                                 ^
              help: write forecast: {reach: 95, within: 24h}
            rules.yaml:11:59: error: 'for' must be a duration from 0s to 90d, not '91d'
                  - {name: r9, metric: cpu, window: 3, forecast: …, for: 91d}
                                                                         ^
            """
        #expect(check(yaml) == says)
    }

    @Test func refusesUnknownPlaceholdersAtTheirPlace() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, above: 1, message: "{{machin}} is {{value}}"}
              - {name: r1, metric: cpu, window: 4, above: 1, message: "x {{machine"}
            """
        let names =
            "placeholders: machine, source, rule, metric, aggregate, window, value, threshold, severity, eta, labels.NAME"
        let says = """
            rules.yaml:2:62: error: there is no placeholder 'machin'
                  - {name: r0, metric: cpu, window: 3, above: 1, message: "{{machin}} is {{value}}"}
                                                                             ^
              help: did you mean 'machine'? \(names)
            rules.yaml:3:62: error: '{{' is never closed
                  - {name: r1, metric: cpu, window: 4, above: 1, message: "x {{machine"}
                                                                             ^
              help: close it: {{machine}}
            """
        #expect(check(yaml) == says)
    }

    @Test func refusesDefaultsThatAreNone() {
        let yaml = """
            defaults: {sevrity: info, above: 5, window: x}
            rules:
              - {name: a, metric: cpu, above: 1}
            """
        let keys =
            "keys of 'defaults': aggregate, window, for, keep_open, machines, sources, labels, severity, add_labels, "
            + "message, runbook, repeat, flapping"
        let says = """
            rules.yaml:1:12: error: unknown key 'sevrity'
                defaults: {sevrity: …, above: 5, window: x}
                           ^
              help: did you mean 'severity'? \(keys)
            rules.yaml:1:27: error: unknown key 'above'
                defaults: {sevrity: …, above: 5, window: x}
                                       ^
              help: \(keys)
            rules.yaml:1:45: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not 'x'
                defaults: {sevrity: …, above: 5, window: x}
                                                         ^
              help: write 3 for three samples, or 30m for half an hour
            """
        #expect(check(yaml) == says)
    }
}
