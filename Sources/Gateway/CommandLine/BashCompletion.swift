/// The script for bash. It needs no bash-completion, and expands nothing that a gateway answers: names are compared and
/// quoted, never handed to `compgen -W`, which would run a `$(…)` in them.
enum BashCompletion {
    static var script: String {
        """
        # bash completion for gateway; made by 'gateway completion bash'

        _gateway_words() {
            local word
            for word in "$@"; do
                [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf %q "$word")")
            done
        }

        _gateway_listed() {
            local head word rest
            while read -r word rest; do _gateway_words "$word"; done < <(
                "$program" "$@" --color never 2>/dev/null </dev/null | { read -r head; cat; }
            )
        }

        _gateway_files() {
            compopt -o filenames 2>/dev/null
            local file
            while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$cur")
        }

        _gateway() {
            local program=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
            local index operand=0 skip=
            COMPREPLY=()
            if ((COMP_CWORD == 1)); then
                _gateway_words \(Command.all.map(\.name).joined(separator: " ")) --help --version
                return
            fi
            case "$command $prev" in
        \(values)    esac
            if [[ $cur == -* ]]; then
                case $command in
        \(options)        esac
                return
            fi
            for ((index = 2; index < COMP_CWORD; index++)); do
                if [[ $skip ]]; then skip=; continue; fi
                case "$command ${COMP_WORDS[index]}" in
                \(valued)) skip=1 ;;
                *\\ -*) ;;
                *) ((++operand)) ;;
                esac
            done
            case "$command $operand" in
        \(operands)    esac
        }

        complete -F _gateway gateway

        """
    }

    /// A case for each option with a value.
    private static var values: String {
        pairs.map { command, option, kind in
            "    \"\(command.name) \(option.name)\") \(words(of: kind))return ;;\n"
        }.joined()
    }

    private static var options: String {
        Command.all.map { command in
            let names = command.completedOptions.map(\.name).joined(separator: " ")
            return "        \(command.name)) _gateway_words \(names) ;;\n"
        }.joined()
    }

    /// A pattern for each option whose value is no operand.
    private static var valued: String {
        pairs.map { command, option, _ in "\"\(command.name) \(option.name)\"" }.joined(separator: " | ")
    }

    private static var operands: String {
        Command.all.flatMap { command in
            command.operands.enumerated().compactMap { index, operand in
                let action = words(of: operand.kind)
                guard !action.isEmpty else { return nil }
                let place = operand.count == .any ? "\"\(command.name) \"*" : "\"\(command.name) \(index)\""
                return "    \(place)) \(action);;\n"
            }
        }.joined()
    }

    private static var pairs: [(Command, Command.Option, Command.Kind)] {
        Command.all.flatMap { command in
            command.options.compactMap { option in option.value.map { (command, option, $0.kind) } }
        }
    }

    private static func words(of kind: Command.Kind) -> String {
        switch kind {
        case .file: "_gateway_files; "
        case .choice(let words): "_gateway_words \(words.joined(separator: " ")); "
        case .command: "_gateway_words \(Command.all.map(\.name).joined(separator: " ")); "
        case .id(let lister), .name(let lister): "_gateway_listed \(lister); "
        case .text, .duration, .number: ""
        }
    }
}
