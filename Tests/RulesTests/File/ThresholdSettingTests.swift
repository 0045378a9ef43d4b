import Testing

@testable import Rules

@Suite struct ThresholdSettingTests {
    @Test func refusesBadThresholds() {
        let yaml = """
            rules:
              - {name: r0, metric: cpu, window: 3}
              - {name: r1, metric: cpu, window: 3, above: 1, below: 2}
              - {name: r2, metric: cpu, window: 3, below: 2, above: 1}
              - {name: r3, metric: cpu, window: 3, above: .inf}
              - {name: r4, metric: cpu, window: 3, above: .nan}
              - {name: r5, metric: cpu, window: 3, above: 1e999}
              - {name: r6, metric: cpu, window: 3, above: -1e999}
              - {name: r7, metric: cpu, window: 3, above: 85%}
              - {name: r8, metric: cpu, window: 3, above: 0x10}
              - {name: r9, metric: cpu, window: 3, above: 85, clear: 90}
              - {name: r10, metric: cpu, window: 3, below: 10, clear: 9.5}
              - {name: r11, metric: cpu, window: 3, above: 85, clear: x}
              - {name: r12, metric: cpu, window: 3, above: }
              - {name: r13, metric: cpu, window: 3, above: {}}
            """
        let says = """
            rules.yaml:2:5: error: a rule needs 'above', 'below', 'outside', 'forecast' or 'missing'
                  - {name: r0, metric: cpu, window: 3}
                    ^
              help: add above: 85, for example
            rules.yaml:3:57: error: a rule has one of 'above', 'below', 'outside' and 'forecast', not two
                  - {name: r1, metric: cpu, window: 3, above: 1, below: 2}
                                                                        ^
              note: the other is at line 3
              help: make it two rules
            rules.yaml:4:57: error: a rule has one of 'above', 'below', 'outside' and 'forecast', not two
                  - {name: r2, metric: cpu, window: 3, below: 2, above: 1}
                                                                        ^
              note: the other is at line 4
              help: make it two rules
            rules.yaml:5:47: error: 'above' must be a number, not '.inf'
                  - {name: r3, metric: cpu, window: 3, above: .inf}
                                                              ^
              help: write it as 85, -3 or 0.5
            rules.yaml:6:47: error: 'above' must be a number, not '.nan'
                  - {name: r4, metric: cpu, window: 3, above: .nan}
                                                              ^
              help: write it as 85, -3 or 0.5
            rules.yaml:7:47: error: 'above' must be a number below 1.8e308, not '1e999'
                  - {name: r5, metric: cpu, window: 3, above: 1e999}
                                                              ^
            rules.yaml:8:47: error: 'above' must be a number below 1.8e308, not '-1e999'
                  - {name: r6, metric: cpu, window: 3, above: -1e999}
                                                              ^
            rules.yaml:9:47: error: 'above' must be a number, not '85%'
                  - {name: r7, metric: cpu, window: 3, above: 85%}
                                                              ^
              help: leave the per-cent sign out
            rules.yaml:10:47: error: 'above' must be a number, not '0x10'
                  - {name: r8, metric: cpu, window: 3, above: 0x10}
                                                              ^
              help: write it as 85, -3 or 0.5
            rules.yaml:11:58: error: 'clear' must be below 85, the value of 'above', not 90
                  - {name: r9, metric: cpu, window: 3, above: 85, clear: 90}
                                                                         ^
              help: write a number below 85, at which the incident resolves
            rules.yaml:12:59: error: 'clear' must be above 10, the value of 'below', not 9.5
                  - {name: r10, metric: cpu, window: 3, below: 10, clear: 9.5}
                                                                          ^
              help: write a number above 10, at which the incident resolves
            rules.yaml:13:59: error: 'clear' must be a number, not 'x'
                  - {name: r11, metric: cpu, window: 3, above: 85, clear: x}
                                                                          ^
              help: write it as 85, -3 or 0.5
            rules.yaml:14:48: error: 'above' has no value
                  - {name: r12, metric: cpu, window: 3, above: }
                                                               ^
              help: give it a value
            rules.yaml:15:48: error: 'above' must be a number, not a mapping
                  - {name: r13, metric: cpu, window: 3, above: …}
                                                               ^
            """
        #expect(report(yaml) == says)
    }
}
