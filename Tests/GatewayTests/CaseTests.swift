import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite struct CaseTests {
    /// Runs a file of cases beside two rules, of which one window is short.
    func run(_ cases: String, rules: String = Bench.rules()) async throws -> (
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
