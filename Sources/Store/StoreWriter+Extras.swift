import Rules

extension StoreWriter {
    /// Writes letters that no event brought, within the transaction of a commit.
    func insert(_ extras: [Extra]) throws(StoreError) -> [Int64] {
        var numbers = try Numbering(in: db)
        let time = now()
        var ids: [Int64] = []
        for extra in extras {
            let id = numbers.takeDelivery()
            ids.append(id)
            let sequence = try numbers.takeSequence(of: extra.letter.webhook, in: db)
            try insert(extra, id, sequence, at: time)
        }
        // Before what is noted of the webhooks: a webhook has no row until it was told of something.
        try numbers.save(in: db)
        for (extra, id) in zip(extras, ids) {
            if let last = extra.digestsUpTo { try digest(extra, id, upTo: last, at: time) }
            if let original = extra.inPlaceOf {
                try db.run(
                    "UPDATE delivery SET fallback_by = ? WHERE id = ?", .integer(id), .integer(original))
            }
        }
        return ids
    }

    /// Writes drills and remembers that they were made; one that still waits from before is not sent any more.
    func insert(drills: [Extra], at time: Timestamp) throws(StoreError) {
        for (drill, id) in zip(drills, try insert(drills)) {
            let webhook = SQLValue.text(drill.letter.webhook)
            try db.run(
                """
                UPDATE delivery SET state = 'superseded', superseded_by = ?, ended_at = ?
                WHERE webhook = ? AND state = 'pending' AND kind = ? AND id < ?
                """, .integer(id), .time(time), webhook, .text(drill.kind), .integer(id))
            try db.run(
                "UPDATE webhook SET drilled_at = ?, drill_since = coalesce(drill_since, ?) WHERE name = ?",
                .time(time), .time(time), webhook)
        }
    }

    private func insert(
        _ extra: Extra, _ id: Int64, _ sequence: Int64, at time: Timestamp
    ) throws(StoreError) {
        try db.run(
            """
            INSERT INTO delivery (id, webhook, sequence, kind, event, incident, state, attempts, created_at,
                due_at, body) VALUES (?, ?, ?, ?, (SELECT event FROM delivery WHERE id = ?),
                (SELECT incident FROM delivery WHERE id = ?), 'pending', 0, ?, ?, ?)
            """, .integer(id), .text(extra.letter.webhook), .integer(sequence), .text(extra.kind),
            extra.inPlaceOf.map { .integer($0) } ?? .null, extra.inPlaceOf.map { .integer($0) } ?? .null,
            .time(time), .time(time), .blob(extra.letter.body))
    }

    /// Has a digest stand for what was held for it, and remembers the storm, so that a restart goes on with it.
    private func digest(
        _ extra: Extra, _ id: Int64, upTo last: Int64, at time: Timestamp
    ) throws(StoreError) {
        let webhook = SQLValue.text(extra.letter.webhook)
        if extra.isLast {
            return try db.run(
                "UPDATE webhook SET storm_first = NULL, storm_since = NULL, digested_at = NULL WHERE name = ?",
                webhook)
        }
        try db.run(
            """
            UPDATE webhook SET storm_first = coalesce(storm_first, d.id),
                storm_since = coalesce(storm_since, d.created_at), digested_at = ?
            FROM (SELECT id, created_at FROM delivery WHERE webhook = ? AND state = 'held' ORDER BY id LIMIT 1) d
            WHERE name = ?
            """, .time(time), webhook, webhook)
        try db.run(
            """
            UPDATE delivery SET state = 'superseded', superseded_by = ?, ended_at = ?
            WHERE webhook = ? AND state = 'held' AND id <= ?
            """, .integer(id), .time(time), webhook, .integer(last))
    }
}
