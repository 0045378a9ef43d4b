/// `gateway completion`: what has a shell complete the command line, made from the definitions of the commands.
enum Completion: String, CaseIterable {
    case bash, zsh, fish

    static let command = Command(
        name: "completion", outline: "SHELL", summary: "has bash, zsh or fish complete command lines",
        about: """
            Prints a script that has SHELL (bash, zsh or fish) complete commands, options, their values, and the numbers and
            names that a running gateway knows. 'make install' puts it where the shell looks for it; by hand:

              bash:  gateway completion bash > ~/.local/share/bash-completion/completions/gateway
              zsh:   gateway completion zsh > "${fpath[1]}/_gateway"
              fish:  gateway completion fish > ~/.config/fish/completions/gateway.fish
            """,
        operands: [Command.Operand("SHELL", .choice(allCases.map(\.rawValue)))]
    ) { arguments, _ in
        let shell = arguments.operands.first.flatMap(Completion.init(rawValue:))
        print(shell?.script ?? "", terminator: "")
        return 0
    }

    /// The whole script.
    var script: String {
        switch self {
        case .bash: BashCompletion.script
        case .zsh: ZshCompletion.script
        case .fish: FishCompletion.script
        }
    }
}

extension Command {
    /// The options that completions offer.
    var completedOptions: [Option] { options + [.flag("--help", "how it is used")] }
}

extension String {
    /// In single quotes, as each of the shells takes a text as it is.
    func quoted(replacing replacements: KeyValuePairs<String, String>) -> String {
        var text = self
        for (part, other) in replacements { text = text.replacing(part, with: other) }
        return "'" + text + "'"
    }

    /// The text up to its first line break.
    var firstLine: String { String(prefix { $0 != "\n" }) }
}
