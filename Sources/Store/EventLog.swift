public import Rules

/// An event as it stands in the log, with its incident as that is now.
public struct LoggedEvent: Sendable {
    public let entry: IncidentRecord.Entry
    public let incident: Incident
}

extension StoreReader {
    /// The events after number `last`, oldest first.
    ///
    /// Numbers follow one another in the order of the commits, so that none can appear below one that was read.
    public func events(after last: Int64, limit: Int) throws(StoreError) -> [LoggedEvent] {
        try snapshot { (db) throws(StoreError) in
            let found = try db.rows(
                """
                SELECT id, kind, at, decided_at, committed_at, evidence, note, incident FROM event
                WHERE id > ? ORDER BY id LIMIT ?
                """, [.integer(last), .integer(Int64(limit))]
            ) { (row) in (Self.entry(row), row.integer(7) ?? 0) }
            var events: [LoggedEvent] = []
            for (entry, number) in found {
                let incident = try db.rows(
                    "SELECT \(IncidentRow.columns) FROM incident WHERE id = ?", [.integer(number)],
                    IncidentRow.read
                ).first
                if let incident { events.append(LoggedEvent(entry: entry, incident: incident)) }
            }
            return events
        }
    }

    /// The number of the last event that ever was; 0 before the first.
    public func lastEvent() throws(StoreError) -> Int64 {
        try read { (db) throws(StoreError) in try db.integer("SELECT events FROM instance") ?? 0 }
    }
}
