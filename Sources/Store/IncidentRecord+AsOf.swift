public import Rules

extension IncidentRecord {
    /// The record as it stood at `time`, together with what was committed with an event of that time; the values of
    /// the incident stay those of now. `digests` are the numbers of the deliveries that are digests.
    public func asOf(_ time: Timestamp, digests: Set<Int64>) -> IncidentRecord {
        let events = events.filter { $0.at <= time }
        let committed = Dictionary(events.map { ($0.id, $0.committedAt) }) { first, _ in first }
        let told = deliveries.filter { report in
            let withEvent = report.delivery.event.flatMap { committed[$0] }
            return report.delivery.createdAt <= max(time, withEvent ?? time)
        }
        let numbers = Set(told.map(\.delivery.id))
        return IncidentRecord(
            incident: incident.asOf(time), events: events,
            deliveries: told.map { $0.asOf(time, digests: digests, among: numbers) },
            remarks: remarks.filter { $0.at <= time })
    }
}

extension Incident {
    fileprivate func asOf(_ time: Timestamp) -> Incident {
        var incident = self
        if let end = resolvedAt, end > time { (incident.resolvedAt, incident.resolution) = (nil, nil) }
        if let taken = acknowledgedAt, taken > time {
            (incident.acknowledgedAt, incident.acknowledgedBy) = (nil, nil)
        }
        return incident
    }
}

extension IncidentRecord.Report {
    fileprivate func asOf(
        _ time: Timestamp, digests: Set<Int64>, among numbers: Set<Int64>
    ) -> IncidentRecord.Report {
        let made = attempts.filter { $0.at.advanced(by: $0.duration) <= time }
        let next = attempts.first { $0.at.advanced(by: $0.duration) > time }
        var state = Delivery.State.pending
        var end: Timestamp?
        if let last = made.last, (200..<300).contains(last.status ?? 0) {
            // Also of one that was replayed since, or that another one has overtaken.
            (state, end) = (.delivered, last.at.advanced(by: last.duration))
        } else if let ended = delivery.endedAt, ended <= time {
            (state, end) = (delivery.state, ended)
        } else if made.isEmpty, delivery.state == .held || delivery.supersededBy.map(digests.contains) == true
        {
            state = .held
        }
        return IncidentRecord.Report(
            delivery: delivery.then(
                state, attempts: made.count, dueAt: next?.at ?? delivery.dueAt, endedAt: end,
                supersededBy: state == .superseded ? delivery.supersededBy : nil,
                fallbackBy: delivery.fallbackBy.flatMap { numbers.contains($0) ? $0 : nil }),
            attempts: made)
    }
}

extension Delivery {
    fileprivate func then(
        _ state: State, attempts: Int, dueAt: Timestamp, endedAt: Timestamp?, supersededBy: Int64?,
        fallbackBy: Int64?
    ) -> Delivery {
        Delivery(
            id: id, messageID: messageID, webhook: webhook, sequence: sequence, kind: kind,
            incident: incident,
            event: event, body: body, state: state, attempts: attempts, createdAt: createdAt,
            firstAttemptAt: firstAttemptAt, dueAt: dueAt, endedAt: endedAt, supersededBy: supersededBy,
            fallbackBy: fallbackBy)
    }
}

extension StoreReader {
    /// The last opening or resolve of a rule on a machine by a moment; nil when there was none.
    public func lastChange(
        of rule: String, on place: Place, until time: Timestamp
    ) throws(StoreError) -> Flapping.Change? {
        try read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT e.at, e.is_flapping FROM incident i JOIN event e ON e.incident = i.id
                WHERE i.machine = ? AND +i.source = ? AND +i.rule = ? AND e.kind IN (?, ?) AND e.at <= ?
                ORDER BY i.id DESC, e.id DESC LIMIT 1
                """,
                [
                    .text(place.machine), .text(place.source), .text(rule),
                    .text(Event.Kind.opened.rawValue), .text(Event.Kind.resolved.rawValue), .time(time),
                ]
            ) {
                Flapping.Change(at: $0.time(0) ?? Timestamp(milliseconds: 0), isFlapping: $0.integer(1) == 1)
            }
        }.first
    }

    /// The last attempt that was over by a moment, at the nearest delivery to `webhook` before the one of `sequence`
    /// that was tried by then; nil when none was.
    public func lastAttempt(
        at webhook: String, before sequence: Int64, until time: Timestamp
    ) throws(StoreError) -> Attempt? {
        try read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT a.number, a.at, a.duration_ms, a.status, a.error, a.answer
                FROM delivery d JOIN attempt a ON a.delivery = d.id
                WHERE d.webhook = ? AND d.sequence < ? AND a.at + a.duration_ms <= ?
                ORDER BY d.sequence DESC, a.id DESC LIMIT 1
                """, [.text(webhook), .integer(sequence), .time(time)], Self.attempt)
        }.first
    }
}
