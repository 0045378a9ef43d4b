/// One metric of a poll, with the slot that each value belongs to.
struct PollColumn {
    let time: Int64
    private let values: [Double]
    private let slots: [Int32]
    private let first: Int
    private let width: Int

    init(_ number: Int, of poll: Poll, _ placement: Placement) {
        time = poll.at.milliseconds
        values = poll.values
        slots = placement.slots
        first = number
        width = poll.metrics.count
    }

    /// Hands each row that has a slot and a value to `body`.
    @inline(__always)
    func forEachSample(_ body: (_ row: Int, _ slot: Int, _ value: Double) -> Void) {
        let (values, slots) = (values.span, slots.span)
        var place = first
        for row in slots.indices {
            let (slot, value) = (Int(slots[row]), values[place])
            place += width
            if slot >= 0, !value.isNaN { body(row, slot, value) }
        }
    }
}

extension SeriesRings {
    /// Remembers what the column holds.
    mutating func push(_ column: PollColumn) {
        column.forEachSample { _, slot, value in push(value, at: column.time, to: slot) }
    }
}
