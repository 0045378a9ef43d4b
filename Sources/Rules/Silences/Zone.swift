/// The offsets of a time zone's clocks from UTC, as a TZif file has them (RFC 9636).
///
/// It is read here rather than by `localtime_r`, whose zone is one for the whole process.
public struct Zone: Hashable, Sendable {
    public let name: String
    private let transitions: [Int64]
    /// The offset from each transition on, in seconds east of UTC.
    private let offsets: [Int]
    /// The offset before the first transition.
    private let first: Int
    /// What holds after the last transition.
    private let rule: ZoneRule?

    public static let utc = Zone()

    private init() {
        (name, transitions, offsets, first, rule) = ("UTC", [], [], 0, nil)
    }

    /// Reads a file of the zone database; nil when it is none of version 2 or later.
    public init?(_ name: String, tzif bytes: [UInt8]) {
        var old = TZifReader(bytes, timeSize: 4)
        // What is of version 1 has times of 32 bits and no rule; what follows it has all.
        guard let header = old.header(), header.version >= UInt8(ascii: "2"), old.skip(header) else {
            return nil
        }
        var reader = TZifReader(bytes, at: old.next, timeSize: 8)
        guard let header = reader.header(), let data = reader.data(header) else { return nil }
        self.name = name
        transitions = data.transitions
        offsets = data.offsets
        first = data.first
        rule = ZoneRule(reader.footer())
    }

    /// The seconds by which clocks are ahead of UTC.
    public func offset(at time: Timestamp) -> Int {
        let second = time.milliseconds.flooredDivision(by: 1000).quotient
        guard let last = transitions.last, second < last || rule == nil else {
            return rule?.offset(at: second) ?? offsets.last ?? first
        }
        // The number of transitions up to this second.
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }
}

/// Reads a block of a TZif file; each step gives nil where the bytes end early.
private struct TZifReader {
    struct Header {
        let version: UInt8
        /// Of UT/local and standard/wall indicators, leap seconds, transitions, types and designation bytes.
        let counts: [Int]
    }

    private let bytes: [UInt8]
    private(set) var next: Int
    private let timeSize: Int

    init(_ bytes: [UInt8], at next: Int = 0, timeSize: Int) {
        self.bytes = bytes
        self.next = next
        self.timeSize = timeSize
    }

    private mutating func integer(_ size: Int) -> Int64? {
        guard size <= bytes.count - next else { return nil }
        let value = bytes[next..<(next + size)].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        next += size
        let unused = 64 - 8 * Int64(size)
        return (value << unused) >> unused
    }

    mutating func header() -> Header? {
        guard bytes.count - next >= 44, bytes[next..<(next + 4)].elementsEqual("TZif".utf8) else {
            return nil
        }
        let version = bytes[next + 4]
        next += 20
        var counts: [Int] = []
        for _ in 0..<6 {
            guard let count = integer(4), (0...100_000).contains(count) else { return nil }
            counts.append(Int(count))
        }
        return Header(version: version, counts: counts)
    }

    private func size(_ header: Header) -> Int {
        let counts = header.counts
        return counts[3] * (timeSize + 1) + counts[4] * 6 + counts[5] + counts[2] * (timeSize + 4) + counts[1]
            + counts[0]
    }

    mutating func skip(_ header: Header) -> Bool {
        next += size(header)
        return next <= bytes.count
    }

    mutating func data(_ header: Header) -> (transitions: [Int64], offsets: [Int], first: Int)? {
        let end = next + size(header)
        guard end <= bytes.count, header.counts[4] > 0 else { return nil }
        let transitions = (0..<header.counts[3]).compactMap { _ in integer(timeSize) }
        let kinds = (0..<header.counts[3]).compactMap { _ in integer(1) }
        let types = (0..<header.counts[4]).compactMap { _ -> Int? in
            let offset = integer(4)
            return integer(2) == nil ? nil : offset.map { Int($0) }
        }
        guard kinds.allSatisfy({ types.indices.contains(Int($0)) }), let first = types.first else {
            return nil
        }
        next = end
        return (transitions, kinds.map { types[Int($0)] }, first)
    }

    /// The text between the line ends behind the data.
    func footer() -> String {
        let rest = bytes[min(next, bytes.count)...].drop { $0 == 0x0A }
        return String(decoding: rest.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
