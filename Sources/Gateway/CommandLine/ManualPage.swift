/// `gateway man`: gateway(1) in mdoc(7), made from the definitions of the commands.
enum ManualPage {
    static let command = Command(
        name: "man", summary: "the manual page, gateway(1)",
        about: "Prints the manual page, for man(1): gateway man | man -l -"
    ) { _, _ in
        print(text, terminator: "")
        return 0
    }

    /// The whole page.
    static var text: String {
        """
        .\\" Made by 'gateway man'.
        .Dd November 24, 2026
        .Dt GATEWAY 1
        .Os
        .Sh NAME
        .Nm gateway
        .Nd alerts by webhook on the metrics of machines
        .Sh SYNOPSIS
        .Nm
        .Ar command
        .Op Ar argument ...
        .Sh DESCRIPTION
        .Nm
        polls machine metrics, judges them by rules.yaml, tells your webhooks,
        and remembers everything.
        Each command takes
        .Fl -help .
        .Sh COMMANDS
        \(Command.all.map(section).joined()).Sh ENVIRONMENT
        .Bl -tag -width Ds
        \(environment.map { ".It Ev \($0)\n\(filled($1))" }.joined()).El
        .Sh FILES
        .Bl -tag -width Ds
        \(files.map { ".It Pa \($0)\n\(filled($1))" }.joined()).El
        .Sh EXIT STATUS
        0 when it is done, 1 when something was found wrong, 2 when it is used
        wrongly.
        .Sh EXAMPLES
        \(examples.map { "\(filled($1)).Pp\n.Dl \(escaped($0))\n" }.joined(separator: ".Pp\n"))
        """
    }

    private static let environment: KeyValuePairs = [
        "GATEWAY_URL": "The address of the gateway that is asked, unless --url gives it.",
        "GATEWAY_TOKEN": "The token of its API.",
        "USER": "Who acts, unless --by says so.",
        "NO_COLOR": "When it is set, nothing is printed in colours, unless --color always asks for them.",
        "COLUMNS": "The width that tables are to fit, in place of that of the terminal.",
    ]

    private static let files: KeyValuePairs = [
        "rules.yaml": "The sources, rules and webhooks; another one is named by --rules.",
        ".env": "Beside the rules file: variables that it takes with ${NAME}.",
        "gateway.db": "The history, unless storage.path of the rules file names another file.",
    ]

    private static let examples: KeyValuePairs = [
        "gateway check && gateway test && gateway backtest --since 30d":
            "Before an edit of the rules is put in force:",
        "gateway incidents --watch --severity critical": "What is critical, as it happens:",
        "gateway incidents --open --json | jq -r '.[].machine'": "The machines with an open incident:",
    ]

    private static func section(_ command: Command) -> String {
        var text = ".Ss \(command.name)\n.Bd -ragged -offset indent\n"
        text += command.usageLines.map { ".Nm\n" + filled(unbroken($0)) }.joined(separator: ".br\n")
        text += ".Ed\n.Pp\n" + prose(command.about)
        if !command.options.isEmpty {
            text += ".Bl -tag -width Ds\n"
            for option in command.options {
                let value = option.value.map { " Ar \(escaped($0.name))" } ?? ""
                text += ".It Fl \(option.name.dropFirst())\(value)\n" + filled(option.help)
            }
            text += ".El\n"
        }
        return text + (command.notes.isEmpty ? "" : ".Pp\n" + filled(command.notes))
    }

    /// A usage whose options stay on one line with their values.
    private static func unbroken(_ usage: String) -> String {
        var depth = 0
        return String(
            usage.map { character in
                if character == "[" { depth += 1 } else if character == "]" { depth -= 1 }
                return depth > 0 && character == " " ? "\u{A0}" : character
            })
    }

    /// Paragraphs, and lines that begin with two spaces as they are.
    private static func prose(_ about: String) -> String {
        var parts: [String] = []
        for paragraph in about.split(separator: "\n\n") {
            guard paragraph.hasPrefix("  ") else {
                parts.append((parts.isEmpty ? "" : ".Pp\n") + filled(String(paragraph)))
                continue
            }
            let lines = paragraph.split(separator: "\n").map { escaped(String($0.dropFirst(2))) + "\n" }
            parts.append(".Bd -literal -offset indent\n" + lines.joined() + ".Ed\n")
        }
        return parts.joined()
    }

    /// A text in lines of at most 78 characters, a new one for each sentence, as mandoc(1) wants it.
    private static func filled(_ text: String) -> String {
        var (lines, line) = ([String](), "")
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map({ escaped(String($0)) }) {
            if !line.isEmpty,
                line.count + word.count + 1 > 78 || (line.hasSuffix(".") && !line.hasSuffix(".."))
            {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return (lines + [line]).map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)\n" : "\($0)\n" }
            .joined()
    }

    /// A text without what roff(7) would take for its own: https://man.openbsd.org/mandoc_char.7
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\e"
            case "-": "\\-"
            case "'": "\\(aq"
            case "`": "\\(ga"
            case "^": "\\(ha"
            case "~": "\\(ti"
            case "\"": "\\(dq"
            case "\u{A0}": "\\~"
            case _ where scalar.isASCII: String(scalar)
            default: "\\[u\(String(scalar.value, radix: 16, uppercase: true))]"
            }
        }.joined()
    }
}
