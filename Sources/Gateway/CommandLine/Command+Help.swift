extension Command {
    /// What `gateway --help` prints.
    static var overview: String {
        let lines = all.map { command in
            "  " + "\(command.name) \(command.outline)".padded(to: 29) + " " + command.summary + "\n"
        }
        return """
            gateway: polls machine metrics, judges them by rules.yaml, tells your webhooks, remembers everything.

            usage: gateway COMMAND [OPTION …]

            \(lines.joined())
            gateway COMMAND --help tells more. Exit status: 0 done, 1 found wrong, 2 wrong usage.

            """
    }

    /// What `--help` prints after its name.
    var helpText: String {
        let column = max(21, (options.map(\.shown.count).max() ?? 0) + 2)
        let table = options.map { option in
            let help = option.help.replacing("\n", with: "\n" + String(repeating: " ", count: column + 2))
            return "  \(option.shown.padded(to: column))\(help)\n"
        }
        let parts = [usageText, about + "\n", table.joined(), notes.isEmpty ? "" : notes + "\n"]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// The lines of its usage, without `gateway`.
    var usageLines: [String] {
        guard usage.isEmpty else { return usage }
        let given = options.map { option in
            (option.need == nil ? "[\(option.shown)]" : option.shown) + (option.isRepeatable ? "…" : "")
        }
        return [([name] + operands.map(\.shown) + given).joined(separator: " ")]
    }

    private var usageText: String {
        usageLines.enumerated().map { index, line in
            (index == 0 ? "usage: " : "       ") + Self.wrapped("gateway \(line)", indent: 16) + "\n"
        }.joined()
    }

    /// A usage in lines of at most 110 columns, broken between its options.
    private static func wrapped(_ usage: String, indent: Int) -> String {
        var (text, column) = ("", 7)
        // An option and its value stay together.
        for (index, part) in usage.replacing(" [", with: "\n[").split(separator: "\n").enumerated() {
            if index > 0, column + part.count + 1 > 110 {
                text += "\n" + String(repeating: " ", count: indent)
                column = indent
            } else if index > 0 {
                text += " "
                column += 1
            }
            text += part
            column += part.count
        }
        return text
    }
}
