import Testing

@testable import Rules

/// What of YAML is refused, and where things are.
@Suite struct DocumentTests {
    @Test func foldedScalars() {
        let yaml = """
            rules:
              - above: >85
            """
        let says = """
            rules.yaml:2:12: error: a text that begins with '>' or '|' needs quotes
                  - above: >85
                           ^
              help: write 85; the key says which side of it is meant
            """
        #expect(report(yaml) == says)
    }

    @Test func tagsAnchorsAndAliases() {
        let yaml = """
            rules:
              - name: !foo 1
                metric: &x cpu
                window: !!int 3
                above: *x
            """
        let says = """
            rules.yaml:2:11: error: tags (!name) are not supported
                  - name: !foo 1
                          ^
              help: remove it; a text that begins with '!' needs quotes
            rules.yaml:3:13: error: anchors (&name) are not supported
                    metric: &x cpu
                            ^
              help: write the value out; a text that begins with '&' needs quotes
            rules.yaml:5:12: error: aliases (*name) are not supported
                    above: *x
                           ^
              help: write the value out; a text that begins with '*' needs quotes: "*"
            """
        #expect(report(yaml) == says)
    }

    @Test func forgottenColons() {
        let yaml = """
            server: {token S3CR3TS3CR3TS3CR3T}
            S3CR3T:
            """
        let says = """
            rules.yaml: error: the file needs 'rules'
              help: add 'rules:' with a rule, or 'rules: []' to record samples only
            rules.yaml:1:1: error: unknown key 'server'
                server: {…}
                ^
              help: keys of the file: rules, defaults
            rules.yaml:2:1: error: expected 'key: value' here
                …
                ^
              help: keys of the file: rules, defaults
            """
        #expect(report(yaml) == says)
    }

    @Test func secondDocuments() {
        let yaml = """
            rules: []
            ---
            rules: []
            """
        let says = """
            rules.yaml:2:1: error: the file holds a second document
                ---
                ^
              help: remove the line '---'; all settings stand in one document
            """
        #expect(report(yaml) == says)
    }

    @Test func duplicateKeys() {
        let yaml = """
            rules:
              - name: a
                metric: cpu
                window: 3
                window: 4
                above: 5
            """
        let says = """
            rules.yaml:5:5: error: 'window' is given twice
                    window: 4
                    ^
              note: first given at line 4
              help: keep one of the two
            """
        #expect(report(yaml) == says)
    }

    @Test func keysThatAreNoText() {
        let yaml = """
            ? [x]
            : 2
            rules: []
            """
        let says = """
            rules.yaml:1:3: error: a key must be a text, not a list or a mapping
                ? …
                  ^
              help: put a text that begins with '[' or '{' in quotes; ${NAME} within {…} needs them too
            """
        #expect(report(yaml) == says)
    }

    @Test func nakedVariables() {
        let yaml = """
            server: {listen: 127.0.0.1:8080, token: ${GATEWAY_TOKEN}}
            """
        let says = """
            rules.yaml: error: the file needs 'rules'
              help: add 'rules:' with a rule, or 'rules: []' to record samples only
            rules.yaml:1:1: error: unknown key 'server'
                server: {listen: 127.0.0.1:8080, token: ${GATEWAY_TOKEN}}
                ^
              help: keys of the file: rules, defaults
            rules.yaml:1:41: error: within {…} and […], ${NAME} needs quotes
                server: {listen: 127.0.0.1:8080, token: ${GATEWAY_TOKEN}}
                                                        ^
              help: put the whole value in quotes: {token: "${GATEWAY_TOKEN}"}
            """
        #expect(report(yaml) == says)
    }

    @Test func listsAtTheTop() {
        let yaml = """
            - name: a
            """
        let says = """
            rules.yaml:1:1: error: the file must be a mapping, not a list
                - name: a
                ^
              help: begin with 'sources:', at the start of a line
            """
        #expect(report(yaml) == says)
    }

    @Test func textsAtTheTop() {
        let yaml = """
            sources
            """
        let says = """
            rules.yaml:1:1: error: the file must be a mapping, not a text
                …
                ^
              help: begin with 'sources:', at the start of a line
            """
        #expect(report(yaml) == says)
    }

    @Test func emptyFiles() {
        let yaml = ""
        let says = """
            rules.yaml: error: the file holds no settings
              help: begin with 'sources:'
            """
        #expect(report(yaml) == says)
    }

    @Test func commentsAlone() {
        let yaml = """
            # nothing yet
            """
        let says = """
            rules.yaml: error: the file holds no settings
              help: begin with 'sources:'
            """
        #expect(report(yaml) == says)
    }

    @Test func lineEndsOfWindows() {
        let yaml = "rules:\r\n  - name: a\r\n    metric: cpu\r\n    window: x\r\n    above: 1\r\n"
        let says = """
            rules.yaml:4:13: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not 'x'
                    window: x
                            ^
              help: write 3 for three samples, or 30m for half an hour
            """
        #expect(report(yaml) == says)
    }

    @Test func columnsInCharacters() {
        let yaml = """
            rules:
              - {name: "é👍🏽", metric: cpu, window: x, above: 1}
            """
        let says = """
            rules.yaml:2:12: error: 'name' must be a name, not 'é👍🏽'
                  - {name: "é👍🏽", metric: cpu, window: x, above: 1}
                           ^
              help: a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'
            rules.yaml:2:40: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not 'x'
                  - {name: "é👍🏽", metric: cpu, window: x, above: 1}
                                                       ^
              help: write 3 for three samples, or 30m for half an hour
            """
        #expect(report(yaml) == says)
    }

    @Test func byteOrderMarks() {
        let yaml = "\u{FEFF}rules: 5\n"
        let says = """
            rules.yaml:1:9: error: 'rules' must be a list, not '5'
                rules: 5
                        ^
              help: begin each rule with '- name:'
            """
        #expect(report(yaml) == says)
    }

    @Test func longLines() {
        let yaml = """
            rules:
              - {name: a, metric: mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm, aggregate: avg, severity: warning, window: 3, above: 999999999999999999999999999999999999999999999999999999999999, clear: 1}
            """
        let says = """
            rules.yaml:2:23: error: no source has a metric 'mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm'
                  - {name: a, metric: mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm, aggregate: avg, …
                                      ^
              help: metrics of the sources: cpu, disk, mem
            rules.yaml:2:96: error: 'aggregate' must be mean, min, max, median, p90, p95, p99, last, sum, rate or forecast, not 'avg'
                …mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm, aggregate: avg, severity: warning, window: 3, above: 99999999…
                                                                   ^
              help: did you mean 'mean'?
            """
        #expect(report(yaml) == says)
    }
}
