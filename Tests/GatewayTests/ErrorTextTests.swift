import Rules
import Testing

@testable import Gateway

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
    ]

    @Test func eachMistakeIsToldAsItWas() throws {
        var told = ""
        for file in Self.files {
            let text =
                file.hasPrefix("rules: [{") || !file.contains("\n  - ") && !file.contains("[]")
                ? file : Self.head + file
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
