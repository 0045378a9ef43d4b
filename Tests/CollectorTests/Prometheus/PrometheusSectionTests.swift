import Collector
import Rules
import Testing

@Suite struct PrometheusSectionTests {
    private func metric(_ expression: String) -> String {
        report(
            """
            sources:
              - name: node
                url: http://node:9100/metrics
                format: prometheus
                prometheus:
                  metrics:
                    x: \(expression)
            """)
    }

    @Test(arguments: [
        (
            "100 * average(node_load1)",
            """
            rules.yaml:7:18: error: there is no function 'average'
                        x: 100 * average(node_load1)
                                 ^
              help: functions: avg, max, min, rate, sum
            """
        ),
        (
            "avrg(node_load1)",
            """
            rules.yaml:7:12: error: there is no function 'avrg'
                        x: avrg(node_load1)
                           ^
              help: did you mean 'avg'? functions: avg, max, min, rate, sum
            """
        ),
        (
            "\"1 - sum(a{mode=~'id.*'})\"",
            """
            rules.yaml:7:27: error: regular expressions are not supported
                        x: "1 - sum(a{mode=~'id.*'})"
                                          ^
              help: write =*"id*", a pattern
            """
        ),
        (
            "rate(node_cpu_seconds_total[5m])",
            """
            rules.yaml:7:39: error: a range has no place here
                        x: rate(node_cpu_seconds_total[5m])
                                                      ^
              help: rate(metric) is taken from one poll to the next
            """
        ),
        (
            "rate(sum(a))",
            """
            rules.yaml:7:17: error: 'rate' is of a counter, not of an expression
                        x: rate(sum(a))
                                ^
              help: take the rate first: sum(rate(metric)), rate(a) + rate(b)
            """
        ),
        (
            "max(sum(a))",
            """
            rules.yaml:7:16: error: 'max' is of series, and this is one number already
                        x: max(sum(a))
                               ^
              help: write max(metric), or leave 'max' out
            """
        ),
        (
            "100 * (1 - a / b",
            """
            rules.yaml:7:18: error: this '(' is never closed
                        x: 100 * (1 - a / b
                                 ^
              help: add ')'
            """
        ),
        (
            "a b",
            """
            rules.yaml:7:14: error: expected an operator or the end, not 'b'
                        x: a b
                             ^
              help: operators are + - * / or
            """
        ),
        (
            "sum by (instance) (rate(a))",
            """
            rules.yaml:7:16: error: a metric is computed for each machine by itself
                        x: sum by (instance) (rate(a))
                               ^
              help: leave 'by (…)' out
            """
        ),
        (
            "sum(rate(a)) by (instance)",
            """
            rules.yaml:7:25: error: a metric is computed for each machine by itself
                        x: sum(rate(a)) by (instance)
                                        ^
              help: leave 'by (…)' out
            """
        ),
        (
            "a > 5",
            """
            rules.yaml:7:14: error: there is no operator '>'
                        x: a > 5
                             ^
              help: a threshold belongs into a rule, as its 'above:'
            """
        ),
        (
            "a{code=~\"5..|4\\d\"}",
            """
            rules.yaml:7:18: error: regular expressions are not supported
                        x: a{code=~"5..|4\\d"}
                                 ^
              help: use patterns: =*"ext*|xfs", with * for any characters, ? for one, | for or
            """
        ),
        (
            "a{code!~\"5..|.*x\"}",
            """
            rules.yaml:7:18: error: regular expressions are not supported
                        x: a{code!~"5..|.*x"}
                                 ^
              help: write !*"5??|*x", a pattern
            """
        ),
        (
            "a{code=\"5*\"}",
            """
            rules.yaml:7:12: warning: code="5*" compares with '*' itself
                        x: a{code="5*"}
                           ^
              help: write code=*"5*" for a pattern
            """
        ),
        (
            "a +",
            """
            rules.yaml:7:14: error: expected a metric, a number, a function or '(', not the end
                        x: a +
                             ^
              help: such as 100 * used_bytes / total_bytes
            """
        ),
        (
            "a % 2",
            """
            rules.yaml:7:14: error: there is no operator '%'
                        x: a % 2
                             ^
              help: operators are + - * / or
            """
        ),
        (
            "1 + 2",
            """
            rules.yaml:7:12: error: the expression names no metric of the page
                        x: 1 + 2
                           ^
              help: such as 100 * used_bytes / total_bytes
            """
        ),
        (
            "a{mode=idle}",
            """
            rules.yaml:7:19: error: expected a text in quotes, not 'idle'
                        x: a{mode=idle}
                                  ^
              help: write {mode="idle"}
            """
        ),
        (
            "a{mode}",
            """
            rules.yaml:7:18: error: expected '=', '!=', '=*' or '!*', not '}'
                        x: a{mode}
                                 ^
              help: = and != compare with a text, =* and !* with patterns: fstype!*"tmp*|nfs?"
            """
        ),
        (
            "a{m=\"x}",
            """
            rules.yaml:7:16: error: this quote is never closed
                        x: a{m="x}
                               ^
              help: add " at the end of the text
            """
        ),
        (
            "a * 1.2.3",
            """
            rules.yaml:7:16: error: '1.2.3' is not a number
                        x: a * 1.2.3
                               ^
              help: write it as 100, 0.5 or 1e9
            """
        ),
        (
            "a & b",
            """
            rules.yaml:7:14: error: '&' has no place in an expression
                        x: a & b
                             ^
              help: write metrics, numbers, + - * /, parentheses and functions: 100 * avg(rate(metric))
            """
        ),
    ])
    func pointsAtWhatIsWrong(expression: String, says: String) {
        #expect(metric(expression) == says)
    }

