/// A set of incidents of one chunk: 32,768 numbers that follow one another.
///
/// In memory it is a bit for each; on disk that too, or a sorted list of two bytes for each member where that is
/// shorter (the idea of Roaring bitmaps, https://arxiv.org/abs/1402.6407).
struct IDSet {
    static let chunkBits: Int64 = 15
    static let size = 1 << 15
    /// The bits in 64s; the first is the lowest number of the first.
    private(set) var words: [UInt64]

    private static let wordCount = size / 64
    /// So many members make the list as long as the bits.
    private static let listLimit = size / 16

    init() { words = Array(repeating: 0, count: Self.wordCount) }

    static func chunk(of incident: Int64) -> Int64 { incident >> chunkBits }
    static func offset(of incident: Int64) -> Int { Int(incident & Int64(size - 1)) }

    /// All below `end`, which is 0 to `size`.
    init(below end: Int) {
        self.init()
        for word in 0..<end / 64 { words[word] = .max }
        if end % 64 > 0 { words[end / 64] = (1 << UInt64(end % 64)) - 1 }
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func insert(_ offset: Int) { words[offset >> 6] |= 1 << UInt64(offset & 63) }

    mutating func formIntersection(_ other: IDSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    /// Keeps of the 64 from `word` on those in `mask`.
    mutating func restrict(_ word: Int, to mask: UInt64) { words[word] &= mask }

    /// The members of the 64 from `word` on, the highest first.
    func members(in word: Int) -> [Int] {
        var (rest, found) = (words[word], [Int]())
        while rest != 0 {
            let bit = 63 - rest.leadingZeroBitCount
            found.append(word * 64 + bit)
            rest &= ~(1 << UInt64(bit))
        }
        return found
    }

    /// Adds what was encoded.
    mutating func formUnion(encoded bytes: [UInt8]) {
        if bytes.count == Self.size / 8 {
            for index in bytes.indices where bytes[index] != 0 {
                words[index >> 3] |= UInt64(bytes[index]) << UInt64((index & 7) * 8)
            }
        } else {
            for index in stride(from: 0, to: bytes.count - 1, by: 2) {
                let offset = Int(bytes[index]) | Int(bytes[index + 1]) << 8
                if offset < Self.size { insert(offset) }
            }
        }
    }

    var encoded: [UInt8] {
        let count = words.reduce(0) { $0 + $1.nonzeroBitCount }
        guard count < Self.listLimit else {
            return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 2)
        for word in words.indices where words[word] != 0 {
            for offset in members(in: word).reversed() {
                bytes.append(UInt8(offset & 255))
                bytes.append(UInt8(offset >> 8))
            }
        }
        return bytes
    }

    /// `bytes` with members added that are all above those in it, without taking a list apart.
    static func appending(_ offsets: [Int], to bytes: [UInt8]) -> [UInt8] {
        if bytes.count / 2 + offsets.count < listLimit {
            let last = bytes.count < 2 ? -1 : Int(bytes[bytes.count - 2]) | Int(bytes[bytes.count - 1]) << 8
            if let first = offsets.first, first > last {
                return bytes + offsets.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            }
        }
        var set = IDSet()
        set.formUnion(encoded: bytes)
        for offset in offsets { set.insert(offset) }
        return set.encoded
    }
}
