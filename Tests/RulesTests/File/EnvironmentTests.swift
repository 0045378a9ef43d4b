import Testing

@testable import Rules

@Suite struct EnvironmentTests {
    let environment = Environment(variables: ["A": "1", "EMPTY": "", "DOLLAR": "${A}$$", "b_2": "two"])

    @Test(arguments: [
        ("plain", "plain"), ("${A}", "1"), ("x${A}y${b_2}z", "x1ytwoz"), ("${EMPTY}", ""),
        ("${EMPTY:-d}", "d"),
        ("${NOPE:-}", ""), ("${NOPE:-a b:c}", "a b:c"), ("${NOPE:-http://a/b}", "http://a/b"), ("$$", "$"),
        ("$${A}", "${A}"), ("$5", "$5"), ("a$", "a$"), ("$$$$", "$$"), ("${A:-x}", "1"),
        // What a variable holds is not expanded again.
        ("${DOLLAR}", "${A}$$"),
    ])
    func expands(_ text: String, _ expanded: String) throws {
        #expect(try environment.expand(text).text == expanded)
    }

    @Test(arguments: [
        ("${", "'${' is never closed"), ("a${A", "'${' is never closed"),
        ("${}", "this is not a reference to a variable"), ("${1}", "this is not a reference to a variable"),
        ("${A B}", "this is not a reference to a variable"),
        ("${A-x}", "this is not a reference to a variable"),
        ("${A:?x}", "this is not a reference to a variable"),
        ("${NOPE:-${A}}", "this is not a reference to a variable"),
        ("${NOPE}", "the environment variable 'NOPE' is not set"),
    ])
    func refuses(_ text: String, _ message: String) {
        #expect { try environment.expand(text) } throws: {
            ($0 as? Environment.ExpansionError)?.message == message
        }
    }

    @Test func tellsHowToSetAVariable() {
        let yaml = "rules: [{name: a, metric: cpu, window: '${WINDOW}', above: 1}]"
        let says = """
            rules.yaml:1:40: error: the environment variable 'WINDOW' is not set
                rules: [{name: a, metric: cpu, window: '${WINDOW}', above: 1}]
                                                       ^
              help: export it, put WINDOW=… into .env beside the file, or give a default: ${WINDOW:-…}
            """
        #expect(report(yaml) == says)
        #expect(report(yaml, variables: ["WINDOW": "5m"]) == "")
    }

    private func withDotEnv(
        _ text: String?, failing error: FileError = .missing, variables: [String: String] = [:]
    ) -> (variables: [String: String], report: String) {
        let faults = Faults(in: "conf/rules.yaml")
        var environment = Environment(variables: variables) { name throws(FileError) in
            guard name == ".env", let text else { throw error }
            return Array(text.utf8)
        }
        environment.addDotEnv(named: "conf/.env", reporting: faults)
        return (environment.variables, faults.all.map(\.description).joined(separator: "\n"))
    }

    @Test func readsDotEnv() {
        let text = """
            # a comment
            A=1
              export B = two words  # a comment
            C="quoted # \\"text\\"\\n\\$x \\y" # a comment
            D='single \\n "x"'

            E=
            F=a#b=c
            A=2\r
            G=""
            """
        let (variables, report) = withDotEnv(text, variables: ["B": "set"])
        #expect(report == "")
        #expect(
            variables == [
                "A": "2", "B": "set", "C": "quoted # \"text\"\n$x \\y", "D": "single \\n \"x\"", "E": "",
                "F": "a#b=c", "G": "",
            ])
    }

    @Test func tellsOfBadLinesWithoutShowingThem() {
        let text = """
            S3CR3T
            A='S3CR3T
              1A=S3CR3T
            B="x" S3CR3T
            =S3CR3T
            """
        let says = """
            conf/.env:1:1: error: expected NAME=value
              help: names have letters, digits and '_', the first no digit; comments begin with '#'
            conf/.env:2:1: error: the quote is not closed on its line
              help: close it, or write \\n for a line end within double quotes
            conf/.env:3:3: error: expected NAME=value
              help: names have letters, digits and '_', the first no digit; comments begin with '#'
            conf/.env:4:1: error: text follows the closing quote
              help: put the whole value in quotes
            conf/.env:5:1: error: expected NAME=value
              help: names have letters, digits and '_', the first no digit; comments begin with '#'
            """
        #expect(withDotEnv(text).report == says)
    }

    @Test func needsNoDotEnv() {
        #expect(withDotEnv(nil).report == "")
        #expect(withDotEnv(nil, failing: .notAFile).report == "")
    }

    @Test func tellsWhyDotEnvIsNotRead() {
        let says = """
            conf/.env: error: the file cannot be read: Permission denied
              help: see that the user who runs the gateway may read it
            """
        #expect(withDotEnv(nil, failing: .unreadable("Permission denied")).report == says)
        #expect(
            withDotEnv("A=\u{1b}").report
                == "conf/.env:1:3: error: the control character U+001B is not allowed\n  help: remove it")
    }
}
