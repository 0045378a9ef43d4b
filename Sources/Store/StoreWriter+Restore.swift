public import Rules

/// What is remembered of a source, read back from what is stored.
extension StoreWriter {
    /// How many blocks of stored samples are read at once: some milliseconds' worth.
    public static let blocksAtOnce = 200

    /// Everything that `ruleset` needs to go on judging `source` as if nothing had been interrupted: its
    /// machines, their windows and their open incidents.
    ///
    /// Of what `former`, its table under other rules, remembers nothing is read again, nor of what is in `backfill`.
    public func table(
        of source: ObservedSource, by ruleset: Ruleset, after former: SeriesTable? = nil,
        backfill: Backfill? = nil
    ) throws(StoreError) -> SeriesTable {
        var (table, gaps) = try incompleteTable(of: source, by: ruleset, after: former, backfill: backfill)
        if !gaps.metrics.isEmpty { try restoreSamples(gaps.metrics, into: &table) }
        if gaps.absences { try restoreAbsences(of: source, into: &table) }
        return table
    }

    /// The same but for what has to be read from stored samples, and what that is.
    public func incompleteTable(
        of source: ObservedSource, by ruleset: Ruleset, after former: SeriesTable?, backfill: Backfill? = nil
    ) throws(StoreError) -> (table: SeriesTable, gaps: SeriesTable.Gaps) {
        let (open, held) = (try openIncidents(of: source.name), try heldIncidents(of: source.name))
        if let former = former ?? backfill?.table {
            return former.edited(source, by: ruleset, open: open, held: held, backfill: backfill)
        }
        let table = SeriesTable(
            of: source, by: ruleset, machines: try machines(of: source), open: open, held: held)
        return (table, table.allGaps)
    }

    private func machines(of source: ObservedSource) throws(StoreError) -> MachineIndex {
        var machines = MachineIndex()
        let members = try db.rows(
            "SELECT name, slot FROM machine WHERE source = ? AND until IS NULL ORDER BY slot",
            [.text(source.name)]
        ) { ($0.text(0) ?? "", Int32(truncatingIfNeeded: $0.integer(1) ?? -1)) }
        for (name, slot) in members { machines.restore(name, in: slot) }
        return machines
    }

    private func restoreSamples(
        _ metrics: Set<String>, into table: inout SeriesTable
    ) throws(StoreError) {
        guard let last = try lastPoll(of: table.source.name) else { return }
        table.remember(pollAt: last)
        var reader = SampleReader(of: table, metrics, lastPoll: last)
        // Piece by piece: the windows of a large source are not to stand in memory twice.
        while let samples = try read(&reader, atLeast: Self.blocksAtOnce) {
            for row in samples { table.remember(row) }
        }
    }

    /// When a source was last polled with an answer; nil when it never was.
    public func lastPoll(of source: String) throws(StoreError) -> Timestamp? {
        try db.integer("SELECT max(at) FROM poll WHERE source = ?", .text(source))
            .map(Timestamp.init(milliseconds:))
    }

    /// The next stored samples of what `reader` reads, whole polls of at least `count` blocks together and no more
    /// polls than that takes; nil after the last poll.
    private func read(_ reader: inout SampleReader, atLeast count: Int) throws(StoreError) -> [StoredSamples]?
    {
        let places = try places(of: reader.source).filter { reader.metrics.contains($0.value.metric) }
        guard let first = places.keys.min(), let last = places.keys.max() else { return nil }
        let next = try db.statement("SELECT min(at) FROM poll WHERE source = ? AND at > ?")
        let blocks = try db.statement("SELECT block, data FROM sample WHERE at = ? AND block BETWEEN ? AND ?")
        var samples: [StoredSamples] = []
        var isEnd = true
        while samples.count < count {
            var time: Timestamp?
            try next.forEach([.text(reader.source), .time(reader.reached)]) { time = $0.time(0) }
            guard let time else { break }
            (reader.reached, isEnd) = (time, false)
            try blocks.forEach([.time(time), .integer(first), .integer(last)]) { row in
                guard let place = places[row.integer(0) ?? 0] else { return }
                samples.append(
                    StoredSamples(
                        metric: place.metric, firstSlot: place.firstSlot, at: time,
                        values: SampleBlock.decode(row.blob(1))))
            }
        }
        return isEnd ? nil : samples
    }

    /// A reader and the next samples that it reads, as `read` has it.
    public func samples(
        by reader: SampleReader, atLeast count: Int
    ) throws(StoreError) -> (samples: [StoredSamples], reader: SampleReader)? {
        var reader = reader
        return try read(&reader, atLeast: count).map { ($0, reader) }
    }

    /// The metric of each block of a source, and the first slot in it.
    private func places(of source: String) throws(StoreError) -> [Int64: (metric: String, firstSlot: Int)] {
        let blocks = try db.rows("SELECT id, metric, number FROM block WHERE source = ?", [.text(source)]) {
            ($0.integer(0) ?? 0, ($0.text(1) ?? "", Int($0.integer(2) ?? 0) * SampleBlock.machines))
        }
        return Dictionary(uniqueKeysWithValues: blocks)
    }

    /// When each machine was last reported, as far as rules ask for it; the last poll alone tells of most.
    private func restoreAbsences(
        of source: ObservedSource, into table: inout SeriesTable
    ) throws(StoreError) {
        guard let reach = table.absenceReach else { return }
        let times = try db.rows(
            "SELECT at FROM poll WHERE source = ? ORDER BY at DESC LIMIT ?",
            [.text(source.name), .integer(Int64(reach))]
        ) { $0.time(0) ?? Timestamp(milliseconds: 0) }
        let numbers = table.number(polls: times.reversed())
        let (places, samples) = (
            try places(of: source.name), try db.statement("SELECT block, data FROM sample WHERE at = ?")
        )
        let since = try tenures(of: source)
        for (time, number) in zip(times, numbers.reversed()) where !table.knowsLastSeen {
            try samples.forEach([.time(time)]) { row in
                guard let (metric, first) = places[row.integer(0) ?? 0] else { return }
                var values = SampleBlock.decode(row.blob(1))
                // A slot may have belonged to another machine before.
                for offset in values.indices where since[first + offset].map({ $0 > time }) ?? true {
                    values[offset] = .nan
                }
                table.see(metric, values, firstSlot: first, in: number, at: time)
            }
        }
    }

    /// Since when each slot belongs to its machine.
    private func tenures(of source: ObservedSource) throws(StoreError) -> [Int: Timestamp] {
        let slots = try db.rows(
            "SELECT slot, since FROM machine WHERE source = ? AND until IS NULL", [.text(source.name)]
        ) { (Int($0.integer(0) ?? -1), $0.time(1) ?? Timestamp(milliseconds: 0)) }
        return Dictionary(slots) { first, _ in first }
    }
}

/// Up to where the stored samples of a source were read.
public struct SampleReader: Sendable {
    let source: String
    let metrics: Set<String>
    var reached: Timestamp

    /// Begins as far before the last poll as the windows of `metrics` in `table` reach.
    public init(of table: SeriesTable, _ metrics: Set<String>, lastPoll: Timestamp) {
        source = table.source.name
        self.metrics = metrics
        let reach = table.horizon(of: metrics) + .milliseconds(1)
        reached = lastPoll.advanced(by: .zero - reach)
    }
}
