public import Rules

extension StoreWriter {
    /// Deletes a slice of what is older than asked; true when there is more.
    ///
    /// A slice ends as soon as it has taken `budget`, so that no poll waits long for the writer.
    public func prune(
        samplesBefore: Timestamp, incidentsBefore: Timestamp, budget: Duration = .milliseconds(20)
    ) throws(StoreError) -> Bool {
        let end = ContinuousClock.now + budget
        return try db.transaction { () throws(StoreError) in
            while ContinuousClock.now < end {
                let more = try prunePoll(before: samplesBefore)
                let others = try pruneIncidents(before: incidentsBefore, samplesBefore: samplesBefore)
                if !more && !others { return false }
            }
            return true
        }
    }

    /// Deletes the oldest poll of a source that has one before `time`.
    private func prunePoll(before time: Timestamp) throws(StoreError) -> Bool {
        let sources = try db.rows("SELECT DISTINCT source FROM block") { $0.text(0) ?? "" }
        for source in sources {
            let oldest = try db.integer(
                "SELECT min(at) FROM poll WHERE source = ? AND at < ?", .text(source), .time(time))
            guard let oldest else { continue }
            try db.run(
                "DELETE FROM sample WHERE at = ? AND block IN (SELECT id FROM block WHERE source = ?)",
                .integer(oldest), .text(source))
            try db.run("DELETE FROM poll WHERE source = ? AND at = ?", .text(source), .integer(oldest))
            return true
        }
        return false
    }

    /// Deletes some resolved incidents with all that belongs to them, and deliveries that belong to none. One
    /// with a pending delivery stays: what is not told is not forgotten; and so does one that a person resolved in a
    /// breach that goes on, which would open anew.
    private func pruneIncidents(
        before time: Timestamp, samplesBefore: Timestamp
    ) throws(StoreError) -> Bool {
        let ids = try db.rows(
            """
            SELECT id FROM incident i WHERE resolved_at IS NOT NULL AND resolved_at < ? AND is_held = 0
                AND is_end_untold = 0 AND NOT EXISTS (
                    SELECT 1 FROM delivery d WHERE d.incident = i.id AND d.state IN ('pending', 'held'))
            ORDER BY resolved_at LIMIT 20
            """, [.time(time)]
        ) { $0.integer(0) ?? 0 }
        for id in ids {
            try db.run(
                "DELETE FROM attempt WHERE delivery IN (SELECT id FROM delivery WHERE incident = ?)",
                .integer(id))
            try db.run("DELETE FROM delivery WHERE incident = ?", .integer(id))
            try db.run("DELETE FROM remark WHERE incident = ?", .integer(id))
            try db.run("DELETE FROM event WHERE incident = ?", .integer(id))
            try db.run("DELETE FROM incident WHERE id = ?", .integer(id))
        }
        if !ids.isEmpty { try unindex(ids) }
        try db.run("DELETE FROM silence WHERE ends_at < ?", .time(time))
        let loose = try db.rows(
            """
            SELECT id FROM delivery WHERE incident IS NULL AND created_at < ? AND state NOT IN ('pending', 'held')
            LIMIT 20
            """, [.time(time)]
        ) { $0.integer(0) ?? 0 }
        for id in loose {
            try db.run("DELETE FROM attempt WHERE delivery = ?", .integer(id))
            try db.run("DELETE FROM delivery WHERE id = ?", .integer(id))
        }
        let machines = try db.rows(
            "SELECT id FROM machine WHERE until IS NOT NULL AND until < ? LIMIT 100", [.time(samplesBefore)]
        ) { $0.integer(0) ?? 0 }
        for id in machines { try db.run("DELETE FROM machine WHERE id = ?", .integer(id)) }
        try pruneLedger(before: time)
        let moreAudit = try pruneAudit(before: time)
        return moreAudit || !ids.isEmpty || !loose.isEmpty || !machines.isEmpty
    }
}
