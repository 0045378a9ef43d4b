public import Rules

/// All that one step of the gateway changes; it becomes true as a whole or not at all.
public struct Change: Sendable {
    public var samples: (poll: Poll, placement: Placement)?
    public var notices: [Notice] = []
    /// Open incidents whose last value or peak moved.
    public var progress: [Incident] = []
    /// When the events were decided.
    public var decidedAt: Timestamp

    public init(decidedAt: Timestamp) {
        self.decidedAt = decidedAt
    }
}

extension StoreWriter {
    /// Commits samples, incidents and the outbox together: the only way by which an alert comes to be.
    public func commit(_ change: Change) throws(StoreError) {
        do {
            try db.transaction { () throws(StoreError) in
                if let (poll, placement) = change.samples {
                    try insert(placement, of: poll)
                    try insertSamples(of: poll, placement)
                }
                for notice in change.notices { try insert(notice, decidedAt: change.decidedAt) }
                for incident in change.progress { try move(incident) }
            }
        } catch {
            // Blocks that were numbered in the transaction that failed do not exist.
            blocks.removeAll()
            throw error
        }
    }

    private func insert(_ placement: Placement, of poll: Poll) throws(StoreError) {
        for member in placement.forgotten {
            try db.run(
                "UPDATE machine SET until = ? WHERE source = ? AND slot = ? AND until IS NULL",
                .time(poll.at),
                .text(poll.source), .integer(Int64(member.slot)))
        }
        for member in placement.added {
            try db.run(
                "INSERT INTO machine (source, name, slot, since) VALUES (?, ?, ?, ?)", .text(poll.source),
                .text(member.name), .integer(Int64(member.slot)), .time(poll.at))
        }
    }

    private func insert(_ notice: Notice, decidedAt: Timestamp) throws(StoreError) {
        let event = notice.event
        switch event.kind {
        case .opened: try insert(event.incident)
        case .resolved: try end(event.incident)
        case .acknowledged, .reminder: try move(event.incident)
        }
        var evidence = JSONWriter()
        evidence.samples(event.evidence)
        let number = try db.insert(
            "INSERT INTO event (incident, kind, at, decided_at, committed_at, evidence) VALUES (?, ?, ?, ?, ?, ?)",
            .integer(event.incident.id), .text(event.kind.rawValue), .time(event.at), .time(decidedAt),
            .time(now()), .text(String(decoding: evidence.bytes, as: UTF8.self)))
        for letter in notice.letters { try insert(letter, of: event, numbered: number) }
    }

    private func insert(_ letter: Letter, of event: Event, numbered number: Int64) throws(StoreError) {
        try db.run(
            "INSERT INTO webhook (name, sequence) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET sequence = sequence + 1",
            .text(letter.webhook))
        let time = now()
        try db.run(
            """
            INSERT INTO delivery (webhook, sequence, event, incident, body, state, attempts, created_at, due_at)
            SELECT name, sequence, ?, ?, ?, 'pending', 0, ?, ? FROM webhook WHERE name = ?
            """,
            .integer(number), .integer(event.incident.id), .blob(letter.body), .time(time), .time(time),
            .text(letter.webhook))
    }

    private func insert(_ incident: Incident) throws(StoreError) {
        try db.run(
            "INSERT INTO incident (\(IncidentRow.columns)) VALUES (\(IncidentRow.placeholders))",
            values: IncidentRow.values(of: incident))
    }

    private func end(_ incident: Incident) throws(StoreError) {
        try db.run(
            "UPDATE incident SET resolved_at = ?, resolution = ?, peak = ?, last_value = ? WHERE id = ?",
            .time(incident.resolvedAt), .text(incident.resolution?.rawValue), .real(incident.peak),
            .real(incident.lastValue), .integer(incident.id))
    }

    private func move(_ incident: Incident) throws(StoreError) {
        try db.run(
            "UPDATE incident SET peak = ?, last_value = ? WHERE id = ?", .real(incident.peak),
            .real(incident.lastValue), .integer(incident.id))
    }
}
