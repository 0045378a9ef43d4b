import Collector
import Rules
import Testing

@Suite struct SourceShapeTests {
    @Test func refusesBadShapes() {
        let yaml = """
            sources:
              - {name: s0, url: 'http://fleet:9200/', json: /data}
              - {name: s1, url: 'http://fleet:9200/', json: {record: /a}}
              - {name: s2, url: 'http://fleet:9200/', json: {records: data}}
              - {name: s3, url: 'http://fleet:9200/', json: {records: /a~2}}
              - {name: s4, url: 'http://fleet:9200/', json: {machine: a..b}}
              - {name: s5, url: 'http://fleet:9200/', json: {metrics: [cpu]}}
              - {name: s6, url: 'http://fleet:9200/', json: {metrics: {}}}
              - {name: s7, url: 'http://fleet:9200/', json: {metrics: {c pu: cpu, mem: .x}}}
            """
        let says = """
            rules.yaml:2:49: error: 'json' must be a mapping, not a text
                  - {name: s0, url: 'http://fleet:9200/', json: …}
                                                                ^
              help: write it as 'key: value' lines
            rules.yaml:3:50: error: unknown key 'record'
                  - {name: s1, url: 'http://fleet:9200/', json: {record: …}}
                                                                 ^
              help: did you mean 'records'? keys of 'json': records, machine, metrics
            rules.yaml:4:59: error: 'records' must be a JSON pointer, not 'data'
                  - {name: s2, url: 'http://fleet:9200/', json: {records: data}}
                                                                          ^
              help: begin each step with '/': /data/machines; ~0 is '~' and ~1 is '/'
            rules.yaml:5:59: error: 'records' must be a JSON pointer, not '/a~2'
                  - {name: s3, url: 'http://fleet:9200/', json: {records: /a~2}}
                                                                          ^
              help: begin each step with '/': /data/machines; ~0 is '~' and ~1 is '/'
            rules.yaml:6:59: error: 'machine' must be the path of a field, not 'a..b'
                  - {name: s4, url: 'http://fleet:9200/', json: {machine: a..b}}
                                                                          ^
              help: separate its steps by single dots: memory.used_percent
            rules.yaml:7:59: error: 'metrics' must be a mapping, not a list
                  - {name: s5, url: 'http://fleet:9200/', json: {metrics: [cpu]}}
                                                                          ^
              help: write it as {name: value}
            rules.yaml:8:59: error: 'metrics' has no metric
                  - {name: s6, url: 'http://fleet:9200/', json: {metrics: {}}}
                                                                          ^
              help: write {name: field}, such as {cpu: cpu}
            rules.yaml:9:60: error: a key of 'metrics' must be a name, not 'c pu'
                  - {name: s7, url: 'http://fleet:9200/', json: {metrics: {c pu: cpu, mem: .x}}}
                                                                           ^
              help: write c-pu
            rules.yaml:9:76: error: 'mem' must be the path of a field, not '.x'
                  - {name: s7, url: 'http://fleet:9200/', json: {metrics: {c pu: cpu, mem: .x}}}
                                                                                           ^
              help: separate its steps by single dots: memory.used_percent
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadHeadersAndShowsNone() {
        let yaml = """
            sources:
              - {name: s0, url: 'http://fleet:9200/', headers: [S3CR3T]}
              - {name: s1, url: 'http://fleet:9200/', headers: {S3CR3T S3CR3T: x}}
              - {name: s2, url: 'http://fleet:9200/', headers: {Host: S3CR3T}}
              - {name: s3, url: 'http://fleet:9200/', headers: {X-A: S3CR3T, x-a: S3CR3T}}
              - {name: s4, url: 'http://fleet:9200/', headers: {X-A: "S3CR3T\\r\\nB: c"}}
              - {name: s5, url: 'http://fleet:9200/', headers: {X-A: S3CR3Té}}
              - {name: s6, url: 'http://fleet:9200/', headers: {S3CR3T: }}
            """
        let says = """
            rules.yaml:2:52: error: 'headers' must be a mapping, not a list
                  - {name: s0, url: 'http://fleet:9200/', headers: …}
                                                                   ^
              help: write it as {name: value}
            rules.yaml:3:53: error: this is not the name of a header
                  - {name: s1, url: 'http://fleet:9200/', headers: …}
                                                                   ^
              help: letters, digits and '-': X-Api-Key
            rules.yaml:4:53: error: the header 'Host' is set by the gateway
                  - {name: s2, url: 'http://fleet:9200/', headers: {Host: …}}
                                                                    ^
              help: remove it
            rules.yaml:5:66: error: the header 'x-a' is given twice
                  - {name: s3, url: 'http://fleet:9200/', headers: {X-A: …, x-a: …}}
                                                                            ^
              help: keep one; their case does not matter
            rules.yaml:6:58: error: 'X-A' holds a line end, a tab or a control character
                  - {name: s4, url: 'http://fleet:9200/', headers: {X-A: …}}
                                                                         ^
              help: write it on one line, without them
            rules.yaml:7:58: error: 'X-A' holds a letter beyond ASCII
                  - {name: s5, url: 'http://fleet:9200/', headers: {X-A: …}}
                                                                         ^
              help: headers carry ASCII alone
            rules.yaml:8:53: error: a header has no value
                  - {name: s6, url: 'http://fleet:9200/', headers: …}
                                                                   ^
              help: write {Name: value}
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadLabels() {
        let yaml = """
            sources:
              - {name: s0, url: 'http://fleet:9200/', labels: {1a: b}}
              - {name: s1, url: 'http://fleet:9200/', labels: {a: [x]}}
              - {name: s2, url: 'http://fleet:9200/', labels: {a: "x\\ty"}}
              - {name: s3, url: 'http://fleet:9200/', labels: {a: ''}}
              - {name: s4, url: 'http://fleet:9200/', labels: x}
            """
        let says = """
            rules.yaml:2:52: error: '1a' is not the name of a label
                  - {name: s0, url: 'http://fleet:9200/', labels: {1a: b}}
                                                                   ^
              help: names of labels have letters, digits and '_', the first no digit
            rules.yaml:3:55: error: 'a' must be a text, not a list
                  - {name: s1, url: 'http://fleet:9200/', labels: {a: [x]}}
                                                                      ^
            rules.yaml:4:55: error: 'a' holds a line end, a tab or a control character
                  - {name: s2, url: 'http://fleet:9200/', labels: {a: "x\\ty"}}
                                                                      ^
              help: write it on one line, without them
            rules.yaml:5:55: error: 'a' is empty
                  - {name: s3, url: 'http://fleet:9200/', labels: {a: ''}}
                                                                      ^
              help: give it a value
            rules.yaml:6:51: error: 'labels' must be a mapping, not a text
                  - {name: s4, url: 'http://fleet:9200/', labels: x}
                                                                  ^
              help: write it as {name: value}
            """
        #expect(report(yaml) == says)
    }
}
