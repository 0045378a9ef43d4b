/// The remembered samples of one metric, for every machine of a source: rings of one capacity, side by side.
///
/// A ring holds what came before the sample that is judged: N - 1 samples for a window of N.
struct SeriesRings: Sendable {
    private(set) var capacity: Int
    /// What the windows that count samples need; rings that serve windows by duration grow beyond it.
    private let smallestCapacity: Int
    /// The longest duration window to serve, in milliseconds; 0 when windows count samples only.
    let longestDuration: Int64
    /// The longest time between two samples that a window bridges, in milliseconds.
    let maxGap: Int64

    private var values: [Double] = []
    private var times: [Int64] = []
    private var cursors: [Cursor] = []
    /// When each series' unbroken run of samples began; empty when no window is by duration.
    private var runStarts: [Int64] = []

    private struct Cursor {
        /// Where the next sample goes.
        var head: Int32 = 0
        var count: Int32 = 0
    }

    /// The most samples that a window by duration keeps for one series; beyond, the oldest go first.
    static let capacityLimit = 65_536

    /// The most samples that are remembered of all machines: those beyond are not watched, and a window by duration is
    /// cut where it would take more.
    private let sampleLimit: Int

    init(spans: [WindowSpan], maxGap: Duration, sampleLimit: Int = ObservedSource.defaultSampleLimit) {
        self.sampleLimit = sampleLimit
        self.maxGap = maxGap.wholeMilliseconds
        (capacity, longestDuration) = Self.reach(of: spans)
        smallestCapacity = capacity
    }

    /// How many samples and how many milliseconds windows reach back.
    private static func reach(of spans: [WindowSpan]) -> (samples: Int, milliseconds: Int64) {
        var samples = 2
        var duration: Int64 = 0
        for span in spans {
            switch span {
            case .samples(let count): samples = max(samples, count)
            case .duration(let length): duration = max(duration, length.wholeMilliseconds)
            }
        }
        return (samples - 1, duration)
    }

    /// How many machines there is room for.
    var machineLimit: Int { sampleLimit / capacity }

    /// How many remembered samples of `slot` a window with a sample at `time` may reach back to; nil when that
    /// sample is not newer than the last one.
    @inline(__always)
    func run(of slot: Int, before time: Int64) -> Int? {
        guard slot < cursors.count, cursors[slot].count > 0 else { return 0 }
        let last = times[slot * capacity + place(slot, back: 1)]
        guard time > last else { return nil }
        return time - last <= maxGap ? Int(cursors[slot].count) : 0
    }

    /// How many of the `run` remembered samples of `slot` belong to the window that ends with a sample at
    /// `time`; nil while the window is not full.
    @inline(__always)
    func reach(_ window: Window, of slot: Int, run: Int, at time: Int64) -> Int? {
        switch window {
        case .samples(let count):
            return run >= count - 1 ? count - 1 : nil
        case .milliseconds(let length):
            let start = time - length
            guard run > 0, runStarts[slot] <= start else { return nil }
            var reach = 0
            while reach < run, times[slot * capacity + place(slot, back: reach + 1)] > start { reach += 1 }
            return reach
        }
    }

    /// The aggregate of the last `reach` samples of `slot` and then `value`.
    @inline(__always)
    func aggregate(_ fold: Aggregate.Fold, of slot: Int, reach: Int, adding value: Double) -> Double {
        var partial = fold.identity
        if reach > 0 {
            var index = place(slot, back: reach)
            for _ in 0..<reach {
                partial = fold.fold(partial, values[slot * capacity + index])
                index = index + 1 == capacity ? 0 : index + 1
            }
        }
        return fold.finish(fold.fold(partial, value), count: reach + 1)
    }

    /// The aggregate of a rule, whose `fold` was looked up before; nil when the samples do not give one.
    @inline(__always)
    func aggregate(
        of rule: Rule, _ fold: Aggregate.Fold?, _ slot: Int, reach: Int, adding value: Double, at time: Int64,
        _ scratch: inout WindowSamples
    ) -> Double? {
        if let fold { return aggregate(fold, of: slot, reach: reach, adding: value) }
        collect(into: &scratch, of: slot, reach: reach, adding: value, at: time)
        return scratch.aggregate(rule.aggregate, within: rule.within, rule.threshold.side)
    }

    /// Puts the last `reach` samples of `slot` into `samples`, and then the one at `time`.
    @inline(never)
    func collect(
        into samples: inout WindowSamples, of slot: Int, reach: Int, adding value: Double, at time: Int64
    ) {
        samples.values.removeAll(keepingCapacity: true)
        samples.times.removeAll(keepingCapacity: true)
        for back in (0..<reach).reversed() {
            let index = slot * capacity + place(slot, back: back + 1)
            samples.values.append(values[index])
            samples.times.append(times[index])
        }
        samples.values.append(value)
        samples.times.append(time)
    }

