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
