import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite struct CaseTests {
    /// Runs a file of cases beside two rules, of which one window is short.
    private func run(_ cases: String, rules: String = Bench.rules()) async throws -> (
        output: String, exitCode: Int32
    ) {
        let folder = try TemporaryFolder()
        try folder.write(rules, to: "rules.yaml")
        let path = try folder.write(cases, to: "cases.yaml")
        let result = await TestCommand.run(paths: [path], environment: [:])
        return (result.output.replacing(folder.path + "/", with: ""), result.exitCode)
    }

    @Test func whatIsMissingAndWhatIsTooMuchIsTold() async throws {
        let result = try await run(
            """
            cases:
              - name: opens and resolves
                samples: {a: {cpu: 90 96 80x2}}
                events:
                  - {at: 2, event: opened, rule: cpu-high, machine: a, value: 93, message: "cpu mean 93 *"}
                  - {at: 1s, event: opened}
                  - {at: 4, event: resolved}
                requests: []
            """)
        #expect(
            result.output == """
                FAIL  opens and resolves (cases.yaml:2)
                      cases.yaml:6: no such event at sample 2 (1s)
                          expected: {event: opened}
                          got:      no further event
                      unexpected request at sample 2 (1s)
                          got: incident.opened cpu-high of a to night, answered 204
                      unexpected request at sample 2 (1s)
                          got: incident.opened cpu-high of a to ops, answered 204
                      unexpected request at sample 4 (3s)
                          got: incident.resolved cpu-high of a to night, answered 204
                      unexpected request at sample 4 (3s)
                          got: incident.resolved cpu-high of a to ops, answered 204
                0 passed, 1 failed
                """)
        #expect(result.exitCode == 1)
    }

    @Test func whatDiffersIsShownBesideWhatWasExpected() async throws {
        let result = try await run(
            """
            cases:
              - name: too early
                samples: {a: {cpu: 50 90x3}}
                events:
                  - {at: 2, event: opened, rule: cpu-high, value: 91.5, labels: {env: test}}
            """)
        #expect(
            result.output == """
                FAIL  too early (cases.yaml:2)
                      cases.yaml:5: no such event at sample 2 (1s)
                          expected: {event: opened, rule: cpu-high, value: 91.5, labels: {env: test}}
                          got:      opened cpu-high of a, last value 90: cpu mean 90 over the last 2 samples is above 85
                            at: expected sample 2 (1s), got sample 3 (2s)
                            value: expected 91.5, got 90
                            labels.env: expected test, got production
                0 passed, 1 failed
                """)
    }

    @Test func answersDecideWhenARequestIsMadeAgain() async throws {
        let result = try await run(
            """
            cases:
              - name: retries
                samples: {a: {mem: 95}}
                answers: {ops: 500 429/90s timeout 204}
                then: 4m
                events: [{at: 1, event: opened, rule: memory-high}]
                requests:
                  - {at: 1, to: ops, answer: 500}
                  - {at: 1+5s, to: ops, answer: 429}
                  - {at: 1+95s, to: ops, answer: timeout}
                  - {at: 1+230s, to: ops, answer: 204, body: {type: incident.opened}}
            """)
        #expect(result.output == "ok    retries\n1 passed, 0 failed")
        #expect(result.exitCode == 0)
    }

    @Test func gapsFailedPollsAndRestarts() async throws {
        let result = try await run(
            """
            cases:
              - name: a restart before each poll changes nothing
                samples: {a: {cpu: 50 90x3 40x2}, b: {mem: _ 99 70}}
                restart_before: [1, 2, 3, 4, 5, 6]
                events:
                  - {at: 2, event: opened, machine: b}
                  - {at: 3, event: opened, machine: a}
                  - {at: 3, event: resolved, machine: b}
                  - {at: 5, event: resolved, machine: a}
              - name: polls that fail are a gap, and told after three
                samples: {a: {cpu: 90 _x4 90x2}}
                failed_polls: [2, 3, 4, 5]
                events:
                  - {at: 4, event: opened, rule: gateway.source-failing}
                  - {at: 6, event: resolved, rule: gateway.source-failing}
                  - {at: 7, event: opened, rule: cpu-high}
              - name: another source
                source: lab
                samples: {a: {mem: 100..80x3}}
                events: [{at: 1, event: opened, source: lab}, {at: 3, event: resolved}]
            """)
        #expect(
            result.output == """
                ok    a restart before each poll changes nothing
                ok    polls that fail are a gap, and told after three
                ok    another source
                3 passed, 0 failed
                """)
    }

    @Test func whatHoldsBackAndHowItEndedCanBeExpected() async throws {
        let rules = Bench.rules()
            .replacing(
                "severity: critical}\n  - {name: mem", with: "severity: critical, group: g}\n  - {name: mem"
            )
            .replacing(
                "severity: warning}",
                with: "severity: warning, group: g, runbook: 'https://wiki.example/mem'}")
        let result = try await run(
            """
            cases:
              - name: the stronger holds the weaker back
                samples: {a: {cpu: 90x3 40x2, mem: _ 99x2 70x2}}
                events:
                  - {at: 2, event: opened, rule: cpu-high, held_by: [], untold: null, note: null, condition: above}
                  - {at: 2, event: opened, rule: memory-high, held_by: ["incident * of cpu-high"], untold: opening}
                  - {at: 4, event: resolved, rule: cpu-high, resolved_message: "* is back at or below 85"}
                  - {at: 4, event: resolved, rule: memory-high, runbook: "https://wiki.example/mem"}
            """, rules: rules)
        #expect(result.output.hasPrefix("ok "), "\(result.output)")
    }

    @Test func everyMistakeIsNamedWithItsPlace() async throws {
        let result = try await run(
            """
            cases:
              - name: mistakes
                source: flet
                samples: {a: {cpu: 90}}
                events: []
              - name: more
                samples: {a: {cpi: 90}, b: {cpu: 90x}}
                answers: {op: 204, ops: 99}
                then: soon
                expect: []
                events:
                  - {at: third, event: opened, machin: a}
            """)
        #expect(
            result.output == """
                cases.yaml:3:13: error: 'flet' is not a source
                        source: flet
                                ^
                  help: did you mean 'fleet'? there are: fleet, lab
                cases.yaml:7:19: error: 'cpi' is not a metric of fleet
                        samples: {a: {cpi: 90}, b: {cpu: 90x}}
                                      ^
                  help: did you mean 'cpu'? there are: cpu, mem, disk
                cases.yaml:7:38: error: '90x' is no value of a series
                        samples: {a: {cpi: 90}, b: {cpu: 90x}}
                                                         ^
                  help: write values with spaces between them: 90, 90x3 three times, 10..40x4 in four steps, _ for none
                cases.yaml:8:15: error: 'op' is not a webhook
                        answers: {op: 204, ops: 99}
                                  ^
                  help: did you mean 'ops'? there are: ops, night
                cases.yaml:8:29: error: '99' is no list of answers
                        answers: {op: 204, ops: 99}
                                                ^
                  help: write statuses with spaces between: 204, 500x2 twice, 429/30s with Retry-After, timeout, reset, refused
                cases.yaml:9:11: error: 'then' must be a duration from 0s to 366d, not 'soon'
                        then: soon
                              ^
                  help: write a whole number and one unit, ms, s, m, h or d, without a space: 90s, 15m
                cases.yaml:10:5: error: unknown key 'expect'
                        expect: []
                        ^
                  help: keys of a case: name, source, start, samples, failed_polls, restart_before, answers, then, events, requests
                cases.yaml:12:14: error: 'at' must be the number of a sample, or a duration since the first, not 'third'
                          - {at: third, event: opened, machin: a}
                                 ^
                  help: write at: 3, at: 3+5s, or at: 2m
                cases.yaml:12:36: error: unknown key 'machin'
                          - {at: third, event: opened, machin: a}
                                                       ^
                  help: did you mean 'machine'? keys of an expectation: at, event, id, status, rule, severity, machine, source, metric, aggregate, window, threshold, condition, value, peak, last_value, message, labels, opened_at, resolved_at, acknowledged_at, acknowledged_by, resolution, resolved_message, rules_version, runbook, silenced_by, held_by, untold, note
                9 errors in cases.yaml
                0 passed, 0 failed; 1 file not read
                """)
        #expect(result.exitCode == 1)
    }

    /// Files of cases, each with mistakes that no other test makes.
    private static let mistaken = [
        "", "- name: a\n", "rules: [a]\ncases: []\n", "rules: rules.yaml\n", "cases: a\n",
        "cases:\n  -\n  - a\n  - {}\n", "case: []\n", "cases: [\n",
        """
        cases:
          - name: shapes
            source: [a]
            start: noon
            samples: {a: {cpu: {b: 1}}, b: {cpu: }, c: 90, d: {cpu: [90, ]}, e: {cpu: 90x10001}}
            failed_polls: [0, a]
            restart_before: 0
            answers: {ops: [204], night: 204x}
            then: -1s
            events: []
          - name: lists
            start: [a]
            samples: [a]
            answers: 204
            events: opened
            requests: {to: ops}
          - name: neither
            samples: {}
          - name: happenings
            samples: {a: {cpu: 90..80}}
            events:
              -
              - opened
              - {at: [1], event: opened}
              - {at: 0, event: opened}
              - {at: 1+x, severity: page, held_by: [~], message: "${NONE}"}
            requests:
              - {at: 1, to: ops, awnser: 204}
        """,
    ]

    @Test func eachMistakeOfAFileIsToldAsItWas() async throws {
        var told = ""
        for file in Self.mistaken {
            let result = try await run(file)
            #expect(result.exitCode == 1)
            told += "\(file)\n=>\n\(result.output)\n\n"
        }
        try Golden.check(told, is: "case-errors.txt")
    }

    @Test func filesThatAreNotThereAreToldOf() async throws {
        let none = await TestCommand.run(
            paths: ["/nowhere/cases.yaml", "/nowhere/more.yaml"], environment: [:])
        #expect(
            none.output == """
                /nowhere/cases.yaml: error: there is no such file
                  help: check the path; it is relative to the folder the gateway was started in
                1 error in /nowhere/cases.yaml
                /nowhere/more.yaml: error: there is no such file
                  help: check the path; it is relative to the folder the gateway was started in
                1 error in /nowhere/more.yaml
                0 passed, 0 failed; 2 files not read
                """)
        let rules = try await run("rules: other.yaml\ncases: []")
        #expect(
            rules.output == """
                other.yaml: error: there is no such file
                  help: check the path; it is relative to the folder the gateway was started in
                1 error in other.yaml
                0 passed, 0 failed; 1 file not read
                """)
    }

    @Test func aRulesFileThatIsWrongIsToldOf() async throws {
        let result = try await run("cases: []", rules: "sources: 3")
        #expect(result.output.contains("rules.yaml:1:10: error: 'sources' must be a list"))
        #expect(result.exitCode == 1)
    }

    @Test func valuesThatAreNoSeriesAreWrittenAsOne() async throws {
        let result = try await run(
            """
            cases:
              - name: lists
                samples: {a: {cpu: [90, 90, 96], mem: 90,90,90}, b: {cpu: 90,91, mem: 5}}
                events: []
              - name: names
                samples: {a: {cpu: [90, _]}}
                events: [{event: opend, rule: cpu-hihg}]
                requests: [{to: opps}, {to: "o*"}]
            """)
        #expect(
            result.output == """
                cases.yaml:3:43: error: the values of a series stand with spaces between, not commas
                        samples: {a: {cpu: [90, 90, 96], mem: 90,90,90}, b: {cpu: 90,91, mem: 5}}
                                                              ^
                  help: write 90 90 90
                cases.yaml:3:63: error: the values of a series stand with spaces between, not commas
                        samples: {a: {cpu: [90, 90, 96], mem: 90,90,90}, b: {cpu: 90,91, mem: 5}}
                                                                                  ^
                  help: write 90 91
                cases.yaml:6:24: error: 'cpu' must be values with spaces between them: 90, 90x3 three times, 10..40x4 in four steps, _ for none, not a list
                        samples: {a: {cpu: [90, _]}}
                                           ^
                  help: write 90 _
                cases.yaml:7:22: error: there is no event 'opend'
                        events: [{event: opend, rule: cpu-hihg}]
                                         ^
                  help: did you mean 'opened'? there are: opened, reminder, acknowledged, resolved
                cases.yaml:7:35: error: there is no rule 'cpu-hihg'
                        events: [{event: opend, rule: cpu-hihg}]
                                                      ^
                  help: did you mean 'cpu-high'? there are: cpu-high, memory-high, gateway.source-failing, gateway.webhook-failing, gateway.webhook-unproven, gateway.store-failing, gateway.rules-refused, gateway.blind
                cases.yaml:8:21: error: there is no webhook 'opps'
                        requests: [{to: opps}, {to: "o*"}]
                                        ^
                  help: did you mean 'ops'? there are: ops, night
                6 errors in cases.yaml
                0 passed, 0 failed; 1 file not read
                """)
    }

    @Test func theOrderAndThePathOfWhatCameAreTold() async throws {
        let result = try await run(
            """
            cases:
              - name: order
                samples: {a: {cpu: 90x2 40x2}}
                events:
                  - {event: resolved, rule: cpu-high}
                  - {event: opened, rule: cpu-high}
                requests:
                  - {to: ops, body: {incident: {rule: cpu-high}}}
            """)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(
            lines[1...2] == [
                "      cases.yaml:6: this event came before the one on line 5: they stand in the order of time",
                "          got: opened cpu-high of a, last value 90: cpu mean 90 over the last 2 samples is above 85",
            ])
        #expect(
            lines.contains(
                "            body.incident: expected {rule: cpu-high}, got nothing; did you mean 'body.data.incident'?"
            ), "\(result.output)")
    }

    @Test func aResolutionIsShownInItsOwnWords() async throws {
        let result = try await run(
            "cases: [{name: a, samples: {a: {cpu: 90x2 40x2}}, events: [{event: opened}]}]")
        #expect(
            result.output.contains(
                "got: resolved cpu-high of a, last value 65: cpu mean 65 over the last 2 samples is back at or below 85"
            ), "\(result.output)")
    }
}
