public import Rules

extension StoreWriter {
    /// Whether a poll of `source` at exactly that time is stored.
    public func hasPoll(of source: String, at time: Timestamp) throws(StoreError) -> Bool {
        try db.integer("SELECT 1 FROM poll WHERE source = ? AND at = ?", .text(source), .time(time)) != nil
    }

    /// Has machines be known since the times that past samples of them begin at, as far as nobody else had their
    /// slots then.
    public func backdate(_ machines: [String: Timestamp], of source: String) throws(StoreError) {
        try db.transaction { () throws(StoreError) in
            for (name, time) in machines {
                try db.run(
                    """
                    UPDATE machine SET since = max(?, coalesce((SELECT max(m.until) FROM machine m
                        WHERE m.source = machine.source AND m.slot = machine.slot AND m.until IS NOT NULL), 0))
                    WHERE source = ? AND name = ? AND until IS NULL AND since > ?
                    """, .time(time), .text(source), .text(name), .time(time))
            }
        }
    }
}
