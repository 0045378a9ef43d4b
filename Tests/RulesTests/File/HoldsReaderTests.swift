import Rules
import Testing

@Suite struct HoldsReaderTests {
    @Test func readsGroupInhibitsAndFlapping() throws {
        let yaml = """
            rules:
              - {name: a, metric: cpu, window: 1, above: 80, group: heat, flapping: hold after 5 changes in 1h}
              - {name: b, metric: cpu, window: 1, above: 95, group: heat, severity: critical, inhibits: [c, d-*]}
              - {name: c, metric: cpu, window: 1, above: 1, flapping: {changes: 2, in: 10m, steady: 10m}}
              - {name: d-1, metric: cpu, window: 1, above: 1, inhibits: c, flapping: {changes: 2, in: 10m}}
            """
        let faults = Faults(in: "rules.yaml")
        let rules = try #require(
            read(yaml, reporting: faults) { RulesSection(of: &$0, metrics: ["cpu"]).rules })
        #expect(faults.all.isEmpty)
        #expect(rules.map(\.group) == ["heat", "heat", nil, nil])
        #expect(rules.map(\.inhibits) == [[], [Glob("c"), Glob("d-*")], [], [Glob("c")]])
        let (hour, minutes) = (Duration.seconds(3600), Duration.seconds(600))
        #expect(
            rules.map(\.flapping) == [
                Flapping(changes: 5, in: hour, steady: .seconds(1800)), nil,
                Flapping(changes: 2, in: minutes, steady: minutes),
                Flapping(changes: 2, in: minutes, steady: .seconds(300)),
            ])
    }

    @Test func namesRulesThatDoNotExist() {
        let yaml = """
            rules:
              - {name: cpu-high, metric: cpu, window: 1, above: 80}
              - {name: hot, metric: cpu, window: 1, above: 95, inhibits: [cpu-hihg, "dsk-*", hot]}
            """
        let says = """
            rules.yaml:3:63: error: no rule matches 'cpu-hihg'
                  - {name: hot, metric: cpu, window: 1, above: 95, inhibits: [cpu-hihg, "dsk-*", hot]}
                                                                              ^
              help: did you mean 'cpu-high'? rules: cpu-high
            rules.yaml:3:73: error: no rule matches 'dsk-*'
                  - {name: hot, metric: cpu, window: 1, above: 95, inhibits: [cpu-hihg, "dsk-*", hot]}
                                                                                        ^
              help: rules: cpu-high
            rules.yaml:3:82: error: a rule cannot inhibit itself
                  - {name: hot, metric: cpu, window: 1, above: 95, inhibits: [cpu-hihg, "dsk-*", hot]}
                                                                                                 ^
              help: name the weaker rules that it holds back
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesRulesThatHoldBackEachOther() {
        let yaml = """
            rules:
              - {name: a, metric: cpu, window: 1, above: 1, inhibits: b}
              - {name: b, metric: cpu, window: 1, above: 1, inhibits: [c]}
              - {name: c, metric: cpu, window: 1, above: 1, inhibits: ["a*", b]}
              - {name: low, metric: mem, window: 1, above: 1, group: g, inhibits: high}
              - {name: high, metric: mem, window: 1, above: 1, group: g, severity: critical}
            """
        let says = """
            rules.yaml:2:59: error: rules hold back each other: a > b > c > a
                  - {name: a, metric: cpu, window: 1, above: 1, inhibits: b}
                                                                          ^
              help: none of them would be told while all are open; remove one of the links
            rules.yaml:5:71: error: rules hold back each other: low > high > low
                  - {name: low, metric: mem, window: 1, above: 1, group: g, inhibits: high}
                                                                                      ^
              help: none of them would be told while all are open; remove one of the links
            """
        #expect(report(yaml) == says)
    }

    @Test func warnsOfAGroupInWhichNothingIsHeldBack() {
        let yaml = """
            rules:
              - {name: a, metric: cpu, window: 1, above: 1, group: alone}
              - {name: b, metric: cpu, window: 1, above: 1, group: same}
              - {name: c, metric: cpu, window: 1, above: 2, group: same}
            """
        let says = """
            rules.yaml:2:56: warning: no rule of the group 'alone' holds back another
                  - {name: a, metric: cpu, window: 1, above: 1, group: alone}
                                                                       ^
              help: it has one rule; give the others the same 'group'
            rules.yaml:3:56: warning: no rule of the group 'same' holds back another
                  - {name: b, metric: cpu, window: 1, above: 1, group: same}
                                                                       ^
              help: all have the severity warning; give the stronger a higher one
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadFlapping() {
        let yaml = """
            rules:
              - {name: a, metric: cpu, window: 1, above: 1, flapping: true}
              - {name: b, metric: cpu, window: 1, above: 1, flapping: hold after 1 changes in 1h}
              - {name: c, metric: cpu, window: 1, above: 1, flapping: {changes: 1, in: 10s, study: 1m}}
              - {name: d, metric: cpu, window: 1, above: 1, flapping: {changes: 5, in: 1h, steady: 2h}}
              - {name: e, metric: cpu, window: 1, above: 1, flapping: {in: 1h}}
            """
        let says = """
            rules.yaml:2:59: error: 'flapping' must be such as 'hold after 5 changes in 1h', not 'true'
                  - {name: a, metric: cpu, window: 1, above: 1, flapping: true}
                                                                          ^
              help: or write {changes: 5, in: 1h, steady: 30m}; 2 to 100 changes in 1m to 7d
            rules.yaml:3:59: error: 'flapping' must be such as 'hold after 5 changes in 1h', not 'hold after 1 changes in 1h'
                  - {name: b, metric: cpu, window: 1, above: 1, flapping: hold after 1 changes in 1h}
                                                                          ^
              help: or write {changes: 5, in: 1h, steady: 30m}; 2 to 100 changes in 1m to 7d
            rules.yaml:4:69: error: 'changes' must be a whole number from 2 to 100, not '1'
                  - {name: c, metric: cpu, window: 1, above: 1, flapping: {changes: 1, in: 10s, study: …}}
                                                                                    ^
            rules.yaml:4:76: error: 'in' must be a duration from 1m to 7d, not '10s'
                  - {name: c, metric: cpu, window: 1, above: 1, flapping: {changes: 1, in: 10s, study: …}}
                                                                                           ^
            rules.yaml:4:81: error: unknown key 'study'
                  - {name: c, metric: cpu, window: 1, above: 1, flapping: {changes: 1, in: 10s, study: …}}
                                                                                                ^
              help: keys of 'flapping': changes, in, steady
            rules.yaml:5:88: error: 'steady' must be a duration from 1s to 1h, not '2h'
                  - {name: d, metric: cpu, window: 1, above: 1, flapping: {changes: 5, in: 1h, steady: 2h}}
                                                                                                       ^
            rules.yaml:6:59: error: 'flapping' needs 'changes'
                  - {name: e, metric: cpu, window: 1, above: 1, flapping: {in: 1h}}
                                                                          ^
              help: add changes: 5
            """
        #expect(report(yaml) == says)
    }
}
