import Rules

/// What happened, line by line, and a hash of it: two runs of one seed must agree on it.
struct Trace {
    private(set) var lines: [String] = []
    /// FNV-1a over all lines.
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private let start: Timestamp

    init(from start: Timestamp) { self.start = start }

    mutating func note(_ line: String, at time: Timestamp) {
        let milliseconds = start.duration(to: time) / .milliseconds(1)
        let text = "\(Int64(milliseconds)) \(line)"
        lines.append(text)
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
