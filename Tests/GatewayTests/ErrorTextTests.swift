import Testing

@testable import Gateway
@testable import Rules

/// What is said of mistakes that no other test makes, word for word.
@Suite struct ErrorTextTests {
    private static let head = "sources: [{name: fleet, url: \"http://a.example/m\"}]\n"

    private static let files = [
        "rules:\n  - {name: a, missing: 3, for: 10m}\n  - {name: b, missing: 3, keep_open: 10m}\n",
        "rules:\n  - {name: a, window: 3, above: 1}\n  - {name: gateway.mine, metric: cpu, window: 3, above: 1}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, inhibits: b}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, flapping: {changes: 5}}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, forecast: }\n  -\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, machines: [[a]], inhibits: [[a]]}\n",
        "rules:\n  - name: a\n    metric: cpu\n    window: 3\n    above: |\n      1\n      2\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, message: \"\(String(repeating: "m", count: 1001))\"}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, runbook: \"https://a.example/\(String(repeating: "p", count: 2048))\"}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", auth: , proxy: [a]}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", auth: {basic: }}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", auth: {basic: {password: x}}}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", secret_file: [a]}\n",
        "rules: []\nmaintenance: nightly\n",
        "rules: []\nmaintenance:\n  - {weekly: \"Sat 02:00-04:00\"}\n  - {name: b}\n",
        "rules: []\nmaintenance:\n  - {name: a, start: \"2026-11-23\", end: 2026-11-23T13:00:00Z}\n",
        "rules: []\nmaintenance:\n  - {name: a, start: 2026-11-23T12:00:00Z, end: 2026-11-23T13:00:00Z, zone: UTC}\n",
        "rules: []\nmaintenance:\n  - {name: a, weekly: \"Sat 02:00-04:00\", zone: Berlin, machines: [[a]]}\n",
        "rules: []\nmaintenance:\n  - {name: a, weekly: Saturday, rules: [[a]]}\n",
        "rules: [\n", "rules: {a: 1\n", "rules:\n\t- a\n", "rules: a: b\n", "rules:\n  - a\n b: c\n",
        "rules: *\n",
        "rules: &\n", "rules: @a\n", "rules: - a\n", "rules: \"\\q\"\n", "rules: \"\\xZZ\"\n",
        "rules: \"\\uD800\"\n", "rules: |x\n", "rules: !x!y a\n", "rules: !<a a\n", "rules: [a, , b]\n",
        "rules: [a b: c: d]\n",
        "rules: {a, , b}\n", "rules: \"a\n", "rules: 'a\n---\n'\n", "rules:\n  a\nb\n", "rules: %a\n",
        "rules: [a}\n",
        "rules: {a: b]\n", "rules: [a]]\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, runbook: @wiki}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1}\nwebhooks:\n  - {name: a, url: \"http://a.example\", format: slak, only: {rules: [b]}}\n",
        "rules: a]\n", "{sources: []}\nrules: []\n", "rules:\n  - name: a\n    metric: [cpu,\n      mem\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, webhooks: [b]}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, outside: [1, 1]}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, message: \"${A\"}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, message: \"${1}\"}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, repeat：4h}\n",
        "rules:\n  - {name: a, metric: cpu\u{200B}, window: 3, above: 1}\n",
        "rules:\n  - {name: a, metric: cpu, window: 3, above: 1, machines: [a, ]}\n  - {name: b, metric: cpu, window: 3, above: 1, machines: [~]}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", only: {severity: [~]}}\n",
        "rules: \(String(repeating: "[", count: 40))\n",
        "rules: []\nmaintenance:\n  - {name: a, start: 2026-11-23T12:00:00Z, end: 2026-11-23T11:00:00Z}\n",
        "rules: []\nserver: {tls: }\n", "rules: []\nserver: {tls: {key: key.pem}}\n",
        "rules: []\nserver: {tls: {cert: cert.pem, key: locked.pem}}\n",
        "rules: []\nserver: {token_file: latin.txt}\n",
        "rules: []\nserver: {public_url: \"https://a.example?q=1\"}\n",
        "rules: []\nheartbeat: {every: 1m}\n",
        "rules: []\nwebhooks:\n  -\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"https://a.example/{x}\"}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", secret: whsk_eA==}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", fallback: b}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", drill: hourly}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", drill: [daily]}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"http://a.example\", format: ntfy, topic: \"a b\"}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"smtp://a.example\", format: email}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"smtp://a.example\", format: email, from: a@a.example, to: b@a.example, method: PUT, secret: x, headers: {A: b}, proxy: none, auth: {bearer: x}}\n",
        "rules: []\nwebhooks:\n  - {name: a, url: \"smtp://a.example\", format: email, from: a@a.example, to: b@a.example, secret_file: x}\n",
    ]

    /// Files with their own sources, or without.
    private static let whole = [
        "rules:\n  - {name: a, window: 3, above: 1}\n",
        "{sources: []}\nrules: []\n",
        "  sources:\n    - {name: a, url: \"http://a.example/m\"}\nrules: []\n",
        "  - a\n - b\n",
        "sources: []\nrules\n  - name: a\n",
        "rules:\n  - name: a\n    metric: cpu\n      window: 3\n",
        "sources:\n  - name: a\n    secret abcdef\n    url: http://a.example/m\nrules: []\n",
        "rules: []\nwebhooks:\n  - {name: a,\n     url: ${URL}}\n",
        "rules: []\nwebhooks:\n  - name: a\n    url: [\n      ${URL}]\n",
        "sources:\n  - {name: a, url: \"http://a.example/m\", format: prometheus, prometheus: }\nrules: []\n",
        "sources:\n  - {name: a, targets: [{target: \"a:1\", machine: \(String(repeating: "m", count: 256))}]}\nrules: []\n",
        "sources:\n  - {name: a, targets_file: mapping.json}\n  - {name: b, targets_file: untargeted.json}\n  - {name: c, targets_file: gap.json}\nrules: 1\n",
    ]

    /// What stands beside the file.
    private static let beside = [
        "cert.pem": "-----BEGIN CERTIFICATE-----\n",
        "locked.pem": "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
        "mapping.json": #"{"targets": ["a:9100"]}"#,
        "untargeted.json": "[{}]",
        "gap.json": #"[{"targets": ["a:9100", null]}]"#,
    ]

    private func configuration(_ yaml: String) throws -> Configuration {
        let environment = Environment(variables: [:]) { name throws(FileError) in
            guard name != "latin.txt" else { return [0xE9] }
            guard let text = Self.beside[name] else { throw .missing }
            return Array(text.utf8)
        }
        return try Configuration.parse(
            Array(yaml.utf8), environment: environment, reporting: Faults(in: "rules.yaml"))
    }

    /// What an expression of a source's page can be wrong in.
    @Test(arguments: [
        ("x{a='1' b='2'}", "expected ',' or '}', not 'b' / write {mode=\"idle\",cpu!=\"0\"}"),
        ("x{1='1'}", "expected the name of a label, not '1' / write {mode=\"idle\"}"),
        ("x{a!'1'}", "'!' is no comparison / comparisons are = != =* !*"),
        ("(a b", "expected an operator or ')', not 'b' / operators are + - * / or"),
        ("a and b", "there is no 'and' here / operators are + - * / or"),
        (
            String(repeating: "(", count: 51) + "a",
            "the expression is nested more than 50 deep / remove parentheses"
        ),
        (
            String(repeating: "a", count: 2001),
            "an expression has at most 2,000 characters / make it two metrics"
        ),
    ])
    func anExpressionIsToldWhatItLacks(text: String, says: String) throws {
        let yaml = """
            sources:
              - name: a
                url: http://a.example/metrics
                format: prometheus
                prometheus:
                  metrics:
                    load: "\(text)"
            rules: []
            """
        let error = #expect(throws: ConfigurationError.self) { try configuration(yaml) }
        #expect(error?.faults.map { "\($0.message) / \($0.cure ?? "")" } == [says])
    }

    @Test func eachMistakeIsToldAsItWas() throws {
        var told = ""
        let files = Self.files.map { file in
            file.hasPrefix("rules: [{") || !file.contains("\n  - ") && !file.contains("[]")
                ? file : Self.head + file
        }
        for text in files + Self.whole {
            let shown = text.count > 1000 ? text.prefix(80) + "…\n" : text[...]
            do {
                _ = try configuration(text)
                told += "\(shown)=> taken\n\n"
            } catch {
                told += "\(shown)=>\n\(error)\n\n"
            }
        }
        #expect(!told.contains("=> taken"))
        try Golden.check(told, is: "errors.txt")
    }
}
