import Testing

@testable import Rules

/// A syntax fault spoils the item that it is in, and nothing else of the file is left unread for it.
@Suite struct RecoveryTests {
    @Test(arguments: ["", "# a comment\n"])
    func whatConcernsTheWholeFileIsToldFirst(above: String) {
        let errors = report(above + "webhooks:e: ops\n  url: http://a.example\n").split(separator: "\n")
            .filter { $0.contains("error: ") }
        #expect(errors.first == "rules.yaml: error: the file needs 'rules'")
        #expect(errors.last?.hasSuffix("error: expected 'key: value' here") == true)
    }

    @Test func tenMistakesAreToldInOneRun() {
        let yaml = """
            defaults: {severity: warning}
            rules:
              - name: cpu-high
                metric:cpu
                window: 3
                above: 85
              - name: cpu-low
                metric: cpus
                window: 3
                below: 5
              - name: memory-high
            \tmetric: mem
                window: 3
                above: 90
              - name: memory-forecast
                metric: mem
                window: 24h
                forecast: {reach: 95, within: 24h
                severity: warning
              - name: disk-full
                metric: disk
                window: 9
                above: ninety
              - name: disk-odd
                metric: disk
               window: 9
                above: 95
              - name: disk-quote
                metric: disk
                window: 9
                above: 95
                message: "{{machine}} is full
              - name: disk-quoted
                metric: "disk"
                window: nine
                above: 95
              - name: disk-star
                metric: disk
                window: 9
                above: 95
                machines: *
              - name: disk-list
                metric: disk
                window: 9
                above: 95
                machines: [web-*, db-*}
            """
        let says = """
            rules.yaml:4:5: error: expected 'key: value' here
                    metric:cpu
                    ^
              help: put a space after the colon
            rules.yaml:8:13: error: no source has a metric 'cpus'
                    metric: cpus
                            ^
              help: did you mean 'cpu'? metrics of the sources: cpu, disk, mem
            rules.yaml:12:1: error: a tab stands where YAML wants spaces
                \tmetric: mem
                ^
              help: use spaces to indent and to align
            rules.yaml:18:15: error: this '{' is never closed
                    forecast: {reach: 95, within: 24h
                              ^
              help: close it with '}' on line 18
            rules.yaml:23:12: error: 'above' must be a number, not 'ninety'
                    above: ninety
                           ^
              help: write it as 85, -3 or 0.5
            rules.yaml:26:4: error: this line does not fit the indentation of those before it
                   window: 9
                   ^
              help: 2 spaces and '- ' begin an item of the list; 4 spaces go on with the one above
            rules.yaml:32:14: error: the quote that opens here is never closed
                    message: "{{machine}} is full
                             ^
              help: close it on the same line
            rules.yaml:35:13: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not 'nine'
                    window: nine
                            ^
              help: write 3 for three samples, or 30m for half an hour
            rules.yaml:41:15: error: a text that begins with '*' needs quotes
                    machines: *
                              ^
              help: write "*" for any name
            rules.yaml:46:27: error: expected ',' or ']' here
                    machines: [web-*, db-*}
                                          ^
              help: separate items by commas, and close the ']'
            """
        #expect(report(yaml) == says)
    }

