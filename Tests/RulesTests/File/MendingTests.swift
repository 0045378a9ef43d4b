import Testing

@testable import Rules

/// What a message says is what mends the file: each cure is made from what was written.
@Suite struct MendingTests {
    /// Each fault of a rule with `lines`, as `LINE:COLUMN message / cure`.
    private func said(_ yaml: String, variables: [String: String] = [:]) -> [String] {
        let faults = Faults(in: "rules.yaml")
        _ = read(yaml, variables: variables, reporting: faults) {
            RulesSection(of: &$0, metrics: ["cpu", "disk", "mem"])
        }
        return faults.all.map { fault in
            let place = fault.mark.map { "\($0.line):\($0.column) " } ?? ""
            let kind = fault.kind == .warning ? "warning: " : ""
            return "\(place)\(kind)\(fault.message) / \(fault.cure ?? "")"
        }
    }

    private func rule(_ keys: String) -> [String] {
        said("rules:\n  - {name: a, metric: cpu, window: 3, \(keys)}")
    }

    @Test(arguments: [
        (
            "forecast: 95",
            ["2:49 'forecast' must be a mapping, not '95' / write forecast: {reach: 95, within: 24h}"]
        ),
        (
            "forecast: {above: 90}",
            ["2:50 a forecast has 'reach', not 'above' / write forecast: {reach: 90, within: 24h}"]
        ),
        (
            "above: 95, within: 12h",
            [
                "2:50 'within' is a key of a forecast / write forecast: {reach: 95, within: 12h} in place of both"
            ]
        ),
        (
            "above: 95, forecast: 12h",
            [
                "2:60 a forecast has its limit within itself / write forecast: {reach: 95, within: 12h} in place of both"
            ]
        ),
        (
            "outside: [90, 10]",
            ["2:48 'outside' must be two numbers, the lower first, not a list / write [10, 90]"]
        ),
        (
            "above: 90, clear: 95",
            [
                "2:57 'clear' must be below 90, the value of 'above', not 95 / write a number below 90, at which the incident resolves"
            ]
        ),
        (
            "above: 90, aggregate: avg",
            [
                "2:61 'aggregate' must be mean, min, max, median, p90, p95, p99, last, sum, rate or forecast, not 'avg' / did you mean 'mean'?"
            ]
        ),
        (
            "above: 90, severity: page",
            ["2:60 'severity' must be info, warning or critical, not 'page' / did you mean 'critical'?"]
        ),
        (
            "above: 90, for: 1h30m",
            ["2:55 'for' must be a duration from 0s to 90d, not '1h30m' / write 90m"]
        ),
        (
            "above: 90, keep_open: 1w",
            ["2:61 'keep_open' must be a duration from 0s to 90d, not '1w' / write 7d"]
        ),
        (
            "above: 90, message: '{machine} full'",
            ["2:59 warning: {machine} stands as it is / write {{machine}}"]
        ),
        (
            "above: 90, runbook: $WIKI",
            ["2:59 a variable stands between braces / write ${WIKI}, or $$WIKI for the text itself"]
        ),
        (
            "above: 90, runbook: wiki.example.com/disk",
            [
                "2:59 'runbook' must begin with http:// or https:// / write http://wiki.example.com/disk"
            ]
        ),
        (
            "above: 90, machines: ['[web', '(a|b)']",
            [
                "2:61 warning: '[web' is matched as it stands: patterns have * for any characters and ? for one / write * or ? in place of '['",
                "2:69 warning: '(a|b)' is matched as it stands: patterns have * for any characters and ? for one / write each alternative as an item of a list: [web-*, db-*]",
            ]
        ),
        (
            "above: 90, machines: ['10.0.[0-9]*', '/re.*/', '~web.*']",
            [
                "2:61 warning: '10.0.[0-9]*' is matched as it stands: patterns have * for any characters and ? for one / write '10.0.*'",
                "2:76 warning: '/re.*/' is matched as it stands: patterns have * for any characters and ? for one / write 're*'",
                "2:86 warning: '~web.*' is matched as it stands: patterns have * for any characters and ? for one / write 'web*'",
            ]
        ),
        (
            #"above: 90, machines: ['web\.example\..*']"#,
            [
                #"2:61 warning: 'web\.example\..*' is matched as it stands: patterns have * for any characters and ? for one / write 'web.example.*'"#
            ]
        ),
    ])
    func curesAreMadeFromTheInput(keys: String, says: [String]) {
        #expect(rule(keys) == says)
    }

