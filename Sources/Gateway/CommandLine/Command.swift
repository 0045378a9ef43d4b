/// One command of the program. What reads a command line, `--help`, the completions of shells and the manual page are
/// all made from it: a new command is one of these, in `Command.all`.
struct Command: Sendable {
    let name: String
    /// What stands beside the name in the overview.
    var outline = ""
    /// What it does, in half a line.
    let summary: String
    /// The lines of its usage, without `gateway`; made of the operands and options where empty.
    var usage: [String] = []
    /// Paragraphs on what it does; a line that begins with two spaces is shown as it is.
    let about: String
    var operands: [Operand] = []
    var options: [Option] = []
    /// What is said after the options.
    var notes = ""
    /// What must hold of a whole command line beyond each of its parts.
    var check: @Sendable (Arguments) throws(UsageError) -> Void = { (_) throws(UsageError) in }
    /// Does it, in an environment, and gives the exit status.
    let run: @Sendable (Arguments, [String: String]) async throws -> Int32

    /// What may stand in a value.
    enum Kind: Hashable, Sendable {
        case text
        case file
        /// As in `90m`; the text is an example.
        case duration(String)
        case number(ClosedRange<Int>)
        case choice([String])
        /// The name of a command.
        case command
        /// A positive number of the first column that another command prints.
        case id(listedBy: String)
        /// A name of the first column that another command prints.
        case name(listedBy: String)
    }

    struct Operand: Sendable {
        enum Count: Sendable { case one, optional, any }

        let name: String
        var kind = Kind.text
        var count = Count.one

        init(_ name: String, _ kind: Kind = .text, _ count: Count = .one) {
            (self.name, self.kind, self.count) = (name, kind, count)
        }

        /// As it stands in a usage.
        var shown: String {
            switch count {
            case .one: name
            case .optional: "[\(name)]"
            case .any: "[\(name) …]"
            }
        }
    }

    struct Option: Sendable {
        /// With its dashes.
        let name: String
        /// The name and the kind of its value; nil for a flag.
        let value: (name: String, kind: Kind)?
        let help: String
        var isRepeatable = false
        /// Why it must be given, for who left it out.
        var need: String?

        static func flag(_ name: String, _ help: String) -> Option {
            Option(name: name, value: nil, help: help)
        }

        init(name: String, value: (name: String, kind: Kind)?, help: String) {
            (self.name, self.value, self.help) = (name, value, help)
        }

        init(_ name: String, _ value: String, _ help: String, need: String? = nil) {
            self.init(name, value, .text, help, need: need)
        }

        init(
            _ name: String, _ value: String, _ kind: Kind, _ help: String, isRepeatable: Bool = false,
            need: String? = nil
        ) {
            self.init(name: name, value: (value, kind), help: help)
            (self.isRepeatable, self.need) = (isRepeatable, need)
        }

        /// With the name of its value.
        var shown: String { value.map { "\(name) \($0.name)" } ?? name }
    }
}

extension Command {
    /// All of them, in the order of the overview.
    static let all: [Command] =
        [
            RunOptions.command, Check.command, TestCommand.command, BacktestCommand.command,
            ImportCommand.command, BackupCommand.command, RulesSchema.command,
            TokenCommand.command,
        ] + ClientCommand.commands + [Completion.command, ManualPage.command, version, help]

    static let version = Command(
        name: "version", summary: "the version of this program",
        about: "Prints the version of this program."
    ) { _, _ in
        print("gateway \(Main.version)")
        return 0
    }

    static let help = Command(
        name: "help", outline: "[COMMAND]", summary: "this text, or how a command is used",
        about: "Prints what commands there are, or how one of them is used.",
        operands: [Operand("COMMAND", .command, .optional)]
    ) { _, _ in
        print(overview, terminator: "")
        return 0
    }

    static func named(_ name: String) -> Command? { all.first { $0.name == name } }
}
