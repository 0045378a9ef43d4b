import Dispatch
import Glibc
import HTTP
import Rules

/// The program: one command, one exit status, and the one place where an error becomes text.
@main struct Main {
    static let version = "0.1.0"

    static func main() async {
        let environment = Environ.variables()
        let status: Int32
        do {
            switch try Command(Array(CommandLine.arguments.dropFirst())) {
            case .run(let options): status = await Service.run(options, environment: environment)
            case .check(let path, let json):
                let result = Check.run(path: path, environment: environment, json: json)
                print(result.output)
                status = result.exitCode
            case .test(let paths):
                let result = await TestCommand.run(paths: paths, environment: environment)
                print(result.output)
                status = result.exitCode
            case .bringIn(let command): status = await bringIn(command, environment)
            case .backtest(let command): status = await replay(command, environment)
            case .client(let command): status = await ask(command, environment)
            case .schema:
                print(RulesSchema.text, terminator: "")
                status = 0
            case .token(let command):
                print(try command.run(), terminator: "")
                status = 0
            case .help(let text):
                print(text, terminator: "")
                status = 0
            case .version:
                print("gateway \(version)")
                status = 0
            }
        } catch {
            Log.writeToStandardError(Array("gateway: \(error.message)\n".utf8))
            status = 2
        }
        exit(status)
    }

    /// Brings in samples of the past, and gives the exit status.
    private static func bringIn(_ command: ImportCommand, _ environment: [String: String]) async -> Int32 {
        do {
            let report = try await command.run(environment: environment, now: TimeSource.system.now)
            print(report.text, terminator: "")
            return report.refused > 0 ? 1 : 0
        } catch {
            Log.writeToStandardError(Array("gateway: \(error)\n".utf8))
            return 1
        }
    }

    /// Replays the past on a thread that may block, and gives the exit status.
    private static func replay(_ command: BacktestCommand, _ environment: [String: String]) async -> Int32 {
        let width = Terminal.width(environment)
        return await withCheckedContinuation { continuation in
            DispatchQueue(label: "backtest").async {
                let bar = ProgressBar()
                do {
                    let output = try command.run(
                        environment: environment, now: TimeSource.system.now(), width: width,
                        progress: { bar.show($0) })
                    print(output, terminator: "")
                    continuation.resume(returning: 0)
                } catch let error as UsageError {
                    Log.writeToStandardError(Array("gateway: \(error.message)\n".utf8))
                    continuation.resume(returning: 2)
                } catch {
                    Log.writeToStandardError(Array("gateway: \(error)\n".utf8))
                    continuation.resume(returning: 1)
                }
            }
        }
    }

    /// Asks a running gateway, and gives the exit status.
    private static func ask(_ command: ClientCommand, _ environment: [String: String]) async -> Int32 {
        do {
            let authorities = try command.authorities(environment)
            let client = try HTTPClient(userAgent: "alert-gateway/\(version)")
            defer { client.close() }
            let run = ClientRun(
                command: command, environment: environment, width: Terminal.width(environment),
                authorities: authorities,
                send: { await client.send($0) })
            let result = await run.run()
            print(result.output, terminator: "")
            if !result.error.isEmpty { Log.writeToStandardError(Array("gateway: \(result.error)\n".utf8)) }
            return result.status
        } catch let error as UsageError {
            Log.writeToStandardError(Array("gateway: \(error.message)\n".utf8))
            return 2
        } catch {
            Log.writeToStandardError(Array("gateway: \(error)\n".utf8))
            return 1
        }
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
