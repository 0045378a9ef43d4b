import Rules

/// A value that is bound to a parameter.
enum SQLValue {
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case null

    /// A blob of numbers, eight bytes each, in the order of this machine's processor.
    static func integers(_ numbers: [Int64]) -> SQLValue {
        .blob(unsafe numbers.withUnsafeBytes { unsafe Array($0) })
    }

    static func time(_ time: Timestamp) -> SQLValue { .integer(time.milliseconds) }
    static func time(_ time: Timestamp?) -> SQLValue { time.map { .integer($0.milliseconds) } ?? .null }
    static func text(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    static func flag(_ isSet: Bool) -> SQLValue { .integer(isSet ? 1 : 0) }
}

/// The values of parameters as SQLite takes them: texts and blobs lie one after the other in one array, so that a row
/// takes no memory of its own.
struct Bindings {
    /// Of a text or a blob, where it lies in `bytes`.
    enum Slot {
        case integer(Int64)
        case real(Double)
        case text(Range<Int>)
        case blob(Range<Int>)
        case null
    }

    private(set) var slots: [Slot] = []
    /// Never without one: an array of none may have no address, and SQLite takes that for NULL.
    private(set) var bytes: [UInt8] = [0]

    // Inlined, so that a value that is spelled out is never made.
    @inline(__always)
    mutating func append(_ value: SQLValue) {
        switch value {
        case .integer(let number): slots.append(.integer(number))
        case .real(let number): slots.append(.real(number))
        case .null: slots.append(.null)
        case .blob(let blob): slots.append(.blob(place(blob)))
        case .text(let text): append(text: text.utf8)
        }
    }

    /// A text that is UTF-8 already.
    mutating func append(text: some Collection<UInt8>) {
        slots.append(.text(place(text)))
    }

    mutating func removeAll() {
        slots.removeAll(keepingCapacity: true)
        bytes.removeLast(bytes.count - 1)
    }

    private mutating func place(_ new: some Collection<UInt8>) -> Range<Int> {
        let start = bytes.count
        let isPlaced: Void? = new.withContiguousStorageIfAvailable { unsafe bytes.append(contentsOf: $0) }
        if isPlaced == nil { bytes.append(contentsOf: new) }
        return start..<bytes.count
    }
}
