import Testing

@testable import Rules

/// What `defaults` say, and rules for which it is not so.
@Suite struct DefaultsTests {
    private static let defaults = """
        defaults:
          {window: 3, for: 10m, keep_open: 5m, machines: "web-*", sources: fleet, labels: {env: live},
           add_labels: {team: db}, message: "{{machine}}!", runbook: "https://wiki.example/all", repeat: 4h,
           flapping: hold after 5 changes in 1h}

        """

    private func rules(_ yaml: String, variables: [String: String] = [:]) throws -> [Rule] {
        let faults = Faults(in: "rules.yaml")
        let rules = read(Self.defaults + yaml, variables: variables, reporting: faults) {
            RulesSection(of: &$0, metrics: ["cpu"]).rules
        }
        #expect(faults.all.isEmpty, "\(faults.all)")
        return try #require(rules)
    }

    @Test func oneWordSwitchesADefaultOff() throws {
        let rules = try rules(
            """
            rules:
              - {name: a, metric: cpu, above: 1, for: off, keep_open: off, machines: off, sources: off, labels: off,
                 add_labels: off, message: off, runbook: off, repeat: off, flapping: off}
              - {name: b, metric: cpu, above: 1, repeat: off}
              - name: gone
                missing: 2
                message: off
                repeat: off
                flapping: ${FLAPPING:-off}
            """)
        let (a, b) = (rules[0], rules[1])
        #expect(
            a
                == Rule(
                    name: "a", metric: "cpu", window: .samples(3),
                    threshold: try #require(Threshold(.above, 1))))
        #expect(b.reminder == nil)
        #expect(b.holdFor == .seconds(600) && b.keepOpen == .seconds(300) && b.flapping != nil)
        #expect(b.selection.sources == ["fleet"] && b.addedLabels == ["team": "db"] && b.runbook != nil)
        #expect(rules[2].flapping == nil)
        #expect(rules[2].reminder == nil && rules[2].wording == nil)
        #expect(rules[2].selection.machines == [Glob("web-*")])
    }

    /// What may be any text is one in quotes.
    @Test func inQuotesItIsAText() throws {
        let rules = try rules(
            """
            rules:
              - {name: a, metric: cpu, above: 1, message: "off", sources: "off", machines: ["off"]}
            """)
        #expect(rules[0].wording == (try Wording("off")))
        #expect(rules[0].selection.sources == ["off"])
        #expect(rules[0].selection.machines == [Glob("off")])
    }

    @Test func otherWordsForItAreNamed() {
        let yaml = """
            defaults: {repeat: 4h, flapping: hold after 5 changes in 1h}
            rules:
              - {name: a, metric: cpu, window: 3, above: 1, repeat: never, flapping: false}
              - {name: b, metric: cpu, window: 3, above: 2, severity: off, for: none, keep_open: soon}
            """
        let says = """
            rules.yaml:3:57: error: 'repeat' is switched off by the word 'off', not 'never'
                  - {name: a, metric: cpu, window: 3, above: 1, repeat: never, flapping: false}
                                                                        ^
              help: write off
            rules.yaml:3:74: error: 'flapping' is switched off by the word 'off', not 'false'
                  - {name: a, metric: cpu, window: 3, above: 1, repeat: never, flapping: false}
                                                                                         ^
              help: write off
            rules.yaml:4:59: error: 'severity' must be info, warning or critical, not 'off'
                  - {name: b, metric: cpu, window: 3, above: 2, severity: off, for: none, keep_open: soon}
                                                                          ^
            rules.yaml:4:69: error: 'for' is switched off by the word 'off', not 'none'
                  - {name: b, metric: cpu, window: 3, above: 2, severity: off, for: none, keep_open: soon}
                                                                                    ^
              help: write off
            rules.yaml:4:86: error: 'keep_open' must be a duration from 0s to 90d, not 'soon'
                  - {name: b, metric: cpu, window: 3, above: 2, severity: off, for: none, keep_open: soon}
                                                                                                     ^
              help: write a whole number and one unit, ms, s, m, h or d, without a space: 90s, 15m
            """
        #expect(report(yaml) == says)
    }
}
