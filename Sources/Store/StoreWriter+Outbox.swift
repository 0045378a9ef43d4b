public import Rules

extension StoreWriter {
    /// The pending deliveries to `webhook` that are due, oldest first: of each incident at most the first, so
    /// that its events arrive in order. Those whose ids are in `held` are left out.
    public func due(
        for webhook: String, at time: Timestamp, holding held: Set<Int64>, limit: Int
    ) throws(StoreError) -> [Delivery] {
        let found = try db.rows(
            """
            SELECT \(DeliveryRow.columns) FROM delivery d
            WHERE webhook = ? AND state = 'pending' AND due_at <= ? AND \(Self.isFirst)
            ORDER BY due_at, id LIMIT ?
            """, [.text(webhook), .time(time), .integer(Int64(limit + held.count))]
        ) { [instance] row throws(StoreError) in try DeliveryRow.read(row, instance) }
        return Array(found.filter { !held.contains($0.id) }.prefix(limit))
    }

    /// When the next pending delivery to `webhook` is due, those in `held` and those of incidents with an
    /// earlier one aside; nil when there is none.
    public func nextDue(for webhook: String, holding held: Set<Int64>) throws(StoreError) -> Timestamp? {
        try db.rows(
            """
            SELECT d.id, d.due_at FROM delivery d WHERE webhook = ? AND state = 'pending'
                AND \(Self.isFirst)
            ORDER BY due_at, id LIMIT ?
            """, [.text(webhook), .integer(Int64(held.count + 1))]
        ) { ($0.integer(0) ?? 0, $0.time(1)) }
        .first { !held.contains($0.0) }?.1
    }

    /// Whether nothing that its incident's receiver is to be told before it waits: an event, or a digest that tells
    /// of one.
    private static let isFirst = """
        NOT EXISTS (
            SELECT 1 FROM delivery e WHERE e.webhook = d.webhook AND e.incident = d.incident AND e.id < d.id
            AND (e.state = 'pending' OR e.state = 'superseded' AND EXISTS (
                SELECT 1 FROM delivery g WHERE g.id = e.superseded_by AND g.state = 'pending' AND g.id < d.id)))
        """

    /// Records attempts, what they make of their deliveries and what they tell of the receivers, all in one
    /// transaction.
    public func record(_ findings: [Finding], endpoints: [Endpoint] = []) throws(StoreError) {
        try db.transaction { () throws(StoreError) in
            for finding in findings { try record(finding) }
            for endpoint in endpoints { try save(endpoint) }
        }
    }

