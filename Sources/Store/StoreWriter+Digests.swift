import Rules

/// What a commit does at one webhook that is told by digests.
struct DigestPlan {
    let policy: DigestPolicy
    let storm: Storm?
    let step: Storm.Step
}

extension StoreWriter {
    /// The storms that last, by webhook.
    public func storms() throws(StoreError) -> [String: Storm] {
        try Storm.all(in: db)
    }

    /// What is to become of the letters of a change at each webhook that is told by digests.
    func plans(
        for change: Change, _ policies: [DigestPolicy], at time: Timestamp
    ) throws(StoreError) -> [String: DigestPlan] {
        let storms = try storms()
        let incoming = change.lettersByWebhook
        var plans: [String: DigestPlan] = [:]
        for policy in policies {
            let (storm, new) = (storms[policy.webhook], incoming[policy.webhook] ?? 0)
            guard new > 0 || storm?.isDue(at: time) == true else { continue }
            let recent = new > policy.over ? new : try new + recentEvents(of: policy, at: time)
            let step = Storm.step(storm, recent: recent, over: policy.over, at: time)
            plans[policy.webhook] = DigestPlan(policy: policy, storm: storm, step: step)
        }
        // What was held for a webhook that wants no digests any more is told as it is.
        let wanted = Set(policies.map(\.webhook))
        for name in storms.keys where !wanted.contains(name) { try releaseHeld(of: name, at: time) }
        return plans
    }

    /// How many events of the last minute there are for a webhook: counted no further than it matters.
    private func recentEvents(of policy: DigestPolicy, at time: Timestamp) throws(StoreError) -> Int {
        let start = time.advanced(by: .zero - Storm.interval)
        return try db.rows(
            """
            SELECT created_at FROM delivery WHERE webhook = ? AND incident IS NOT NULL
            ORDER BY sequence DESC LIMIT ?
            """, [.text(policy.webhook), .integer(Int64(policy.over + 1))]
        ) { $0.time(0) }
        .count { $0.map { $0 > start } ?? false }
    }

    private func releaseHeld(of webhook: String, at time: Timestamp) throws(StoreError) {
        try db.run(
            "UPDATE delivery SET state = 'pending', due_at = ? WHERE webhook = ? AND state = 'held'",
            .time(time), .text(webhook))
        try endStorm(of: webhook)
    }

    private func endStorm(of webhook: String) throws(StoreError) {
        try db.run(
            "UPDATE webhook SET storm_first = NULL, storm_since = NULL, digested_at = NULL WHERE name = ?",
            .text(webhook))
    }

    /// Writes a digest of all that a storm has held back so far; false when there is nothing.
    func writeDigest(_ plan: DigestPlan, at time: Timestamp) throws(StoreError) -> Bool {
        let (name, isLast) = (plan.policy.webhook, plan.step == .end)
        var first = plan.storm?.first
        if first == nil {
            first = try db.integer(
                "SELECT sequence FROM delivery WHERE webhook = ? AND state = 'held' ORDER BY id LIMIT 1",
                .text(name))
        }
        guard let first else { return false }
        let since = plan.storm?.since ?? time
        let digest = try digest(of: name, from: first, since: since, until: time, isLast: isLast)
        let letter = Letter(to: name, body: plan.policy.body(digest))
        guard let id = try insert([Extra(Digest.kind, letter)], holding: []).first else { return false }
        try supersede(by: id, at: name, from: first, at: time)
        guard !isLast else {
            try endStorm(of: name)
            return true
        }
        try db.run(
            "UPDATE webhook SET storm_first = ?, storm_since = ?, digested_at = ? WHERE name = ?",
            .integer(first), .time(since), .time(time), .text(name))
        return true
    }

    /// Has a digest stand for what was held, for the storm's digests that did not arrive yet, and for openings
    /// that wait although their end stands in the digest.
    private func supersede(
        by id: Int64, at webhook: String, from first: Int64, at time: Timestamp
    ) throws(StoreError) {
        let overtaken = try db.rows(
            """
            SELECT id FROM delivery WHERE webhook = ? AND state = 'pending' AND kind = ? AND sequence >= ? AND id < ?
            """, [.text(webhook), .text(Digest.kind), .integer(first), .integer(id)]
        ) { $0.integer(0) ?? 0 }
        for earlier in overtaken {
            try db.run(
                "UPDATE delivery SET superseded_by = ? WHERE superseded_by = ? AND state = 'superseded'",
                .integer(id), .integer(earlier))
            try db.run(
                "UPDATE delivery SET state = 'superseded', superseded_by = ?, ended_at = ? WHERE id = ?",
                .integer(id), .time(time), .integer(earlier))
        }
        let superseding = "UPDATE delivery SET state = 'superseded', superseded_by = ?, ended_at = ?"
        try db.run(
            "\(superseding) WHERE webhook = ? AND state = 'held'", .integer(id), .time(time), .text(webhook))
        let ended = try db.rows(
            """
            SELECT incident FROM delivery WHERE superseded_by = ? AND state = 'superseded' AND kind = ?
            """, [.integer(id), .text(Event.Kind.resolved.rawValue)]
        ) { $0.integer(0) ?? 0 }
        for incident in ended {
            try db.run(
                "\(superseding) WHERE incident = ? AND webhook = ? AND state = 'pending'", .integer(id),
                .time(time), .integer(incident), .text(webhook))
        }
    }
}

extension Storm {
    static func all(in db: Connection) throws(StoreError) -> [String: Storm] {
        let rows = try db.rows(
            "SELECT name, storm_since, storm_first, digested_at FROM webhook WHERE storm_since IS NOT NULL"
        ) { row -> (String, Storm)? in
            guard let name = row.text(0), let since = row.time(1) else { return nil }
            let storm = Storm(since: since, first: row.integer(2) ?? 0, digestedAt: row.time(3) ?? since)
            return (name, storm)
        }
        return Dictionary(rows.compactMap { $0 }) { first, _ in first }
    }
}

extension Change {
    /// How many letters about incidents there are for each webhook.
    fileprivate var lettersByWebhook: [String: Int] {
        var counts: [String: Int] = [:]
        for notice in notices { for letter in notice.letters { counts[letter.webhook, default: 0] += 1 } }
        for entry in late { for letter in entry.letters { counts[letter.webhook, default: 0] += 1 } }
        for extra in extras where extra.inPlaceOf != nil { counts[extra.letter.webhook, default: 0] += 1 }
        return counts
    }
}
