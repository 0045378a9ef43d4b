import Foundation
import TestSupport
import Testing

@testable import Gateway

/// The scripts in the shells that they are for, and the manual page in what reads it.
@Suite(.timeLimit(.minutes(2))) struct CompletionTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for shell in Completion.allCases { try folder.write(shell.script, to: shell.rawValue) }
        try folder.write(Completion.zsh.script, to: "_gateway")
        try folder.write(ManualPage.text, to: "gateway.1")
        // Stands for the program: what a running gateway lists.
        let program = try folder.write(
            """
            #!/bin/sh
            [ "$1" = webhooks ] && printf 'NAME  STATE\\nops  ok\\n$(touch\\tinjected)  ok\\nnight  dead\\n'
            [ "$1" = incidents ] && printf 'ID  STATUS\\n41  open\\n42  open\\n'
            exit 0

            """, to: "gateway")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    }

    /// What a program prints, both ways, and its exit status.
    private func run(_ arguments: [String]) async throws -> (output: String, status: Int32) {
        let program = try await Program.run(
            arguments, in: folder.path,
            environment: [
                "PATH": "\(folder.path):/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "TERM": "dumb",
            ])
        return (program.standardOutput + program.standardError, program.status)
    }

    @Test(arguments: Completion.allCases)
    func aShellReadsItsScript(shell: Completion) async throws {
        let result = try await run([shell.rawValue, "-n", shell.rawValue])
        #expect(result.status == 0 && result.output.isEmpty, "\(result)")
    }

    /// What bash offers for each of `lines`, the last word of which is being written.
    private func bash(_ lines: [[String]]) async throws -> [[String]] {
        let calls = lines.map { words in
            "offer " + words.map { "'\($0)'" }.joined(separator: " ") + "\n"
        }
        try folder.write(
            """
            . ./bash
            offer() {
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
                $(complete -p gateway | sed 's/.*-F \\([^ ]*\\) .*/\\1/') gateway
                echo "${COMPREPLY[*]}"
            }
            \(calls.joined())
            """, to: "calls")
        let result = try await run(["bash", "calls"])
        #expect(result.status == 0)
        return result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map { $0.split(separator: " ").map(String.init) }
    }

    @Test func bashOffersWhatTheDefinitionsSay() async throws {
        let commands = try await bash([["gateway", ""]])[0]
        #expect(commands == Command.all.map(\.name) + ["--help", "--version"])
        let options = try await bash(Command.all.map { ["gateway", $0.name, "--"] })
        for (command, offered) in zip(Command.all, options) {
            #expect(offered == command.completedOptions.map(\.name), "\(command.name)")
        }
    }

    @Test func bashOffersValuesFilesAndWhatAGatewayKnows() async throws {
        try folder.write("", to: "my rules.yaml")
        for (words, offered) in [
            (["silence", "--severity", ""], "info warning critical"),
            (["deliveries", "--state", "de"], "delivered dead"), (["run", "--rules", "my"], "my rules.yaml"),
            (["check", "my"], "my rules.yaml"), (["test", "a", "--", "my"], "my rules.yaml"),
            (["rules", "--url", "x", "di"], "diff"), (["help", "unsil"], "unsilence"),
            (["show", "4"], "41 42"), (["show", "41", ""], ""), (["completion", "f"], "fish"),
            (["enable", "n"], "night"), (["enable", ""], #"ops \$\(touch night"#),
            (["note", "41", "x"], ""),
        ] {
            #expect(try await bash([["gateway"] + words])[0].joined(separator: " ") == offered, "\(words)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/injected"))
    }

    @Test func fishOffersWhatTheDefinitionsSay() async throws {
        let lines = Command.all.map { "complete -C 'gateway \($0.name) --'; echo ." }
        try folder.write(
            "source fish\n" + lines.joined(separator: "\n")
                + "\ncomplete -C 'gateway sil'; echo .; complete -C 'gateway silence --severity '; echo ."
                + "\ncomplete -C 'gateway show '; echo .\n", to: "calls.fish")
        let result = try await run(["fish", "--no-config", "calls.fish"])
        let offered = result.output.split(separator: ".\n", omittingEmptySubsequences: false).map { part in
            part.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        }
        for (command, options) in zip(Command.all, offered) {
            #expect(Set(options) == Set(command.completedOptions.map(\.name)), "\(command.name)")
        }
        #expect(
            offered.dropFirst(Command.all.count).prefix(3).map { $0.sorted() }
                == [["silence", "silences"], ["critical", "info", "warning"], ["41", "42"]])
    }

    /// A real zsh at a terminal of its own: what follows a tab.
    @Test func zshCompletesAtItsPrompt() async throws {
        let keys = [
            ("gateway silence --severity cri", "critical"), ("gateway rules ver", "versions"),
            ("gateway sch", "schema"), ("gateway incidents --wa", "--watch"), ("gateway enable ni", "night"),
            ("gateway run --log-f", "--log-format"), ("gateway check _gat", "_gateway"),
        ]
        try folder.write(
            """
            zmodload zsh/zpty
            zpty -b z zsh -f -i
            zpty -w z "PROMPT=; fpath=($PWD \\$fpath); autoload -Uz compinit; compinit -u -D; print rea''dy"
            zpty -r -m z out '*ready*'

            """
                + keys.map { typed, completed in
                    """
                    zpty -w -n z $'\\C-u\(typed)\\t'
                    zpty -r -m z out '*\(completed)*' && print -- \(completed)

                    """
                }.joined(), to: "calls.zsh")
        let result = try await run(["timeout", "60", "zsh", "-f", "calls.zsh"])
        #expect(result.output == keys.map { $0.1 + "\n" }.joined())
        #expect(result.status == 0)
        for command in Command.all {
            let line = Completion.zsh.script.split(separator: "\n").first {
                $0.contains("        \(command.name)) _arguments ")
            }
            for option in command.completedOptions {
                #expect(line?.contains(option.name + "[") == true, "\(command.name) \(option.name)")
            }
        }
    }

    @Test func theManualPageIsRightAndTellsOfEveryOption() async throws {
        let lint = try await run(["mandoc", "-T", "lint", "gateway.1"])
        #expect(lint.status == 0 && lint.output.isEmpty, "\(lint.output)")
        let man = try await run(["man", "--warnings", "-E", "UTF-8", "-l", "-T", "utf8", "-Z", "gateway.1"])
        #expect(man.status == 0 && !man.output.contains("warning"))
        let page = try await run(["mandoc", "-T", "utf8", "-O", "width=120", "gateway.1"]).output
            .replacing(#/.\x08/#, with: "")
        for command in Command.all {
            let start = try #require(page.firstRange(of: "\n   \(command.name)\n"), "\(command.name)")
            let section = page[start.upperBound...].split(separator: #/\n {0,3}[a-zA-Z]/#).first ?? ""
            for option in command.options {
                #expect(section.contains("\n     \(option.shown)"), "\(command.name) \(option.shown)")
            }
        }
    }
}
