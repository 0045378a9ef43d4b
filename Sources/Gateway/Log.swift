import Dispatch
import Glibc
import Rules
import Synchronization

/// Structured log lines: one a record, with the data in fields and not in the sentence.
///
/// Lines are written on a queue of their own, since a full pipe blocks; when more than `backlog` wait, new
/// ones are counted instead, and the count is told once there is room.
final class Log: Sendable {
    enum Level: String, CaseIterable, Comparable, Sendable {
        case debug, info, warning, error

        static func < (one: Level, other: Level) -> Bool { one.rank < other.rank }
        private var rank: Int { Level.allCases.firstIndex(of: self) ?? 0 }
    }

    enum Format: String, CaseIterable, Sendable {
        case logfmt, json
    }

    typealias Fields = KeyValuePairs<String, any CustomStringConvertible>

    private let level: Level
    private let format: Format
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable ([UInt8]) -> Void
    private let queue = DispatchQueue(label: "log")
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    private static let backlog = 4096
    /// The longest value, in characters; a longer one is cut.
    private static let longest = 2000

    init(
        level: Level = .info, format: Format = .logfmt, now: @escaping @Sendable () -> Timestamp,
        write: @escaping @Sendable ([UInt8]) -> Void = Log.writeToStandardError
    ) {
        self.level = level
        self.format = format
        self.now = now
        self.write = write
    }

    func debug(_ message: String, _ fields: Fields = [:]) { record(.debug, message, fields) }
    func info(_ message: String, _ fields: Fields = [:]) { record(.info, message, fields) }
    func warning(_ message: String, _ fields: Fields = [:]) { record(.warning, message, fields) }
    func error(_ message: String, _ fields: Fields = [:]) { record(.error, message, fields) }

    /// Returns when all lines before have been written, or after `limit` when whoever reads them has stalled;
    /// whether they have been. Blocks; for the end of the process.
    @discardableResult
    func flush(within limit: DispatchTimeInterval = .seconds(2)) -> Bool {
        let written = DispatchSemaphore(value: 0)
        queue.async { written.signal() }
        return written.wait(timeout: .now() + limit) == .success
    }

    private func record(_ level: Level, _ message: String, _ fields: Fields) {
        guard level >= self.level else { return }
        guard waiting.load(ordering: .relaxed) < Self.backlog else {
            dropped.add(1, ordering: .relaxed)
            return
        }
        waiting.add(1, ordering: .relaxed)
        let values = fields.map { ($0.key, Self.clipped($0.value.description)) }
        let line = line(level, message, values)
        queue.async { [self] in
            write(line)
            waiting.subtract(1, ordering: .relaxed)
            let lost = dropped.exchange(0, ordering: .relaxed)
            if lost > 0 { write(self.line(.warning, "log lines dropped", [("count", "\(lost)")])) }
        }
    }

    private func line(_ level: Level, _ message: String, _ fields: [(String, String)]) -> [UInt8] {
        let all = [("time", now().description), ("level", level.rawValue), ("msg", message)] + fields
        switch format {
        case .json:
            var json = JSONWriter()
            json.object { json in
                for (name, value) in all {
                    json.key(name)
                    json.string(value)
                }
            }
            return json.bytes + [UInt8(ascii: "\n")]
        case .logfmt:
            return Array((all.map { "\($0)=\(Self.quoted($1))" }.joined(separator: " ") + "\n").utf8)
        }
    }

    private static func clipped(_ value: String) -> String {
        value.count > longest ? value.prefix(longest) + "…" : value
    }

    /// The value as it is, or in quotes where a reader could not tell its end; no control character gets out.
    private static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0 != "\"" && $0 != "=" && $0 != "\\" && !(0x7f...0x9f).contains($0.value)
            }
        if isPlain { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    static func writeToStandardError(_ bytes: [UInt8]) { write(bytes, to: STDERR_FILENO) }

    /// Writes all bytes; those that a closed pipe refuses are gone, and the answer is false.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
