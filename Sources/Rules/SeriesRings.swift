/// The remembered samples of one metric, for every machine of a source: rings of one capacity, side by side.
struct SeriesRings: Sendable {
    private(set) var capacity: Int
    /// The longest duration window to serve, in milliseconds; 0 when windows count samples only.
    let longestDuration: Int64
    /// The longest time between two samples that a window bridges, in milliseconds.
    let maxGap: Int64

    private var values: [Double] = []
    private var times: [Int64] = []
    private var heads: [Int32] = []
    private var counts: [Int32] = []
    /// When each series' unbroken run of samples began.
    private var runStarts: [Int64] = []

    /// The most samples that a window by duration keeps for one series; beyond, the oldest go first.
    static let capacityLimit = 65_536

    init(spans: [WindowSpan], maxGap: Duration) {
        var samples = 1
        var duration: Int64 = 0
        for span in spans {
            switch span {
            case .samples(let count): samples = max(samples, count)
            case .duration(let length): duration = max(duration, length.wholeMilliseconds)
            }
        }
        capacity = samples
        longestDuration = duration
        self.maxGap = maxGap.wholeMilliseconds
    }

    var machines: Int { counts.count }

    /// The time of the last sample of `slot`; nil when there is none.
    func lastTime(of slot: Int) -> Int64? {
        guard slot < counts.count, counts[slot] > 0 else { return nil }
        return times[slot * capacity + place(slot, back: 1)]
    }

    /// How many remembered samples of `slot` one window with a sample at `time` may reach back to.
    func run(of slot: Int, before time: Int64) -> Int {
        guard let last = lastTime(of: slot), time - last <= maxGap else { return 0 }
        return Int(counts[slot])
    }

    /// How many remembered samples belong to the window of `span` that ends with a sample at `time`;
    /// nil while the window is not full.
    func reach(_ span: WindowSpan, of slot: Int, at time: Int64) -> Int? {
        let run = run(of: slot, before: time)
        switch span {
        case .samples(let count):
            return run >= count - 1 ? count - 1 : nil
        case .duration(let length):
            let start = time - length.wholeMilliseconds
            guard run > 0, runStarts[slot] <= start else { return nil }
            var reach = 0
            while reach < run, times[slot * capacity + place(slot, back: reach + 1)] > start { reach += 1 }
            return reach
        }
    }

    /// The aggregate of the last `reach` samples of `slot` and then `value`.
    func aggregate(_ aggregate: Aggregate, of slot: Int, reach: Int, adding value: Double) -> Double {
        var partial = aggregate.identity
        if reach > 0 {
            var index = place(slot, back: reach)
            for _ in 0..<reach {
                partial = aggregate.fold(partial, values[slot * capacity + index])
                index = index + 1 == capacity ? 0 : index + 1
            }
        }
        return aggregate.finish(aggregate.fold(partial, value), count: reach + 1)
    }

    /// The last `reach` samples of `slot`, oldest first.
    func samples(of slot: Int, reach: Int) -> [Sample] {
        (0..<reach).reversed().map { back in
            let index = slot * capacity + place(slot, back: back + 1)
            return Sample(at: Timestamp(milliseconds: times[index]), value: values[index])
        }
    }

    /// Remembers a sample; false when it is not newer than the last one, and ignored.
    @discardableResult
    mutating func push(_ value: Double, at time: Int64, to slot: Int) -> Bool {
        if slot >= counts.count { makeRoom(for: slot + 1) }
        if let last = lastTime(of: slot) {
            guard time > last else { return false }
            if time - last > maxGap { counts[slot] = 0 }
        }
        if counts[slot] == 0 { runStarts[slot] = time }
        if counts[slot] == capacity, needsOldest(of: slot, at: time) { grow() }
        let head = Int(heads[slot])
        values[slot * capacity + head] = value
        times[slot * capacity + head] = time
        heads[slot] = Int32(head + 1 == capacity ? 0 : head + 1)
        counts[slot] = min(counts[slot] + 1, Int32(capacity))
        return true
    }

    mutating func forget(_ slot: Int) {
        if slot < counts.count { counts[slot] = 0 }
    }

    /// The index in a slot's ring of its sample that came `back` samples ago; 1 is the last.
    private func place(_ slot: Int, back: Int) -> Int {
        let index = Int(heads[slot]) - back
        return index < 0 ? index + capacity : index
    }

    private mutating func makeRoom(for slots: Int) {
        let added = max(slots, counts.count + counts.count / 4) - counts.count
        values.append(contentsOf: repeatElement(0, count: added * capacity))
        times.append(contentsOf: repeatElement(0, count: added * capacity))
        heads.append(contentsOf: repeatElement(0, count: added))
        counts.append(contentsOf: repeatElement(0, count: added))
        runStarts.append(contentsOf: repeatElement(0, count: added))
    }

    /// Whether a window by duration that ends at `time` still reaches to the oldest sample of a full ring.
    private func needsOldest(of slot: Int, at time: Int64) -> Bool {
        guard longestDuration > 0, capacity < Self.capacityLimit else { return false }
        return times[slot * capacity + place(slot, back: capacity)] > time - longestDuration
    }

    private mutating func grow() {
        var grown = self
        grown.capacity = min(max(capacity * 2, 16), Self.capacityLimit)
        grown.values = Array(repeating: 0, count: counts.count * grown.capacity)
        grown.times = grown.values.map { _ in 0 }
        for slot in counts.indices {
            for (index, sample) in samples(of: slot, reach: Int(counts[slot])).enumerated() {
                grown.values[slot * grown.capacity + index] = sample.value
                grown.times[slot * grown.capacity + index] = sample.at.milliseconds
            }
            grown.heads[slot] = counts[slot]
        }
        self = grown
    }
}
