import Rules
import Store

/// `gateway check`: says whether a settings file is right, and what is wrong with it.
enum Check {
    static let command = Command(
        name: "check", outline: "[FILE]",
        summary: "says what is wrong in a rules file, and what would be right",
        about: """
            Reads a rules file (rules.yaml) and prints each fault as FILE:LINE:COLUMN: error: what is wrong, the line,
            and what would be right. Exit status 1 when there is an error; warnings alone leave it 0.
            """,
        operands: [Command.Operand("FILE", .file, .optional)],
        options: [
            .flag(
                "--json",
                "for editors and CI: {\"ok\": …, \"faults\": [{kind, file, line, column, message, help, …}]}")
        ]
    ) { arguments, environment in
        let result = run(
            path: arguments.operands.first ?? "rules.yaml", environment: environment,
            json: arguments.flags.contains("--json"))
        print(result.output)
        return result.exitCode
    }

    static func run(
        path: String = "rules.yaml", environment: [String: String], json: Bool = false
    ) -> (output: String, exitCode: Int32) {
        do {
            let configuration = try Configuration.load(
                path: path, environment: environment, history: history)
            guard !json else { return (verdict(isRight: true, configuration.warnings), 0) }
            let counts = [
                configuration.sources.count.counted("source"), configuration.rules.count.counted("rule"),
                configuration.webhooks.count.counted("webhook"),
            ]
            let summary = "\(path): ok (\(counts.joined(separator: ", ")))"
            return ((configuration.warnings.map(\.description) + [summary]).joined(separator: "\n"), 0)
        } catch {
            return (json ? verdict(isRight: false, error.faults) : error.description, 1)
        }
    }

    /// What is stored is of use to a check, which does without it when it cannot be read.
    private static func history(_ storage: StorageSettings) -> ((String) -> [String])? {
        guard let reader = try? StoreReader(path: storage.path) else { return nil }
        return { (try? reader.machines(of: $0)) ?? [] }
    }

    private static func verdict(isRight: Bool, _ faults: [Fault]) -> String {
        var json = JSONWriter()
        json.verdict(isRight: isRight, faults)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
