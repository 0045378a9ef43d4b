/// Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
/// out of bytes as they come.
struct EventStream {
    /// The number of the last event that is known, to go on after.
    private(set) var lastID: String?
    /// How long the server has one wait before it comes back.
    private(set) var retry: Duration?

    private var line: [UInt8] = []
    private var id: String?
    private var data: [UInt8] = []

    /// More than any event has; what is longer is no stream of a gateway's.
    private static let longest = 4 << 20

    /// A new connection: what was half read comes again.
    mutating func reconnect() {
        (line, id, data) = ([], lastID, [])
    }

    /// The data of the events that end in `bytes`.
    mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if line.count < Self.longest { line.append(byte) }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty {
                lastID = id
                if !data.isEmpty { events.append(data) }
                data = []
            } else {
                takeLine()
            }
            line = []
        }
        return events
    }

    private mutating func takeLine() {
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? parts[1] : []
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: parts[0], as: UTF8.self) {
        case "id": id = String(decoding: value, as: UTF8.self)
        case "retry":
            retry = Int(String(decoding: value, as: UTF8.self)).map { .milliseconds(min(max($0, 0), 60_000)) }
        case "data" where data.count + value.count < Self.longest:
            if !data.isEmpty { data.append(UInt8(ascii: "\n")) }
            data += value
        default: break
        }
    }
}
