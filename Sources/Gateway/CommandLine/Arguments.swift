import Rules

/// A command line that cannot be understood, with what would be right.
struct UsageError: Error, Equatable, CustomStringConvertible {
    let message: String

    init(_ message: String) { self.message = message }

    var description: String { message }
}

/// What was given to a command, each part of the kind that its definition asks for.
struct Arguments: Hashable, Sendable {
    /// What options with a value were given, by their name.
    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    private(set) var operands: [String] = []

    func value(_ option: String) -> String? { values[option]?.first }

    /// A value that is one of a closed set of words; nil when it was not given.
    func choice<Choice: RawRepresentable<String>>(_ option: String) -> Choice? {
        value(option).flatMap(Choice.init(rawValue:))
    }
}

/// What a command line asks for.
enum Invocation {
    case command(Command, Arguments)
    /// A text to print.
    case help(String)

    /// Reads the arguments after the program's name.
    init(_ arguments: [String]) throws(UsageError) {
        let name = arguments.first ?? "--help"
        if ["--help", "-h"].contains(name) {
            self = .help(Command.overview)
            return
        }
        if name == "help", arguments.count > 1, !arguments[1].hasPrefix("-") {
            self = try Invocation(arguments[1] == "help" ? [] : [arguments[1], "--help"])
            return
        }
        guard let command = Command.named(name == "--version" ? "version" : name) else {
            throw Self.unknown(name)
        }
        let read = try Arguments(Array(arguments.dropFirst()), of: command)
        self = read.map { .command(command, $0) } ?? .help(command.helpText)
    }

    private static func unknown(_ name: String) -> UsageError {
        let names = Command.all.map(\.name)
        let guess = name.nearest(among: names).map { "did you mean '\($0)'? " } ?? ""
        return UsageError("unknown command '\(name)'; \(guess)commands are \(names.joined(separator: ", "))")
    }
}

extension Arguments {
    /// Reads what follows the command's name; nil when help is asked for.
    init?(_ arguments: [String], of command: Command) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return nil
            case "--":
                operands += rest
                rest = []
            case _ where argument.hasPrefix("-") && argument != "-":
                try take(argument, &rest, of: command)
            default: operands.append(argument)
            }
        }
        try command.check(self)
        try checkOperands(of: command)
        for option in command.options {
            if let need = option.need, values[option.name] == nil {
                throw UsageError("\(command.name): \(need): \(option.shown)")
            }
        }
    }

    private mutating func take(
        _ argument: String, _ rest: inout ArraySlice<String>, of command: Command
    ) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        guard let option = command.options.first(where: { $0.name == parts[0] }) else {
            let guess =
                parts[0].nearest(among: command.options.map(\.name)).map { "did you mean \($0)? " } ?? ""
            throw UsageError(
                "\(command.name): unknown option '\(parts[0])'; \(guess)see gateway \(command.name) --help")
        }
        guard let kind = option.value?.kind else {
            guard parts.count == 1 else { throw UsageError("\(option.name) takes no value") }
            flags.insert(option.name)
            return
        }
        guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
            throw UsageError("\(option.name) needs a value")
        }
        guard option.isRepeatable || values[option.name] == nil else {
            throw UsageError("\(command.name): \(option.name) is given twice; give it once")
        }
        if let fault = kind.fault(of: value) {
            throw UsageError("\(command.name): \(option.name) \(fault)")
        }
        values[option.name, default: []].append(value)
    }

    private func checkOperands(of command: Command) throws(UsageError) {
        let wanted = command.operands
        let least = wanted.count { $0.count == .one }
        let most = wanted.contains { $0.count == .any } ? Int.max : wanted.count
        guard (least...most).contains(operands.count) else {
            let shown = wanted.isEmpty ? "nothing" : wanted.map(\.shown).joined(separator: " ")
            throw UsageError(
                "\(command.name): takes \(shown) beside its options, not '\(operands.joined(separator: " "))'"
            )
        }
        for (index, given) in operands.enumerated() {
            let kind = wanted[min(index, wanted.count - 1)].kind
            if let fault = kind.operandFault(of: given) { throw UsageError("\(command.name): \(fault)") }
        }
    }
}

extension Command.Kind {
    /// What is wrong with a value, to be read after the option's name.
    fileprivate func fault(of value: String) -> String? {
        switch self {
        case .text, .file, .command, .name: nil
        case .duration(let example):
            Duration(compact: value).map { $0 > .zero } == true
                ? nil : "takes a duration such as \(example), not '\(value)'"
        case .number(let range):
            Int(value).map(range.contains) == true
                ? nil : "takes a number from \(range.lowerBound) to \(range.upperBound), not '\(value)'"
        case .choice(let words):
            words.contains(value)
                ? nil : "takes one of \(words.joined(separator: ", ")), not '\(value)'"
        case .id: Int64(value).map { $0 > 0 } == true ? nil : "takes a number from 1, not '\(value)'"
        }
    }

    /// What is wrong with an operand.
    fileprivate func operandFault(of value: String) -> String? {
        switch self {
        case .id(let lister) where fault(of: value) != nil:
            "'\(value)' is no number; gateway \(lister) shows them"
        case .choice(let words) where fault(of: value) != nil:
            "'\(value)' is none of \(words.joined(separator: ", "))"
        case .duration, .number: fault(of: value).map { "it \($0)" }
        default: nil
        }
    }
}
