import Foundation
import Synchronization
import TestSupport
import Testing

/// The real binary, running in a folder of its own.
final class GatewayProcess: Sendable {
    private let process: Mutex<Process>
    private let lines: AsyncStream<String>
    let log: Log

    /// Every line the process wrote, for a test that failed.
    final class Log: Sendable {
        private let text = Mutex("")
        func append(_ more: String) { text.withLock { $0 += more } }
        var all: String { text.withLock { $0 } }
    }

    static var binary: String {
        let built = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        return ProcessInfo.processInfo.environment["GATEWAY_BINARY"] ?? built + "/gateway"
    }

    /// What each of them is told: nothing of ours but, under `make coverage`, where to write what it ran.
    static let environment = [
        "SWIFT_BACKTRACE": "enable=no",
        "LLVM_PROFILE_FILE": ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"],
    ]
    .compactMapValues { $0 }

    /// `launcher` is the program, and its arguments, that starts the gateway; none to start it directly.
    init(
        in folder: TemporaryFolder, _ arguments: [String] = ["run"], launcher: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        let process = Process()
        let command = launcher + [Self.binary] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = environment.merging(Self.environment) { given, _ in given }
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        let (lines, sink) = AsyncStream<String>.makeStream()
        let log = Log()
        try process.run()
        // A thread of its own: `readabilityHandler` now and then tells nobody of the end, when many cores are wanted.
        Thread.detachNewThread {
            let descriptor = pipe.fileHandleForReading.fileDescriptor
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = unsafe read(descriptor, &bytes, bytes.count), count > 0 {
                let text = String(decoding: bytes[..<count], as: UTF8.self)
                log.append(text)
                for line in text.split(separator: "\n") { sink.yield(String(line)) }
            }
            sink.finish()
        }
        self.process = Mutex(process)
        self.lines = lines
        self.log = log
    }

    deinit { process.withLock { if $0.isRunning { _ = kill($0.processIdentifier, SIGKILL) } } }

    /// The next line that holds all of `words`; fails the test when the process ends without one.
    @discardableResult
    func line(_ words: String...) async throws -> String {
        for await line in lines where words.allSatisfy({ line.contains($0) }) { return line }
        throw ProcessEnded(wanted: words, log: log.all)
    }

    /// The API's URL, once it listens.
    func url() async throws -> String {
        let line = try await line("gateway started")
        let listen = line.split(separator: " ").first { $0.hasPrefix("listen=") }
        return try #require(listen.map { String($0.dropFirst("listen=".count)) })
    }

    /// The number of the process that was started; the launcher's, if there is one.
    var identifier: Int32 { process.withLock(\.processIdentifier) }

    func send(_ signal: Int32) {
        process.withLock { _ = kill($0.processIdentifier, signal) }
    }

    /// Waits for the end, and returns the exit status; 128 + N after signal N.
    func ended() async -> Int32 {
        for await _ in lines {}
        return process.withLock { process in
            process.waitUntilExit()
            let isSignal = process.terminationReason == .uncaughtSignal
            return isSignal ? 128 + process.terminationStatus : process.terminationStatus
        }
    }
}

struct ProcessEnded: Error, CustomStringConvertible {
    let wanted: [String]
    let log: String
    var description: String { "no line with \(wanted) in:\n\(log)" }
}