    /// Wherever YAML lets an expression stand, the caret stands below what is wrong.
    @Test(arguments: [
        ("'a{m=\"x\"} ? b'", 7, 22), ("\"a{m=\\\"x\\\"} ? b\"", 7, 24), ("'a{m=''x''} ? b'", 7, 24),
        ("a\n          ? b", 8, 11), (">-\n          a +\n          b ? c", 9, 13),
        ("|-\n          a ? b", 8, 13),
    ])
    func findsItsPlaceInAnyYAML(expression: String, line: Int, column: Int) {
        #expect(metric(expression).hasPrefix("rules.yaml:\(line):\(column): error: '?' has no place"))
    }

    @Test func refusesWhatDoesNotGoTogether() {
        let yaml = """
            sources:
              - {name: s0, url: 'http://h/', format: prometheus}
              - {name: s1, url: 'http://h/', format: json, prometheus: {metrics: {a: a}}}
              - {name: s2, url: 'http://h/', format: node_exporter, json: {}}
              - {name: s3, url: 'http://h/', prometheus: {machine: 'a-b', metrics: {a: a}}}
              - {name: s4, url: 'http://h/', prometheus: {metric: {a: a}}}
              - {name: s5, url: 'http://h/', format: prometheus, prometheus: {metrics: {}}}
            """
        let says = """
            rules.yaml:2:42: error: format: prometheus needs 'prometheus'
                  - {name: s0, url: 'http://h/', format: prometheus}
                                                         ^
              help: add prometheus: {metrics: {load: node_load1}}; format: node_exporter needs none
            rules.yaml:3:60: error: 'prometheus' is of no use to format: json
                  - {name: s1, url: 'http://h/', format: json, prometheus: {metrics: {a: a}}}
                                                                           ^
              help: remove one of the two
            rules.yaml:4:63: error: 'json' is of no use to format: node_exporter
                  - {name: s2, url: 'http://h/', format: node_exporter, json: {}}
                                                                              ^
              help: remove one of the two
            rules.yaml:5:56: error: 'machine' must be the name of a label, not 'a-b'
                  - {name: s3, url: 'http://h/', prometheus: {machine: 'a-b', metrics: {a: a}}}
                                                                       ^
              help: the label that names the machine of each series: instance
            rules.yaml:6:46: error: 'prometheus' needs 'metrics'
                  - {name: s4, url: 'http://h/', prometheus: {metric: …}}
                                                             ^
              help: add metrics: {load: node_load1}
            rules.yaml:6:47: error: unknown key 'metric'
                  - {name: s4, url: 'http://h/', prometheus: {metric: …}}
                                                              ^
              help: did you mean 'metrics'? keys of 'prometheus': machine, metrics
            rules.yaml:7:76: error: 'metrics' has no metric
                  - {name: s5, url: 'http://h/', format: prometheus, prometheus: {metrics: {}}}
                                                                                           ^
              help: write {name: expression}, such as {load: node_load1}
            """
        #expect(report(yaml) == says)
    }

    @Test func readsWhatIsRight() throws {
        let yaml = """
            sources:
              - {name: auto, url: 'http://h/'}
              - {name: node, url: 'http://h/', format: node_exporter, prometheus: {metrics: {load: node_load1, cpu: c}}}
              - name: federation
                url: http://h/federate
                prometheus: {machine: instance, metrics: {up: up}}
              - {name: json, url: 'http://h/', json: {metrics: {t: t}}}
              - {name: both, url: 'http://h/', json: {metrics: {t: t}}, prometheus: {metrics: {u: u, t: v}}}
            """
        let faults = Faults(in: "rules.yaml")
        let section = try #require(read(yaml, reporting: faults))
        #expect(faults.all == [])
        #expect(section.sources.map(\.format) == [.auto, .nodeExporter, .prometheus, .json, .auto])
        #expect(
            section.sources.map(\.metrics) == [
                ["cpu", "mem", "disk"], ["mem", "disk", "load", "cpu"], ["up"], ["t"], ["t", "u"],
            ])
        #expect(section.sources[2].prometheus.machine == "instance")
        #expect(section.metrics == ["cpu", "disk", "load", "mem", "t", "u", "up"])
    }
}
