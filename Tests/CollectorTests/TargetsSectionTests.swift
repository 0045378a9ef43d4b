import Collector
import Rules
import Testing

@Suite struct TargetsSectionTests {
    @Test func readsTargets() throws {
        let yaml = """
            sources:
              - name: nodes
                targets: ["10.0.0.1:9100", {target: "h2:9100", machine: web-2}, "https://u:p@h3/m?x=1", "[fd00::1]:9100"]
              - name: other
                url: http://{target}:9100/probe
                targets: [h1]
                targets_file: /etc/targets.json
              - {name: ci, push: true, interval: 1m}
            """
        let faults = Faults(in: "rules.yaml")
        let section = try #require(read(yaml, reporting: faults))
        let nodes = try #require(section.sources[0].targets)
        #expect(nodes.listed.map(\.name) == ["10.0.0.1:9100", "h2:9100", "h3", "[fd00::1]:9100"])
        #expect(nodes.listed.map(\.machine) == ["10.0.0.1:9100", "web-2", "h3", "[fd00::1]:9100"])
        #expect(nodes.listed[0].url == "http://10.0.0.1:9100/metrics")
        #expect(nodes.listed[2].url == "https://u:p@h3/m?x=1")
        #expect(section.sources[1].targets?.listed.map(\.url) == ["http://h1:9100/probe"])
        #expect(section.sources[1].targets?.file == "/etc/targets.json")
        #expect(section.sources[2].isPush && section.sources[2].url.isEmpty)
        // That the file is not there is worth a look, and no fault.
        #expect(
            faults.all.map(\.description) == [
                """
                rules.yaml:7:19: warning: there are no targets from the file yet: /etc/targets.json: there is no such file
                        targets_file: /etc/targets.json
                                      ^
                  help: see that it comes
                """
            ])
    }

    @Test func refusesWhatIsNoTarget() {
        let yaml = """
            sources:
              - {name: s0, targets: []}
              - {name: s1, targets: [a/b, "u:p@h:1", "h:1", "h:1", "h:99999"]}
              - {name: s2, url: "http://h/", targets: ["h:1"]}
              - {name: s3, url: "http://{target}/"}
              - {name: s4, url: "http://h/", push: true}
              - {name: s5, push: maybe}
              - {name: s6, targets: [{machine: m}]}
            """
        let says = """
            rules.yaml:2:25: error: 'targets' has no target
                  - {name: s0, targets: []}
                                        ^
              help: write targets: [host:9100, other:9100]
            rules.yaml:3:26: error: an item of 'targets' must be a host with its port, or a URL, not 'a/b'
                  - {name: s1, targets: […, …, "h:1", "h:1", "h:99999"]}
                                         ^
              help: write host:9100
            rules.yaml:3:31: error: a target holds no user and password
                  - {name: s1, targets: […, …, "h:1", "h:1", "h:99999"]}
                                            ^
              help: write host:9100, and 'headers' to log in
            rules.yaml:3:49: error: the target is given twice
                  - {name: s1, targets: […, …, "h:1", "h:1", "h:99999"]}
                                                      ^
              help: keep one of the two
            rules.yaml:3:56: error: an item of 'targets' must be a host with its port, or a URL, not 'h:99999'
                  - {name: s1, targets: […, …, "h:1", "h:1", "h:99999"]}
                                                             ^
              help: write host:9100
            rules.yaml:4:21: error: 'url' names no target
                  - {name: s2, url: "http://h/", targets: ["h:1"]}
                                    ^
              help: write url: http://{target}/metrics
            rules.yaml:5:21: error: 'url' has {target}, and the source has no 'targets'
                  - {name: s3, url: "http://{target}/"}
                                    ^
              help: add targets: [host:9100], or write the host
            rules.yaml:6:21: error: a source that is pushed to is not polled
                  - {name: s4, url: "http://h/", push: true}
                                    ^
              help: remove it, or 'push'
            rules.yaml:7:22: error: 'push' must be true or false, not 'maybe'
                  - {name: s5, push: maybe}
                                     ^
            rules.yaml:8:26: error: a target needs 'target'
                  - {name: s6, targets: [{machine: m}]}
                                         ^
              help: add target: host:9100
            """
        #expect(report(yaml) == says)
    }
}
