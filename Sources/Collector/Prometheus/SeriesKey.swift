/// The identity of a set of labels, or of a name: 128 bits of a keyed hash, so that a page of a million series
/// keeps no million texts.
///
/// The hash has a new key in each process, so that nobody can choose labels that collide. Keys add up, which
/// makes a set of labels the same in whatever order they come.
struct SeriesKey: Hashable, Comparable, Sendable {
    private(set) var high: UInt64 = 0
    private(set) var low: UInt64 = 0

    init() {}

    /// The key of texts, each from a range of `bytes`.
    init(_ bytes: [UInt8], _ ranges: Range<Int>...) {
        var (one, other) = (Hasher(), Hasher())
        other.combine(UInt8(1))
        for range in ranges {
            // Where one text ends and the next begins is part of what is hashed.
            one.combine(range.count)
            other.combine(range.count)
            unsafe bytes.withUnsafeBytes { buffer in
                let text = unsafe UnsafeRawBufferPointer(rebasing: buffer[range])
                unsafe one.combine(bytes: text)
                unsafe other.combine(bytes: text)
            }
        }
        high = UInt64(bitPattern: Int64(one.finalize()))
        low = UInt64(bitPattern: Int64(other.finalize()))
    }

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes, bytes.indices)
    }

    static func + (left: SeriesKey, right: SeriesKey) -> SeriesKey {
        var sum = left
        sum.high &+= right.high
        sum.low &+= right.low
        return sum
    }

    static func < (left: SeriesKey, right: SeriesKey) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    func hash(into hasher: inout Hasher) { hasher.combine(low) }
}
