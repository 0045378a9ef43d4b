import Rules
import Store

/// `gateway test`: runs files of unit tests of rules.
enum TestCommand {
    static let command = Command(
        name: "test", outline: "[FILE …]", summary: "runs unit tests of rules",
        about: """
            Runs the unit tests in each FILE (rules.test.yaml): samples in, and the events and requests that are to come of
            them, on a clock of their own and with webhooks that answer as told. docs/testing.md has the format.
            Exit status 1 when a case fails or a file cannot be read.
            """,
        operands: [Command.Operand("FILE", .file, .any)]
    ) { arguments, environment in
        let paths = arguments.operands.isEmpty ? ["rules.test.yaml"] : arguments.operands
        let result = await run(paths: paths, environment: environment)
        print(result.output)
        return result.exitCode
    }

    static func run(
        paths: [String], environment: [String: String]
    ) async -> (output: String, exitCode: Int32) {
        var lines: [String] = []
        var (passed, failed, broken) = (0, 0, 0)
        for path in paths {
            do {
                let file = try CaseFile.load(path: path, environment: environment)
                for item in file.cases {
                    let failures = try await failures(of: item, in: file, environment)
                    if failures.isEmpty { passed += 1 } else { failed += 1 }
                    lines += report(item, failures, in: file)
                }
            } catch {
                broken += 1
                lines.append("\(error)")
            }
        }
        let files = broken > 0 ? "; \(broken.counted("file")) not read" : ""
        lines.append("\(passed) passed, \(failed) failed\(files)")
        return (lines.joined(separator: "\n"), failed + broken > 0 ? 1 : 0)
    }

    private static func failures(
        of item: Case, in file: CaseFile, _ environment: [String: String]
    ) async throws -> [CaseFailure] {
        let folder = try ScratchFolder(environment)
        return try await item.run(file.configuration, database: folder.path + "/gateway.db")
    }

    private static func report(_ item: Case, _ failures: [CaseFailure], in file: CaseFile) -> [String] {
        guard !failures.isEmpty else { return ["ok    \(item.name)"] }
        return ["FAIL  \(item.name) (\(file.path):\(item.line))"]
            + failures.flatMap { failure in
                let place = failure.line.map { "\(file.path):\($0): " } ?? ""
                return ["      \(place)\(failure.message)"] + failure.details.map { "          \($0)" }
            }
    }
}
