import Testing

@testable import Rules

/// What of a rule is right only together with the sources and what is stored.
@Suite struct RuleSourcesTests {
    @Test func holdsWindowsAgainstSourcesAndStorage() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 31d, above: 1}
              - {name: r1, metric: cpu, window: 29d, above: 1, for: 2d}
              - {name: r2, metric: cpu, window: 10m, above: 1}
              - {name: r3, metric: cpu, window: 10m, above: 1, aggregate: rate}
              - {name: r4, metric: cpu, window: 200, above: 1}
            """
        let says = """
            rules.yaml:2:37: error: the rule 'r0' looks back 31d, and samples are kept for 30d
                  - {name: r0, metric: cpu, window: 31d, above: 1}
                                                    ^
              help: shorten it, or write storage: {keep_samples: 31d}
            rules.yaml:2:37: error: 2,977 samples of each of 1,000,000 machines are more than the 100,000,000 that are remembered of a metric
                  - {name: r0, metric: cpu, window: 31d, above: 1}
                                                    ^
              help: shorten the window, or write max_machines: 33590 for the source 'fleet'
            rules.yaml:3:37: error: 2,785 samples of each of 1,000,000 machines are more than the 100,000,000 that are remembered of a metric
                  - {name: r1, metric: cpu, window: 29d, above: 1, for: 2d}
                                                    ^
              help: shorten the window, or write max_machines: 35906 for the source 'fleet'
            rules.yaml:3:57: error: the rule 'r1' looks back 31d, and samples are kept for 30d
                  - {name: r1, metric: cpu, window: 29d, above: 1, for: 2d}
                                                                        ^
              help: shorten it, or write storage: {keep_samples: 31d}
            rules.yaml:4:37: warning: the window of 10m is shorter than the interval of the source 'fleet', 15m: it holds one sample at most
                  - {name: r2, metric: cpu, window: 10m, above: 1}
                                                    ^
              help: make it longer, or write it as a number of samples: 3
            rules.yaml:5:37: error: the window of 10m is shorter than the interval of the source 'fleet', 15m: it holds one sample at most
                  - {name: r3, metric: cpu, window: 10m, above: 1, aggregate: rate}
                                                    ^
              help: make it longer, or write it as a number of samples: 3
            rules.yaml:6:37: error: 200 samples of each of 1,000,000 machines are more than the 100,000,000 that are remembered of a metric
                  - {name: r4, metric: cpu, window: 200, above: 1}
                                                    ^
              help: shorten the window, or write max_machines: 500000 for the source 'fleet'
            """
        #expect(check(yaml) == says)
    }

    @Test func takesLongWindowsOfASourceThatSaysNothingOfItsSize() {
        let source = ObservedSource(
            name: "fleet", metrics: ["cpu"], maxGap: .seconds(30), interval: .seconds(10))
        #expect(check("rules: [{name: a, metric: cpu, window: 24h, above: 1}]", sources: [source]) == "")
        let says = """
            rules.yaml:1:40: error: the window holds 77,761 samples of each machine of the source 'fleet', and at most 65,536 are remembered
                rules: [{name: a, metric: cpu, window: 9d, above: 1}]
                                                       ^
              help: shorten it, or poll the source less often
            """
        #expect(check("rules: [{name: a, metric: cpu, window: 9d, above: 1}]", sources: [source]) == says)
    }

    @Test func refusesSelectionsThatNoSourceFits() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3, above: 1, sources: fleeet}
              - {name: r1, metric: cpu, window: 3, above: 1, labels: {env: production}}
            """
        let says = """
            rules.yaml:2:59: error: there is no source 'fleeet'
                  - {name: r0, metric: cpu, window: 3, above: 1, sources: fleeet}
                                                                          ^
              help: did you mean 'fleet'? sources: fleet
            rules.yaml:3:58: error: no source with the metric of the rule is one of these
                  - {name: r1, metric: cpu, window: 3, above: 1, labels: {env: production}}
                                                                         ^
              help: labels of the sources with it: fleet has {env: test}
            """
        #expect(check(yaml) == says)
    }
}
