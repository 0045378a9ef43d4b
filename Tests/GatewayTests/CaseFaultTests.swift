import Foundation
import TestSupport
import Testing

@testable import Gateway

/// What is said of files of cases that cannot be run, word for word.
@Suite struct CaseFaultTests {
    @Test func everyMistakeIsNamedWithItsPlace() async throws {
        let result = try await CaseTests().run(
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

    @Test func aRulesFileThatIsWrongIsToldOf() async throws {
        let result = try await CaseTests().run("cases: []", rules: "sources: 3")
        #expect(result.output.contains("rules.yaml:1:10: error: 'sources' must be a list"))
        #expect(result.exitCode == 1)
    }

    /// Files of cases, each with mistakes that no other test makes.
    private static let mistaken = [
        "", "- name: a\n", "rules: [a]\ncases: []\n", "rules: rules.yaml\n", "cases: a\n",
        "cases:\n  -\n  - a\n  - {}\n", "case: []\n", "cases: [\n",
        """
        cases:
          - name: shapes
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
            source: [a]
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
            let result = try await CaseTests().run(file)
            #expect(result.exitCode == 1)
            told += "\(file)\n=>\n\(result.output)\n\n"
        }
        try Golden.check(told, is: "case-errors.txt")
    }

    @Test func withoutRoomForItsDatabaseACaseIsNotRun() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Bench.rules(), to: "rules.yaml")
        let path = try folder.write(
            "cases: [{name: a, samples: {a: {cpu: 1}}, events: []}]", to: "cases.yaml")
        let missing = folder.path + "/tmp"
        let result = await TestCommand.run(paths: [path], environment: ["TMPDIR": missing])
        #expect(
            result.output == """
                cannot make a folder in \(missing): No such file or directory; set TMPDIR to one that can be written
                0 passed, 0 failed; 1 file not read
                """)
        #expect(result.exitCode == 1)
        let other = await TestCommand.run(paths: [path], environment: ["TMPDIR": folder.path])
        #expect(other.output == "ok    a\n1 passed, 0 failed")
        // Nothing is left behind.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                "cases.yaml", "rules.yaml",
            ])
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
        let rules = try await CaseTests().run("rules: other.yaml\ncases: []")
        #expect(
            rules.output == """
                other.yaml: error: there is no such file
                  help: check the path; it is relative to the folder the gateway was started in
                1 error in other.yaml
                0 passed, 0 failed; 1 file not read
                """)
    }
}
