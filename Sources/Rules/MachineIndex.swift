/// The machines of one source, each in a slot: a small number under which everything about it is kept.
///
/// Names are hashed with Swift's seeded hash, so that a hostile source cannot choose colliding ones.
public struct MachineIndex: Sendable {
    private var arena: [UInt8] = []
    /// Where each slot's name lies in the arena; nil for a slot that is free.
    private var names: [Range<Int>?] = []
    private var free: [Int32] = []
    /// Open addressing with linear probing; -1 marks an empty place. The size is a power of two.
    private var table: [Int32] = Array(repeating: -1, count: 16)

    public init() {}

    /// How many machines have a slot.
    public var count: Int { names.count - free.count }
    /// One more than the highest slot that was ever given out.
    public var slots: Int { names.count }

    public subscript(slot: Int) -> String? {
        guard names.indices.contains(slot), let range = names[slot] else { return nil }
        return String(decoding: arena[range], as: UTF8.self)
    }

    /// The slot of the machine called `list[row]`, trying `guess` first.
    func slot(of row: Int, in list: NameList, guess: Int32) -> Int32? {
        let range = list.range(row)
        if guess >= 0, Int(guess) < names.count, holds(guess, list.bytes, range) { return guess }
        let mask = table.count - 1
        var place = hash(list.bytes, range) & mask
        while table[place] >= 0 {
            if holds(table[place], list.bytes, range) { return table[place] }
            place = (place + 1) & mask
        }
        return nil
    }

    func slot(of name: String) -> Int32? {
        slot(of: 0, in: NameList([name]), guess: -1)
    }

    /// Gives `list[row]`, which must have no slot yet, the first free one.
    mutating func add(_ row: Int, of list: NameList) -> Int32 {
        let slot = free.popLast() ?? Int32(names.count)
        if Int(slot) == names.count { names.append(nil) }
        place(list.bytes[list.range(row)], in: slot)
        return slot
    }

    /// Puts a stored machine back in the slot it had. Each name and each slot may be given once.
    public mutating func restore(_ name: String, in slot: Int32) {
        guard slot >= 0 else { return }
        while names.count <= Int(slot) {
            free.append(Int32(names.count))
            names.append(nil)
        }
        if free.last == slot { free.removeLast() } else { free.removeAll { $0 == slot } }
        place(Array(name.utf8)[...], in: slot)
    }

    /// Forgets the machines of `slots` and makes room for others.
    mutating func release(_ slots: [Int32]) {
        for slot in slots { names[Int(slot)] = nil }
        free.append(contentsOf: slots.reversed())
        var kept = MachineIndex()
        kept.names = Array(repeating: nil, count: names.count)
        kept.free = free
        for (slot, range) in names.enumerated() {
            if let range { kept.place(arena[range], in: Int32(slot)) }
        }
        self = kept
    }

    private mutating func place(_ name: ArraySlice<UInt8>, in slot: Int32) {
        names[Int(slot)] = arena.count..<(arena.count + name.count)
        arena.append(contentsOf: name)
        if names.count * 2 > table.count { rebuild(size: table.count * 2) } else { link(slot) }
    }

    private mutating func rebuild(size: Int) {
        var size = size
        while names.count * 2 > size { size *= 2 }
        table = Array(repeating: -1, count: size)
        for slot in names.indices where names[slot] != nil { link(Int32(slot)) }
    }

    private mutating func link(_ slot: Int32) {
        guard let range = names[Int(slot)] else { return }
        let mask = table.count - 1
        var place = hash(arena, range) & mask
        while table[place] >= 0 { place = (place + 1) & mask }
        table[place] = slot
    }

    private func holds(_ slot: Int32, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard let name = names[Int(slot)], name.count == range.count else { return false }
        let (own, other) = (arena.span.extracting(name), bytes.span.extracting(range))
        for index in own.indices where own[index] != other[index] { return false }
        return true
    }

    private func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var hasher = Hasher()
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: buffer[range]))
        }
        return hasher.finalize()
    }
}
