import Foundation
import Synchronization

/// A program that was run to its end.
public struct Program: Sendable {
    public let standardOutput: String
    public let standardError: String
    /// The exit status; 128 + N after signal N.
    public let status: Int32

    struct CannotStart: Error { let command: [String], code: Int32 }

    /// Runs `command`, the first word of which is a path, or a name that is looked for in PATH. Its folder and its
    /// environment are those of the test unless given. No thread that all tests share waits for the end.
    public static func run(
        _ command: [String], in directory: String? = nil, input: String = "",
        environment: [String: String]? = nil
    ) async throws -> Program {
        let child = Mutex<pid_t?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result {
                            try Program(
                                command, in: directory, input: input, environment: environment,
                                started: { number in child.withLock { $0 = number } })
                        })
                }
            }
        } onCancel: {
            if let child = child.withLock(\.self) { kill(child, SIGKILL) }
        }
    }

    /// The same; blocks.
    ///
    /// By way of files, for reading a pipe is interrupted by the end of another test's child; and not by Foundation's
    /// `Process`, which now and then reads past what the kernel told it where thousands of files are open.
    public init(
        _ command: [String], in directory: String? = nil, input: String = "",
        environment: [String: String]? = nil, started: (Int32) -> Void = { _ in }
    ) throws {
        let folder = try TemporaryFolder()
        try folder.write(input, to: "input")
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, name) in ["input", "output", "error"].enumerated() {
            let flags = descriptor == 0 ? O_RDONLY : O_RDWR | O_CREAT
            unsafe posix_spawn_file_actions_addopen(
                &actions, Int32(descriptor), folder.path + "/" + name, flags, 0o600)
        }
        // What others have open would stay so for as long as the program runs.
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            guard let open = Int32(name), open > 2, fcntl(open, F_GETFD) & FD_CLOEXEC == 0 else { continue }
            unsafe posix_spawn_file_actions_addclose(&actions, open)
        }
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        let words = unsafe Self.pointers(to: ["env", "-C", directory ?? "."] + command)
        let settings = unsafe Self.pointers(to: variables)
        defer { unsafe Self.release(words + settings) }
        var child = pid_t()
        let code = unsafe posix_spawn(&child, "/usr/bin/env", &actions, nil, words, settings)
        guard code == 0 else { throw CannotStart(command: command, code: code) }
        started(child)
        var ending: Int32 = 0
        while unsafe waitpid(child, &ending, 0) < 0, errno == EINTR {}
        status = ending & 0x7f == 0 ? ending >> 8 & 0xff : 128 + ending & 0x7f
        standardOutput = try Self.text(at: folder.path + "/output")
        standardError = try Self.text(at: folder.path + "/error")
    }

    /// What reads a file by its path leaks 4 KiB where there is nothing to read.
    private static func text(at path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// Texts as C has them, the last of them nil.
    private static func pointers(to texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { unsafe strdup($0) } + [nil]
    }

    private static func release(_ texts: [UnsafeMutablePointer<CChar>?]) {
        for index in unsafe texts.indices { unsafe free(texts[index]) }
    }
}
