import Testing

@testable import Rules

/// What is legal, but cannot be meant.
@Suite struct WarningTests {
    private let fleet = ObservedSource(
        name: "fleet", metrics: ["cpu", "mem"], percentages: ["cpu"], maxGap: .seconds(2700))

    @Test func warnsOfThresholdsThatNoSampleReaches() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, above: 100}
              - {name: r1, metric: cpu, window: 3, below: 0}
              - {name: r2, metric: cpu, window: 3, outside: [0, 100]}
              - {name: r3, metric: cpu, window: 3, above: 99.9}
              - {name: r4, metric: cpu, window: 3, above: 200, aggregate: sum}
              - {name: r5, metric: cpu, window: 3, forecast: {reach: 100, within: 1h}}
              - {name: r6, metric: mem, window: 3, above: 8e9}
              - {name: r7, metric: cpu, window: 3, outside: [0, 95]}
            """
        let says = """
            rules.yaml:2:47: warning: the rule 'r0' never fires: 'cpu' is a percentage, from 0 to 100
                  - {name: r0, metric: cpu, window: 3, above: 100}
                                                              ^
              help: write a number below 100, such as 95
            rules.yaml:3:47: warning: the rule 'r1' never fires: 'cpu' is a percentage, from 0 to 100
                  - {name: r1, metric: cpu, window: 3, below: 0}
                                                              ^
              help: write a number above 0, such as 5
            rules.yaml:4:49: warning: the rule 'r2' never fires: 'cpu' is a percentage, from 0 to 100
                  - {name: r2, metric: cpu, window: 3, outside: [0, 100]}
                                                                ^
              help: move a bound inwards, such as [5, 95]
            """
        #expect(check(yaml, sources: [fleet]) == says)
    }

    @Test func warnsOfAClearThatChangesNothing() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, above: 85, clear: 85}
              - {name: r1, metric: cpu, window: 3, below: 5, clear: 5.0}
              - {name: r2, metric: cpu, window: 3, outside: [10, 90], clear: [10, 90]}
              - {name: r3, metric: cpu, window: 3, outside: [20, 90], clear: [20, 80]}
            """
        let says = """
            rules.yaml:2:58: warning: 'clear' changes nothing: it is the value of 'above'
                  - {name: r0, metric: cpu, window: 3, above: 85, clear: 85}
                                                                         ^
              help: remove it, or write a lower one, at which the incident resolves
            rules.yaml:3:57: warning: 'clear' changes nothing: it is the value of 'below'
                  - {name: r1, metric: cpu, window: 3, below: 5, clear: 5.0}
                                                                        ^
              help: remove it, or write a higher one, at which the incident resolves
            rules.yaml:4:66: warning: 'clear' changes nothing: its two are the bounds of 'outside'
                  - {name: r2, metric: cpu, window: 3, outside: [10, 90], clear: [10, 90]}
                                                                                 ^
              help: remove it, or write narrower bounds, between which the incident resolves
            """
        #expect(check(yaml, sources: [fleet]) == says)
    }

    @Test func warnsOfRulesThatAlwaysFireTogether() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, above: 85, machines: [a, b]}
              - {name: r1, metric: cpu, window: 3, above: 85}
              - {name: r2, metric: cpu, window: 3, above: 85, machines: [b, a], clear: 70, severity: critical}
              - {name: r3, metric: cpu, window: 3, above: 85, for: 30m}
              - {name: r4, metric: cpu, window: 3, above: 85, aggregate: max}
              - {name: r5, missing: 3}
              - {name: r6, missing: 3}
              - {name: r7, missing: 30}
            """
        let says = """
            rules.yaml:4:12: warning: the rules 'r0' and 'r2' always fire together
                  - {name: r2, metric: cpu, window: 3, above: 85, machines: [b, a], clear: 70, severity: critical}
                           ^
              note: 'r0' is at line 2
              help: remove one of them, or set them apart by threshold, window, 'for' or machines
            rules.yaml:8:12: warning: the rules 'r5' and 'r6' always fire together
                  - {name: r6, missing: 3}
                           ^
              note: 'r5' is at line 7
              help: remove one of them, or set them apart by threshold, window, 'for' or machines
            """
        #expect(check(yaml, sources: [fleet]) == says)
    }

    @Test func warnsOfRulesThatNoMachineHasEverMatched() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, above: 85, machines: ["wbe-*", db]}
              - {name: r1, metric: cpu, window: 3, above: 85, machines: [db, "web-*"]}
            """
        let says = """
            rules.yaml:2:61: warning: the rule 'r0' matches no machine in the stored history
                  - {name: r0, metric: cpu, window: 3, above: 85, machines: ["wbe-*", db]}
                                                                            ^
              help: machines of 'fleet': web-1, web-2
            """
        #expect(check(yaml, sources: [fleet], history: { _ in ["web-1", "web-2"] }) == says)
        #expect(check(yaml, sources: [fleet], history: { _ in [] }) == "")
        #expect(check(yaml, sources: [fleet]) == "")
    }
}