    @Test func wordsOfOtherToolsAreKnown() {
        let cures = rule("thresold: 90, summary: a, expr: b")
        #expect(cures.count == 3)
        #expect(cures[0].contains("unknown key 'thresold' / did you mean 'above'?"))
        #expect(cures[1].contains("unknown key 'summary' / did you mean 'message'?"))
        #expect(cures[2].contains("unknown key 'expr' / did you mean 'metric'?"))
        #expect("c".nearest(among: ["m", "d"]) == nil)
    }

    @Test func aNameWithSpacesIsJoined() {
        #expect(
            said("rules:\n  - {name: disk full, metric: cpu, window: 3, above: 1}")
                == ["2:12 'name' must be a name, not 'disk full' / write disk-full"])
    }

    @Test func countsAreNoDurations() {
        #expect(
            said("rules:\n  - {name: a, missing: 10m}") == [
                "2:24 'missing' must be a whole number from 1 to 1,000, not '10m' / it counts polls: missing: 3"
            ])
    }

    @Test(arguments: [
        (
            "rules:\n - name: d\n   missing: 3\n- name: e",
            "4:1 the items of 'rules' begin after 1 space, as line 2 does / indent this one by 1 too"
        ),
        (
            "rules:\n  - {name: a, missing: 3}\n  webhooks:\n    - name: e",
            "3:3 'webhooks' is a key of the file / begin it at column 1"
        ),
        ("rules:\n  -name: d\n   metric: cpu", "2:3 expected a space after '-' / write '- ' before the key"),
        (
            "rules:\n  - name memory-high\n    metric: mem",
            "2:5 expected ':' after 'name' / write name: memory-high"
        ),
        (
            "rules:\n  - {name: a, metric: cpu\n  - {name: b, missing: 3}\n",
            "2:5 this '{' is never closed / close it with '}' on line 2"
        ),
        ("rules: [{name: a}\n", "1:8 this '[' is never closed / close it with ']' on line 1"),
        (
            "rules:\n  - name: a\n    above:\u{A0}95\n    metric: cpu",
            "3:11 U+00A0 stands here, which looks like a space / type a space in its place"
        ),
    ])
    func syntaxIsToldWhereItIsWrong(yaml: String, says: String) {
        #expect(said(yaml) == [says])
    }

    @Test func curlyQuotesAreNamed() {
        #expect(
            said("rules:\n  - {name: \u{201C}a\u{201D}, metric: cpu, window: 3, above: 1}").first
                == "2:12 U+201C is no quote that YAML knows / type \" or ' in its place, here and at the end")
    }

    /// The whole value is to be quoted, and what else is wrong in the file is told in the same run.
    @Test func aVariableWithinBracesIsToldBesideTheRest() {
        let yaml = """
            headers: {Authorization: Bearer ${TOKEN}, Other: "x"}
            rules:
              - {name: a, metric: cpi, window: 3, above: 1}
            list: [${ONE}, ${TWO}]
            """
        let said = said(yaml)
        #expect(
            said.contains(
                "1:33 within {…} and […], ${NAME} needs quotes / put the whole value in quotes: {Authorization: \"Bearer ${TOKEN}\"}"
            ))
        #expect(said.contains { $0.contains("no source has a metric 'cpi'") })
        #expect(said.count { $0.contains("needs quotes") } == 3)
        #expect(said.contains { $0.hasSuffix("put the whole value in quotes: \"${TWO}\"") })
    }

    @Test func aTextThatBeginsWithAPlaceholderNeedsQuotes() {
        for tail in ["", " is full"] {
            let yaml = """
                rules:
                  - name: a
                    metric: cpu
                    message: {{machine}}\(tail)
                    window: 3
                    above: 1
                """
            #expect(
                said(yaml) == [
                    "4:14 a text that begins with '{' needs quotes / write \"{{machine}}\(tail)\""
                ])
        }
    }

    @Test func aDashTooManyIsOneMistake() {
        #expect(
            said("rules:\n  - name: d\n  - metric: disk\n    window: 3\n    above: 1") == [
                "3:5 this item has no name: it seems to go on with the one above / remove the '- ' of line 3"
            ])
    }

    @Test func aMisspeltKeyOfTheFileIsReadAsWhatItWasMeantToBe() {
        #expect(
            said("rulse:\n  - {name: a, metric: cpi, window: 3, above: 1}").map { $0.prefix(40) } == [
                "1:1 unknown key 'rulse' / did you mean '", "2:23 no source has a metric 'cpi' / did ",
            ])
    }

    @Test func aSecretIsNotToStandInADefault() {
        let faults = Faults(in: "rules.yaml")
        _ = read("secret: ${S}", reporting: faults) { $0.secrets("secret") }
        #expect(faults.all.map(\.cure) == ["export it, or put S=… into .env beside the file"])
    }
}