    private static let lines = """
        defaults:
          severity: warning
        rules:
          - name: cpu-high
            metric: cpu
            window: 3
            above: 85
          - {name: cpu-low, metric: cpu, window: 30m, below: 85, machines: ["web-*", 'db-*']}
          - name: memory-high
            metric: mem
            window: 3
            above: 90
            message: "{{machine}} is full: {{value}}"
            labels:
              env: production
          - name: disk-full
            metric: disk
            window: 9
            above: 95
            machines:
              - 'web-*'
              - db-1
          - name: disk-forecast
            metric: disk
            window: 24h
            forecast: {reach: 95, within: 24h}
            runbook: 'https://wiki.example.com/disk'
        """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)

    /// The line on which the item of a line begins.
    private func item(of line: Int) -> Int {
        (1...line).last { Self.lines[$0 - 1].hasPrefix("  - ") || Self.lines[$0 - 1].first != " " } ?? 1
    }

    /// Slips of one character in each line, and the places of what is told of it.
    @Test(arguments: ["\t", " ", "\"", "{", "]", ":", "-", "&", ""])
    func aSlipBringsNoFaultsOfOtherItems(sign: String) {
        #expect(report(Self.lines.joined(separator: "\n")) == "")
        for line in 4...Self.lines.count {
            let text = Self.lines[line - 1]
            let starts = text.indices.filter { "{}[]\"':- ".contains(text[$0]) }
            for start in starts.prefix(5).suffix(2) + starts.suffix(2) {
                var lines = Self.lines
                let rest = text[start...].dropFirst(sign.isEmpty ? 1 : 0)
                lines[line - 1] = text[..<start] + sign + rest
                let faults = Faults(in: "rules.yaml")
                _ = read(lines.joined(separator: "\n"), reporting: faults) {
                    RulesSection(of: &$0, metrics: ["cpu", "disk", "mem"])
                }
                let strange = faults.all.filter { item(of: $0.mark?.line ?? 1) != item(of: line) }
                // What ends within the next item can come out there, and then nothing else is told.
                #expect(
                    strange.isEmpty || faults.all.count == 1, "\(lines[line - 1]): \(faults.all)")
            }
        }
    }

    @Test func whatCannotBeReadIsNotMissed() {
        let yaml = """
            rules:
              - name: a
                metric: "cpu
                window: 3
                above: 1
              - name: b
                metric: cpu
                window: 3
                above: 1
                inhibits: a
            """
        let says = """
            rules.yaml:3:13: error: the quote that opens here is never closed
                    metric: "cpu
                            ^
              help: close it on the same line
            """
        #expect(report(yaml) == says)
    }

    @Test(arguments: [
        (
            " rules:\n  - {name: a, metric: cpu, window: 3, above: 1}\ndefaults: {}\n",
            "rules.yaml:1:2: error: 'rules' is a key of the file\n     rules:\n     ^\n  help: begin it at column 1"
        ),
        (
            "\n  # ours\n rules:\n  - {name: a, metric: cpu, window: 3, above: 1}\ndefaults: {}\n",
            "rules.yaml:3:2: error: 'rules' is a key of the file\n     rules:\n     ^\n  help: begin it at column 1"
        ),
        (
            "rules:\n   - name: a\n    metric: cpu\n  - name: b\n",
            """
            rules.yaml:3:5: error: this line does not fit the indentation of those before it
                    metric: cpu
                    ^
              help: 3 spaces and '- ' begin an item of the list; 5 spaces go on with the one above
            rules.yaml:4:5: error: a rule needs 'metric'
                  - name: b
                    ^
              help: metrics of the sources: cpu, disk, mem
            rules.yaml:4:5: error: a rule needs 'window'
                  - name: b
                    ^
              help: add window: 3 (samples), or window: 30m
            rules.yaml:4:5: error: a rule needs 'above', 'below', 'outside', 'forecast' or 'missing'
                  - name: b
                    ^
              help: add above: 85, for example
            """
        ),
        (
            "defaults: {severity: warning\nrules: [a]]\n",
            """
            rules.yaml:1:11: error: this '{' is never closed
                defaults: {severity: warning
                          ^
              help: close it with '}' on line 1
            rules.yaml:2:11: error: this ']' closes nothing
                rules: [a]]
                          ^
              help: remove it, or put the value in quotes
            """
        ),
        (
            """
            rules:
              - name: a
                metric cpu
              - name: b
                message: disk: {{value}}
              - name: c
                above: > 90
            defaults
              severity: warning
            """,
            """
            rules.yaml:3:5: error: expected ':' after 'metric'
                    metric …
                    ^
              help: write metric: cpu
            rules.yaml:5:18: error: a value cannot hold ': '
                    message: disk: …
                                 ^
              help: put the value in quotes
            rules.yaml:7:12: error: a text that begins with '>' or '|' needs quotes
                    above: > 90
                           ^
              help: write 90; the key says which side of it is meant
            rules.yaml:8:1: error: expected ':' after 'defaults'
                defaults
                ^
              help: write defaults:
            """
        ),
        (
            "defaults: [\n",
            """
            rules.yaml:1:11: error: this '[' is never closed
                defaults: [
                          ^
              help: close it with ']' on line 1
            rules.yaml: error: the file needs 'rules'
              help: add 'rules:' with a rule, or 'rules: []' to record samples only
            """
        ),
    ])
    func readingGoesOnBehind(yaml: String, says: String) {
        #expect(Set(report(yaml).split(separator: "\n")) == Set(says.split(separator: "\n")))
    }

    @Test func secretsOfWhatIsNotReadStayHidden() {
        let yaml = """
            rules: []
            server:
              token: "S3CR3T
              listen: x
            webhooks:
              - name: a
                secret: S3CR3T: S3CR3T
              - headers: {Authorization: Bearer S3CR3T, X: [S3CR3T}
            """
        let told = report(yaml)
        #expect(told.contains("rules.yaml:3:10: error: the quote that opens here is never closed"))
        #expect(told.contains("rules.yaml:7:19: error: a value cannot hold ': '"))
        #expect(told.contains("rules.yaml:8:55: error: expected ',' or ']' here"))
        #expect(!told.contains("S3CR3T"))
    }
}
