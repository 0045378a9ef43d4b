/// The script for fish.
enum FishCompletion {
    static var script: String {
        """
        # fish completion for gateway; made by 'gateway completion fish'

        function __gateway_listed
            command gateway $argv --color never 2>/dev/null | tail -n +2 | string replace -r ' .*' ''
        end

        complete -c gateway -f
        complete -c gateway -n __fish_use_subcommand -l help -d 'what commands there are'
        complete -c gateway -n __fish_use_subcommand -l version -d 'the version'
        \(Command.all.map(lines).joined())
        """
    }

    private static func lines(for command: Command) -> String {
        let start = "complete -c gateway -n '__fish_seen_subcommand_from \(command.name)'"
        let name =
            "complete -c gateway -n __fish_use_subcommand -a \(command.name) -d \(command.summary.fishQuoted)"
        let options = command.completedOptions.map { option in
            let value = option.value.map { value in
                switch value.kind {
                case .file: " -r -F"
                default: " -x" + words(of: value.kind)
                }
            }
            return
                "\(start) -l \(option.name.dropFirst(2))\(value ?? "") -d \(option.help.firstLine.fishQuoted)"
        }
        let operands = command.operands.compactMap { operand -> String? in
            if operand.kind == .file { return "\(start) -F" }
            let words = words(of: operand.kind)
            return words.isEmpty ? nil : start + words
        }
        return ([name] + options + operands).map { $0 + "\n" }.joined()
    }

    private static func words(of kind: Command.Kind) -> String {
        switch kind {
        case .choice(let words): " -a '\(words.joined(separator: " "))'"
        case .command: " -a '\(Command.all.map(\.name).joined(separator: " "))'"
        case .id(let lister), .name(let lister): " -a '(__gateway_listed \(lister))'"
        case .text, .file, .duration, .number: ""
        }
    }
}

extension String {
    fileprivate var fishQuoted: String { quoted(replacing: ["\\": "\\\\", "'": "\\'"]) }
}
