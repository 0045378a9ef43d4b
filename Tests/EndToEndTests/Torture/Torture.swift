import Foundation
import Testing

/// The real binary, broken in every way that we know of: what becomes true while it suffers is told all the same,
/// once, in order, and afterwards it is as it was.
///
/// `make test` runs a short part of each; `make torture` all of it, with a table of what came of it.
@Suite(.serialized, .timeLimit(.minutes(15))) struct Torture {
    private static let environment = ProcessInfo.processInfo.environment

    /// Whether faults last as long, and come as often, as `make torture` wants them.
    static let isLong = environment["TORTURE_ROUNDS"] != nil
    /// How often the gateway is killed.
    static let rounds = environment["TORTURE_ROUNDS"].flatMap { Int($0) } ?? 10
    /// Whether the process has network and mounts of its own, which it may spoil.
    static let isApart = environment["TORTURE_NAMESPACE"] != nil
    static let needsApart: Comment = "needs a network and mounts of its own: run `make torture` as root"
    static let needsLong: Comment = "takes minutes: run `make torture`"

    /// How long a fault lasts that is over at once in `make test`.
    static func lasting(_ seconds: Int) -> Duration { isLong ? .seconds(seconds) : .zero }

    /// One line of the table.
    struct Row {
        let fault: String
        var tried: Int
        var ledger: Ledger?
        /// From the end of the fault to the next webhook that the receiver accepted.
        var recovered: Duration?
        var before: Vitals?
        var after: Vitals?
        /// What is to be said in place of a ledger, or beside it.
        var note = ""
    }

    /// Prints a row, and adds it to the file of `TORTURE_TABLE`.
    static func report(_ row: Row) {
        print("torture:", row.cells.joined(separator: " | "))
        guard let path = environment["TORTURE_TABLE"], let file = unsafe fopen(path, "a") else { return }
        unsafe fputs("| " + row.cells.joined(separator: " | ") + " |\n", file)
        unsafe fclose(file)
    }
}

extension Torture.Row {
    var cells: [String] {
        let seconds = recovered.map { String(format: "%.1f s", $0 / .seconds(1)) }
        return [
            fault, "\(tried)", ledger.map { "\($0.incidents)" } ?? "–",
            ledger.map { "\($0.lost.count)" } ?? "–",
            ledger.map { "\($0.doubled.count)" } ?? "–", seconds ?? "–",
            Self.change(before?.megabytes, after?.megabytes),
            Self.change(before?.descriptors, after?.descriptors),
            note,
        ]
    }

    private static func change(_ before: Int?, _ after: Int?) -> String {
        guard let before, let after else { return "–" }
        return "\(before) → \(after)"
    }
}

/// What a process takes of the machine.
struct Vitals {
    /// Resident memory, in MiB.
    let megabytes: Int
    let descriptors: Int

    init(of process: Int32) throws {
        let folder = "/proc/\(process)"
        // The second number is of pages that are resident.
        let pages = try String(contentsOfFile: folder + "/statm", encoding: .utf8).split(separator: " ")
        megabytes = (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE)) / (1 << 20)
        descriptors = try FileManager.default.contentsOfDirectory(atPath: folder + "/fd").count
    }

    /// Whether nothing is left of a fault, but for caches that fill and connections that are kept for the next request.
    func isBack(to before: Vitals) -> Bool {
        megabytes <= before.megabytes + 16 && descriptors <= before.descriptors + 8
    }
}

/// A program that a fault is made with.
enum Tool {
    private static let folders = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"]

    static func path(_ name: String) -> String? {
        folders.map { $0 + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func has(_ names: String...) -> Bool { names.allSatisfy { path($0) != nil } }

    /// Runs a program to its end, which is to be a good one.
    static func run(_ name: String, _ arguments: String...) throws { try run(name, arguments) }

    static func run(_ name: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path(name), "\(name) is not installed"))
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name) \(arguments)")
    }
}
