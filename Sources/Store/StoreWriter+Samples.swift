public import Rules

/// The numbers of a source's blocks: for each metric, by the position of the block.
struct BlockNumbers {
    var metrics: [String: [Int64?]] = [:]
}

extension StoreWriter {
    func insertSamples(of poll: Poll, _ placement: Placement) throws(StoreError) {
        try db.run("INSERT INTO poll (source, at) VALUES (?, ?)", .text(poll.source), .time(poll.at))
        let insert = try db.statement("INSERT INTO sample (at, block, data) VALUES (?, ?, ?)")
        let slots = Int(placement.slots.max() ?? -1) + 1
        for (column, metric) in poll.metrics.enumerated() {
            var values = Array(repeating: Double.nan, count: slots)
            for (row, slot) in placement.slots.enumerated() where slot >= 0 {
                values[Int(slot)] = poll.values[row * poll.metrics.count + column]
            }
            for start in stride(from: 0, to: slots, by: SampleBlock.machines) {
                let block = values[start..<min(start + SampleBlock.machines, slots)]
                guard block.contains(where: { !$0.isNaN }) else { continue }
                let number = try self.block(poll.source, metric, start / SampleBlock.machines)
                try insert.run(.time(poll.at), .integer(number), .blob(SampleBlock.encode(block)))
            }
        }
    }

    private func block(_ source: String, _ metric: String, _ position: Int) throws(StoreError) -> Int64 {
        if let known = blocks[source]?.metrics[metric], position < known.count, let number = known[position] {
            return number
        }
        try db.run(
            "INSERT INTO block (source, metric, number) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            .text(source),
            .text(metric), .integer(Int64(position)))
        let number = try db.integer(
            "SELECT id FROM block WHERE source = ? AND metric = ? AND number = ?", .text(source),
            .text(metric),
            .integer(Int64(position)))
        guard let number else { throw .failed(code: 0, detail: "block \(metric)/\(position) has no number") }
        var known = blocks[source]?.metrics[metric] ?? []
        while known.count <= position { known.append(nil) }
        known[position] = number
        blocks[source, default: BlockNumbers()].metrics[metric] = known
        return number
    }

    /// Everything that `ruleset` needs to go on judging `source` as if nothing had been interrupted: its
    /// machines, their windows and their open incidents.
    ///
    /// Of what `former`, its table under other rules, remembers nothing is read again.
    public func table(
        of source: ObservedSource, by ruleset: Ruleset, after former: SeriesTable? = nil
    ) throws(StoreError) -> SeriesTable {
        let (open, held) = (try openIncidents(of: source.name), try heldIncidents(of: source.name))
        var (table, gaps): (SeriesTable, SeriesTable.Gaps)
        if let former {
            (table, gaps) = former.edited(source, by: ruleset, open: open, held: held)
        } else {
            table = SeriesTable(
                of: source, by: ruleset, machines: try machines(of: source), open: open, held: held)
            gaps = table.allGaps
        }
        if !gaps.metrics.isEmpty { try restoreSamples(of: source, gaps.metrics, into: &table) }
        if gaps.absences { try restoreAbsences(of: source, into: &table) }
        return table
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
        of source: ObservedSource, _ metrics: Set<String>, into table: inout SeriesTable
    ) throws(StoreError) {
        guard let last = try db.integer("SELECT max(at) FROM poll WHERE source = ?", .text(source.name))
        else {
            return
        }
        table.remember(pollAt: Timestamp(milliseconds: last))
        let places = try places(of: source).filter { metrics.contains($0.value.metric) }
        let from = Timestamp(milliseconds: last).advanced(by: .zero - table.horizon(of: metrics))
        // One row at a time: the windows of a large source are not to stand in memory twice.
        try db.statement(
            """
            SELECT s.at, s.block, s.data FROM poll p JOIN sample s ON s.at = p.at
            WHERE p.source = ? AND p.at >= ? ORDER BY s.at, s.block
            """
        ).forEach([.text(source.name), .time(from)]) { row in
            guard let at = row.time(0), let (metric, first) = places[row.integer(1) ?? 0] else { return }
            table.remember(metric, SampleBlock.decode(row.blob(2)), firstSlot: first, at: at)
        }
    }

    /// The metric of each block of a source, and the first slot in it.
    private func places(
        of source: ObservedSource
    ) throws(StoreError) -> [Int64: (metric: String, firstSlot: Int)] {
        let blocks = try db.rows(
            "SELECT id, metric, number FROM block WHERE source = ?", [.text(source.name)]
        ) {
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
            try places(of: source), try db.statement("SELECT block, data FROM sample WHERE at = ?")
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

    /// The incident of a number; nil when there is none.
    public func incident(_ number: Int64) throws(StoreError) -> Incident? {
        try db.rows(
            "SELECT \(IncidentRow.columns) FROM incident WHERE id = ?", [.integer(number)], IncidentRow.read
        ).first
    }

    /// The incidents that were resolved by hand while their rules were in breach, and still are.
    public func heldIncidents(of source: String? = nil) throws(StoreError) -> [Incident] {
        try incidents(where: "is_held = 1", of: source, orderedBy: "source")
    }

    /// The incidents that are open, of one source or of all.
    public func openIncidents(of source: String? = nil) throws(StoreError) -> [Incident] {
        try incidents(where: "resolved_at IS NULL", of: source, orderedBy: "source, machine, rule")
    }

    /// By number. `order` is that of the partial index, which is chosen for it; for the order of numbers all incidents
    /// would be gone through.
    private func incidents(
        where condition: String, of source: String?, orderedBy order: String
    ) throws(StoreError) -> [Incident] {
        let here = source == nil ? "" : "AND source = ?"
        return try db.rows(
            "SELECT \(IncidentRow.columns) FROM incident WHERE \(condition) \(here) ORDER BY \(order)",
            source.map { [.text($0)] } ?? [], IncidentRow.read
        ).sorted { $0.id < $1.id }
    }
}
