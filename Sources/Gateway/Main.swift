import Dispatch
import Glibc

/// The program: one command, one exit status, and the one place where an error becomes text.
@main struct Main {
    static let version = "0.1.0"

    static func main() async {
        exit(await status(of: Array(CommandLine.arguments.dropFirst()), Environ.variables()))
    }

    private static func status(of arguments: [String], _ environment: [String: String]) async -> Int32 {
        do {
            switch try Invocation(arguments) {
            case .help(let text):
                print(text, terminator: "")
                return 0
            case .command(let command, let given): return try await command.run(given, environment)
            }
        } catch {
            Log.writeToStandardError(Array("gateway: \(error)\n".utf8))
            return error is UsageError ? 2 : 1
        }
    }
}

/// What `body` gives, which may block, run on a thread outside Swift's pool.
func offPool<Output: Sendable>(
    _ label: String, _ body: @escaping @Sendable () throws -> Output
) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: label).async { continuation.resume(with: Result { try body() }) }
    }
}

/// The environment of the process.
enum Environ {
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let parts = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            unsafe entry += 1
        }
        return variables
    }
}
