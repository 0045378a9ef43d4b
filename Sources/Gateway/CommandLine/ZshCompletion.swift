/// The script for zsh: a function for `fpath`, by `_arguments` of the completion system.
enum ZshCompletion {
    static var script: String {
        """
        #compdef gateway
        # made by 'gateway completion zsh'

        _gateway_listed() {
            local -a lines names
            lines=("${(@f)$(gateway "$@" --color never 2>/dev/null </dev/null)}")
            names=("${(@)${(@)lines[2,-1]}%% *}")
            compadd -a names
        }

        _gateway() {
            local context state state_descr line
            typeset -A opt_args
            _arguments -C '--help[how it is used]' '--version[the version]' '1:command:->command' '*::argument:->argument'
            case $state in
            command)
                local -a commands=(
        \(commands)        )
                _describe command commands
                ;;
            argument)
                case $words[1] in
        \(arguments)        esac
                ;;
            esac
        }

        if [[ $funcstack[1] == _gateway ]]; then _gateway "$@"; else compdef _gateway gateway; fi

        """
    }

    private static var commands: String {
        Command.all.map { "            \("\($0.name):\($0.summary)".zshQuoted)\n" }.joined()
    }

    private static var arguments: String {
        Command.all.map { command in
            let specs = command.completedOptions.map(spec) + operands(of: command)
            return "        \(command.name)) _arguments \(specs.joined(separator: " ")) ;;\n"
        }.joined()
    }

    /// `'*--rule[rules that match]:GLOB:'`.
    private static func spec(_ option: Command.Option) -> String {
        let help = option.help.firstLine.zshEscaped(["[", "]", ":"])
        let value = option.value.map { ":\($0.name):\(action($0.kind))" } ?? ""
        return "\(option.isRepeatable ? "*" : "")\(option.name)[\(help)]\(value)".zshQuoted
    }

    private static func operands(of command: Command) -> [String] {
        command.operands.enumerated().map { index, operand in
            let place = operand.count == .any ? "*" : "\(index + 1)"
            return "\(place):\(operand.name.zshEscaped([":"])):\(action(operand.kind))".zshQuoted
        }
    }

    private static func action(_ kind: Command.Kind) -> String {
        switch kind {
        case .file: "_files"
        case .choice(let words): "(\(words.joined(separator: " ")))"
        case .command: "(\(Command.all.map(\.name).joined(separator: " ")))"
        // The space keeps `_arguments` from adding arguments of its own.
        case .id(let lister), .name(let lister): " _gateway_listed \(lister)"
        case .text, .duration, .number: ""
        }
    }
}

extension String {
    fileprivate var zshQuoted: String { quoted(replacing: ["'": "'\\''"]) }

    fileprivate func zshEscaped(_ characters: [Character]) -> String {
        map { (characters.contains($0) ? "\\" : "") + String($0) }.joined()
    }
}