    private func record(_ finding: Finding) throws(StoreError) {
        let attempt = finding.attempt
        try db.run(
            """
            INSERT INTO attempt (delivery, number, at, duration_ms, status, error, answer)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .integer(finding.delivery), .integer(Int64(attempt.number)), .time(attempt.at),
            .integer(attempt.duration.wholeMilliseconds), attempt.status.map { .integer(Int64($0)) } ?? .null,
            .text(attempt.error), .blob(attempt.answer))
        var (state, due, ended) = (Delivery.State.pending, SQLValue.null, SQLValue.null)
        switch finding.next {
        case .delivered: (state, ended) = (.delivered, .time(attempt.at.advanced(by: attempt.duration)))
        case .dead: (state, ended) = (.dead, .time(attempt.at.advanced(by: attempt.duration)))
        case .retry(let time): due = .time(time)
        }
        try db.run(
            """
            UPDATE delivery SET state = ?, attempts = ?, due_at = coalesce(?, due_at), ended_at = ?,
                first_attempt_at = coalesce(first_attempt_at, ?)
            WHERE id = ? AND (state = 'pending' OR state = 'superseded' AND ? = 'delivered')
            """, .text(state.rawValue), .integer(Int64(attempt.number)), due, ended, .time(attempt.at),
            .integer(finding.delivery), .text(state.rawValue))
    }

    /// Makes every pending delivery to `webhook` due at once: its receiver answers again.
    public func releaseBacklog(of webhook: String, at time: Timestamp) throws(StoreError) {
        try db.run(
            "UPDATE delivery SET due_at = ? WHERE webhook = ? AND state = 'pending' AND due_at > ?",
            .time(time), .text(webhook), .time(time))
    }

    /// The longest that a delivery waits for its next attempt: the longest `Retry-After` that is honoured.
    private static let longestWait = Duration.seconds(86_400)

    /// Moves what waits for its next attempt by as much as the wall clock was set, so that it waits as long as it
    /// was meant to; what was not tried yet is due by `time`.
    ///
    /// Also with a `jump` of zero, at a start: nothing then waits for a clock that ran ahead to be caught up with.
    public func clockWasSet(by jump: Duration, at time: Timestamp) throws(StoreError) {
        let latest = SQLValue.time(time.advanced(by: Self.longestWait))
        if jump == .zero {
            let early = try db.rows(
                """
                SELECT 1 FROM delivery WHERE state = 'pending' AND due_at > ?
                    AND (first_attempt_at IS NULL OR due_at > ?) LIMIT 1
                """, [.time(time), latest]
            ) { _ in true }
            guard !early.isEmpty else { return }
        }
        let shift = SQLValue.integer(jump.wholeMilliseconds)
        try db.transaction { () throws(StoreError) in
            try db.run(
                """
                UPDATE delivery SET due_at = due_at + ?, first_attempt_at = first_attempt_at + ?
                WHERE state = 'pending' AND first_attempt_at IS NOT NULL
                """, shift, shift)
            try db.run(
                "UPDATE delivery SET due_at = ? WHERE state = 'pending' AND due_at > ?", latest, latest)
            try db.run(
                """
                UPDATE delivery SET due_at = ?
                WHERE state = 'pending' AND due_at > ? AND first_attempt_at IS NULL
                """, .time(time), .time(time))
        }
    }

    /// Remembers that nothing more is sent to `webhook` while its URL has the digest `url`.
    public func disable(
        _ webhook: String, url: String, why: String, at time: Timestamp
    ) throws(StoreError) {
        try db.run(
            """
            INSERT INTO webhook (name, sequence, disabled_at, disabled_url, disabled_why) VALUES (?, 0, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET disabled_at = excluded.disabled_at,
                disabled_url = excluded.disabled_url, disabled_why = excluded.disabled_why
            """, .text(webhook), .time(time), .text(url), .text(why))
    }

    public func enable(_ webhook: String) throws(StoreError) {
        try db.run(
            """
            UPDATE webhook SET disabled_at = NULL, disabled_url = NULL, disabled_why = NULL, failing_since = NULL,
                failing_ms = 0
            WHERE name = ?
            """, .text(webhook))
    }

    /// When each disabled webhook was disabled, and the digest of the URL it had then.
    public func disabledWebhooks() throws(StoreError) -> [String: (at: Timestamp, url: String)] {
        let rows = try db.rows(
            "SELECT name, disabled_at, disabled_url FROM webhook WHERE disabled_at IS NOT NULL"
        ) { ($0.text(0) ?? "", (at: $0.time(1) ?? Timestamp(milliseconds: 0), url: $0.text(2) ?? "")) }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// How many deliveries are pending, by webhook.
    public func pending() throws(StoreError) -> [String: Int] {
        let rows = try db.rows(
            "SELECT webhook, count(*) FROM delivery WHERE state = 'pending' GROUP BY webhook"
        ) { ($0.text(0) ?? "", Int($0.integer(1) ?? 0)) }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}

/// How a delivery lies in its table.
enum DeliveryRow {
    static let columns = """
        id, webhook, sequence, incident, event, body, state, attempts, created_at, due_at, ended_at, \
        first_attempt_at, kind, superseded_by, fallback_by
        """

    static func read(_ row: borrowing Row, _ instance: String) throws(StoreError) -> Delivery {
        guard let id = row.integer(0), let state = row.text(6).flatMap(Delivery.State.init),
            let created = row.time(8), let due = row.time(9)
        else {
            throw .failed(code: 0, detail: "delivery \(row.integer(0) ?? -1) holds values of a later version")
        }
        // A database put back from a copy gives its next numbers anew, at another time.
        let messageID = "msg_\(instance)_\(id)_\(String(created.milliseconds, radix: 36))"
        return Delivery(
            id: id, messageID: messageID, webhook: row.text(1) ?? "",
            sequence: row.integer(2) ?? 0, kind: row.text(12) ?? "", incident: row.integer(3),
            event: row.integer(4), body: row.blob(5), state: state, attempts: Int(row.integer(7) ?? 0),
            createdAt: created, firstAttemptAt: row.time(11), dueAt: due, endedAt: row.time(10),
            supersededBy: row.integer(13), fallbackBy: row.integer(14))
    }
}
