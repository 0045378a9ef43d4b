public import Rules

extension StoreWriter {
    /// The key that signs links of messages: `new`, if the database has none yet, and the same ever after.
    public func actionKey(orNew new: String) throws(StoreError) -> String {
        try db.run("UPDATE instance SET action_key = ? WHERE action_key IS NULL", .text(new))
        return try db.rows("SELECT action_key FROM instance") { $0.text(0) }.first.flatMap { $0 } ?? new
    }

    /// Whether a link was used; `action` is the digest of its token.
    public func isUsed(action: String) throws(StoreError) -> Bool {
        try db.integer("SELECT 1 FROM used_action WHERE digest = ?", .text(action)) != nil
    }

    /// Remembers that a link was used, until it would have expired in any case.
    public func use(action: String, until: Timestamp, at time: Timestamp) throws(StoreError) {
        try db.transaction { () throws(StoreError) in
            try db.run("DELETE FROM used_action WHERE expires_at <= ?", .time(time))
            try db.run(
                "INSERT INTO used_action (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                .text(action), .time(until))
        }
    }
}

extension StoreReader {
    /// The key that signs links of messages; nil before there was one.
    public func actionKey() throws(StoreError) -> String? {
        try read { (db) throws(StoreError) in
            try db.rows("SELECT action_key FROM instance") { $0.text(0) }.first.flatMap { $0 }
        }
    }

    public func isUsed(action: String) throws(StoreError) -> Bool {
        try read { (db) throws(StoreError) in
            try db.integer("SELECT 1 FROM used_action WHERE digest = ?", .text(action)) != nil
        }
    }
}
