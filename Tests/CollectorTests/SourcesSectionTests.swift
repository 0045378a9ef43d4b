import Collector
import Rules
import Testing

@Suite struct SourcesSectionTests {
    @Test func needsASource() {
        let yaml = """
            sources: []
            """
        let says = """
            rules.yaml:1:10: error: 'sources' has no source
                sources: []
                         ^
              help: add 'sources:' with a source: '- name: fleet' and its 'url:'
            """
        #expect(report(yaml) == says)
    }

    @Test func namesEveryMissingKey() {
        let yaml = """
            sources:
              - {}
              - fleet
            """
        let says = """
            rules.yaml:2:5: error: a source needs 'name'
                  - {}
                    ^
              help: add a name: fleet
            rules.yaml:2:5: error: a source needs 'url'
                  - {}
                    ^
              help: add url: http://host:9200/metrics
            rules.yaml:3:5: error: an item of 'sources' must be a mapping, not a text
                  - …
                    ^
              help: write it as 'key: value' lines
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesASecondSourceOfOneName() {
        let yaml = """
            sources:
              - {name: fleet, url: 'http://a'}
              - {name: fleet, url: 'http://b'}
            """
        let says = """
            rules.yaml:3:12: error: the name 'fleet' is given twice
                  - {name: fleet, url: 'http://b'}
                           ^
              note: first defined at line 2
              help: give each a name of its own
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadURLs() {
        let yaml = """
            sources:
              - {name: s0, url: '127.0.0.1:9200'}
              - {name: s1, url: 'ftp://a/b'}
              - {name: s2, url: 'http://'}
              - {name: s3, url: 'http://a:99999/'}
              - {name: s4, url: 'http://a b/S3CR3T'}
              - {name: s5, url: 'http://[::x]/'}
              - {name: s6, url: 'http://256.1.1.1/'}
              - {name: s7, url: 'http://user:S3CR3T@/'}
              - {name: s8, url: "http://a/\\r\\nX: S3CR3T"}
            """
        let says = """
            rules.yaml:2:21: error: 'url' must begin with http:// or https://
                  - {name: s0, url: '127.0.0.1:9200'}
                                    ^
              help: write http://127.0.0.1:9200
            rules.yaml:3:21: error: 'url' must begin with http:// or https://
                  - {name: s1, url: 'ftp://a…'}
                                    ^
              help: write http://a/b
            rules.yaml:4:21: error: 'url' must name a host after ://
                  - {name: s2, url: 'http://'}
                                    ^
              help: hosts are names (fleet.example.com), IPv4 (10.0.0.1) or IPv6 ([fd00::1]) addresses
            rules.yaml:5:21: error: 'url' must have a port from 1 to 65535
                  - {name: s3, url: 'http://a:99999/'}
                                    ^
              help: write http://host:9200/path
            rules.yaml:6:21: error: 'url' must hold none of space, " < > \\ ^ ` { | } and no letter beyond ASCII
                  - {name: s4, url: 'http://a…}
                                    ^
              help: percent-encode them: a space is %20; a host with other letters is written xn--…
            rules.yaml:7:21: error: 'url' must name a host after ://
                  - {name: s5, url: 'http://[::x]/'}
                                    ^
              help: hosts are names (fleet.example.com), IPv4 (10.0.0.1) or IPv6 ([fd00::1]) addresses
            rules.yaml:8:21: error: 'url' must name a host after ://
                  - {name: s6, url: 'http://256.1.1.1/'}
                                    ^
              help: hosts are names (fleet.example.com), IPv4 (10.0.0.1) or IPv6 ([fd00::1]) addresses
            rules.yaml:9:21: error: 'url' must name a host after ://
                  - {name: s7, url: 'http://…}
                                    ^
              help: hosts are names (fleet.example.com), IPv4 (10.0.0.1) or IPv6 ([fd00::1]) addresses
            rules.yaml:10:21: error: 'url' holds a line end, a tab or a control character
                  - {name: s8, url: "http://a…}
                                    ^
              help: write it on one line, without them
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadDurations() {
        let yaml = """
            sources:
              - {name: s0, url: 'http://fleet:9200/', interval: 15}
              - {name: s1, url: 'http://fleet:9200/', interval: 15 m}
              - {name: s2, url: 'http://fleet:9200/', interval: 1.5h}
              - {name: s3, url: 'http://fleet:9200/', interval: 50ms}
              - {name: s4, url: 'http://fleet:9200/', interval: 8d}
              - {name: s5, url: 'http://fleet:9200/', interval: }
              - {name: s6, url: 'http://fleet:9200/', interval: [1s]}
              - {name: s7, url: 'http://fleet:9200/', timeout: 6m}
              - {name: s8, url: 'http://fleet:9200/', max_gap: 10m}
              - {name: s9, url: 'http://fleet:9200/', interval: 1m, max_gap: 59s}
              - {name: s10, url: 'http://fleet:9200/', max_gap: 1y}
            """
        let says = """
            rules.yaml:2:53: error: 'interval' must be a duration from 100ms to 7d, not '15'
                  - {name: s0, url: 'http://fleet:9200/', interval: 15}
                                                                    ^
              help: add the unit: ms, s, m, h or d
            rules.yaml:3:53: error: 'interval' must be a duration from 100ms to 7d, not '15 m'
                  - {name: s1, url: 'http://fleet:9200/', interval: 15 m}
                                                                    ^
              help: write 15m
            rules.yaml:4:53: error: 'interval' must be a duration from 100ms to 7d, not '1.5h'
                  - {name: s2, url: 'http://fleet:9200/', interval: 1.5h}
                                                                    ^
              help: write 90m
            rules.yaml:5:53: error: 'interval' must be a duration from 100ms to 7d, not '50ms'
                  - {name: s3, url: 'http://fleet:9200/', interval: 50ms}
                                                                    ^
            rules.yaml:6:53: error: 'interval' must be a duration from 100ms to 7d, not '8d'
                  - {name: s4, url: 'http://fleet:9200/', interval: 8d}
                                                                    ^
            rules.yaml:7:53: error: 'interval' has no value
                  - {name: s5, url: 'http://fleet:9200/', interval: }
                                                                    ^
              help: give it a value
            rules.yaml:8:53: error: 'interval' must be a duration, not a list
                  - {name: s6, url: 'http://fleet:9200/', interval: [1s]}
                                                                    ^
            rules.yaml:9:52: error: 'timeout' must be a duration from 100ms to 5m, not '6m'
                  - {name: s7, url: 'http://fleet:9200/', timeout: 6m}
                                                                   ^
            rules.yaml:10:52: error: 'max_gap' must be at least the interval, 15m, not '10m'
                  - {name: s8, url: 'http://fleet:9200/', max_gap: 10m}
                                                                   ^
              help: a window would start anew at each poll; leave it out for 3 intervals
            rules.yaml:11:66: error: 'max_gap' must be at least the interval, 1m, not '59s'
                  - {name: s9, url: 'http://fleet:9200/', interval: 1m, max_gap: 59s}
                                                                                 ^
              help: a window would start anew at each poll; leave it out for 3 intervals
            rules.yaml:12:53: error: 'max_gap' must be a duration from 100ms to 365d, not '1y'
                  - {name: s10, url: 'http://fleet:9200/', max_gap: 1y}
                                                                    ^
              help: write a whole number and one unit, ms, s, m, h or d, without a space: 90s, 15m
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadCountsAndFormats() {
        let yaml = """
            sources:
              - {name: s0, url: 'http://fleet:9200/', max_machines: 0}
              - {name: s1, url: 'http://fleet:9200/', max_machines: 5000001}
              - {name: s2, url: 'http://fleet:9200/', max_machines: 1e3}
              - {name: s3, url: 'http://fleet:9200/', format: xml}
              - {name: s4, url: 'http://fleet:9200/', intervall: 3s}
            """
        let says = """
            rules.yaml:2:57: error: 'max_machines' must be a whole number from 1 to 5,000,000, not '0'
                  - {name: s0, url: 'http://fleet:9200/', max_machines: 0}
                                                                        ^
            rules.yaml:3:57: error: 'max_machines' must be a whole number from 1 to 5,000,000, not '5000001'
                  - {name: s1, url: 'http://fleet:9200/', max_machines: 5000001}
                                                                        ^
            rules.yaml:4:57: error: 'max_machines' must be a whole number from 1 to 5,000,000, not '1e3'
                  - {name: s2, url: 'http://fleet:9200/', max_machines: 1e3}
                                                                        ^
            rules.yaml:5:51: error: 'format' must be auto, json, prometheus or node_exporter, not 'xml'
                  - {name: s3, url: 'http://fleet:9200/', format: xml}
                                                                  ^
            rules.yaml:6:43: error: unknown key 'intervall'
                  - {name: s4, url: 'http://fleet:9200/', intervall: …}
                                                          ^
              help: did you mean 'interval'? keys of a source: name, url, push, targets, targets_file, interval, timeout, format, json, prometheus, headers, labels, max_gap, max_machines, failing_after, auth, tls, proxy
            """
        #expect(report(yaml) == says)
    }

    @Test func readsEveryKey() throws {
        let yaml = """
            sources:
              - {name: plain, url: 'http://127.0.0.1:${PORT}/metrics'}
              - name: full
                url: https://user:pw@[fd00::1]:8443/a?b=c
                interval: ${INTERVAL:-500ms}
                timeout: 5m
                format: json
                json: {records: /data/machines, machine: host.name, metrics: {temp: t.celsius}}
                headers: {Authorization: "Bearer ${TOKEN}"}
                labels: {env: production}
                max_gap: 1h
                max_machines: 5000000
            """
        let full = Source(
            name: "full", url: "https://user:pw@[fd00::1]:8443/a?b=c", interval: .milliseconds(500),
            timeout: .seconds(300), format: .json,
            shape: FleetShape(
                records: "/data/machines", machine: "host.name",
                metrics: [FleetShape.Metric("temp", path: "t.celsius")]),
            headers: [Header("Authorization", Secret("Bearer abc"))], labels: ["env": "production"],
            maxGap: .seconds(3600), maxMachines: 5_000_000)
        let faults = Faults(in: "rules.yaml")
        let section = read(yaml, variables: ["PORT": "9200", "TOKEN": "abc"], reporting: faults)
        #expect(section?.sources == [Source(name: "plain", url: "http://127.0.0.1:9200/metrics"), full])
        #expect(section?.metrics == ["cpu", "disk", "mem", "temp"])
        #expect(faults.all.isEmpty)
    }

    @Test func countsNoSourceThatIsNone() {
        let says = """
            rules.yaml:1:11: error: an item of 'sources' has no value
                sources: [~]
                          ^
              help: begin each source with '- name:'
            """
        #expect(report("sources: [~]") == says)
    }

    /// A source that is wrong in the rest still says which metrics it has.
    @Test func knowsTheMetricsOfWrongSources() {
        let faults = Faults(in: "rules.yaml")
        let section = read("sources: [{name: a, url: x, json: {metrics: {t: t}}}]", reporting: faults)
        #expect(section?.metrics == ["t"])
        #expect(section?.sources == [])
    }
}
