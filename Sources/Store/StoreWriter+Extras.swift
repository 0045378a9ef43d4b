import Rules

extension StoreWriter {
    /// Writes letters that no event brought, within the transaction of a commit; gives their numbers.
    ///
    /// Those about incidents are held back for a digest at the webhooks in `held`.
    func insert(_ extras: [Extra], holding held: Set<String>) throws(StoreError) -> [Int64] {
        var numbers = try Numbering(in: db)
        let time = now()
        var ids: [Int64] = []
        for extra in extras {
            let known = try extra.inPlaceOf.map { (original) throws(StoreError) in
                try delivery(ofTheEventOf: original, to: extra.letter.webhook)
            }
            let id = (known ?? nil) ?? numbers.takeDelivery()
            if let original = extra.inPlaceOf {
                try db.run(
                    "UPDATE delivery SET fallback_by = ? WHERE id = ?", .integer(id), .integer(original))
            }
            // It is told there already: for itself, or in place of a third webhook.
            if known ?? nil != nil {
                ids.append(0)
                continue
            }
            ids.append(id)
            let sequence = try numbers.takeSequence(of: extra.letter.webhook, in: db)
            let isHeld = extra.inPlaceOf != nil && held.contains(extra.letter.webhook)
            try insert(extra, id, sequence, isHeld ? .held : .pending, at: time)
        }
        try numbers.save(in: db)
        return ids
    }

    private func delivery(
        ofTheEventOf original: Int64, to webhook: String
    ) throws(StoreError) -> Int64? {
        try db.integer(
            """
            SELECT f.id FROM delivery o JOIN delivery f ON f.incident = o.incident AND f.webhook = ?
                AND f.event = o.event
            WHERE o.id = ?
            """, .text(webhook), .integer(original))
    }

    /// Writes drills and remembers that they were made; one that still waits from before is not sent any more.
    func insert(drills: [Extra], at time: Timestamp) throws(StoreError) {
        for (drill, id) in zip(drills, try insert(drills, holding: [])) {
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
        _ extra: Extra, _ id: Int64, _ sequence: Int64, _ state: Delivery.State, at time: Timestamp
    ) throws(StoreError) {
        let original = extra.inPlaceOf.map { SQLValue.integer($0) } ?? .null
        try db.run(
            """
            INSERT INTO delivery (id, webhook, sequence, kind, event, incident, state, attempts, created_at,
                due_at, body) VALUES (?, ?, ?, ?, (SELECT event FROM delivery WHERE id = ?),
                (SELECT incident FROM delivery WHERE id = ?), ?, 0, ?, ?, ?)
            """, .integer(id), .text(extra.letter.webhook), .integer(sequence), .text(extra.kind), original,
            original, .text(state.rawValue), .time(time), .time(time), .blob(extra.letter.body))
    }
}