    /// The last `reach` samples of `slot`, oldest first.
    func samples(of slot: Int, reach: Int) -> [Sample] {
        (0..<reach).reversed().map { back in
            let index = slot * capacity + place(slot, back: back + 1)
            return Sample(at: Timestamp(milliseconds: times[index]), value: values[index])
        }
    }

    /// Remembers a sample, unless it is not newer than the last one.
    @inline(__always)
    mutating func push(_ value: Double, at time: Int64, to slot: Int) {
        if slot >= cursors.count { makeRoom(for: slot + 1) }
        guard slot < cursors.count, let run = run(of: slot, before: time) else { return }
        if longestDuration > 0 {
            if run == 0 { runStarts[slot] = time }
            if run == capacity, needsOldest(of: slot, at: time) { grow() }
        }
        let head = Int(cursors[slot].head)
        values[slot * capacity + head] = value
        times[slot * capacity + head] = time
        cursors[slot] = Cursor(
            head: Int32(head + 1 == capacity ? 0 : head + 1), count: Int32(min(run + 1, capacity)))
    }

    mutating func forget(_ slot: Int) {
        if slot < cursors.count { cursors[slot].count = 0 }
    }

    /// The index in a slot's ring of its sample that came `back` samples ago; 1 is the last.
    @inline(__always)
    private func place(_ slot: Int, back: Int) -> Int {
        let index = Int(cursors[slot].head) - back
        return index < 0 ? index + capacity : index
    }

    /// Has rings for at least `slots` slots; a quarter more than before, so that few arrivals cost a copy.
    mutating func makeRoom(for slots: Int) {
        guard slots > cursors.count, cursors.count < machineLimit else { return }
        let added = min(max(slots, cursors.count + cursors.count / 4), machineLimit) - cursors.count
        values.append(contentsOf: repeatElement(0, count: added * capacity))
        times.append(contentsOf: repeatElement(0, count: added * capacity))
        cursors.append(contentsOf: repeatElement(Cursor(), count: added))
        if longestDuration > 0 { runStarts.append(contentsOf: repeatElement(0, count: added)) }
    }

    /// Whether a window by duration that ends at `time` still reaches to the oldest sample of a full ring.
    private func needsOldest(of slot: Int, at time: Int64) -> Bool {
        let hasRoom = cursors.count * grownCapacity <= sampleLimit
        guard capacity < Self.capacityLimit, hasRoom else { return false }
        return times[slot * capacity + place(slot, back: capacity)] > time - longestDuration
    }

    private var grownCapacity: Int { min(max(capacity * 2, 16), Self.capacityLimit) }

    private mutating func grow() { self = copied(to: self, of: grownCapacity) }

    /// `empty`, with the newest samples of these rings for which a `capacity` leaves room.
    private func copied(to empty: SeriesRings, of capacity: Int) -> SeriesRings {
        var copy = empty
        copy.capacity = capacity
        copy.cursors = cursors
        copy.runStarts = runStarts
        copy.values = Array(repeating: 0, count: cursors.count * capacity)
        copy.times = Array(repeating: 0, count: cursors.count * capacity)
        for slot in cursors.indices {
            let count = min(Int(cursors[slot].count), capacity)
            for index in 0..<count {
                let from = slot * self.capacity + place(slot, back: count - index)
                copy.values[slot * capacity + index] = values[from]
                copy.times[slot * capacity + index] = times[from]
            }
            copy.cursors[slot] = Cursor(head: Int32(count == capacity ? 0 : count), count: Int32(count))
        }
        return copy
    }

    /// What these rings, which are new and empty, would hold had the samples of `former` come to them; nil when that
    /// has forgotten some that they need.
    func filled(from former: SeriesRings) -> SeriesRings? {
        guard maxGap == former.maxGap, sampleLimit == former.sampleLimit,
            longestDuration == former.longestDuration, smallestCapacity <= former.smallestCapacity
        else { return nil }
        if smallestCapacity == former.smallestCapacity { return former }
        return longestDuration > 0 ? nil : former.copied(to: self, of: capacity)
    }
}

extension SeriesRings {
    /// A window as it is measured: a `WindowSpan` whose duration was worked out before the loop.
    enum Window {
        case samples(Int)
        case milliseconds(Int64)

        init(_ span: WindowSpan) {
            switch span {
            case .samples(let count): self = .samples(count)
            case .duration(let length): self = .milliseconds(length.wholeMilliseconds)
            }
        }
    }
}
