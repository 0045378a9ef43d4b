public import Rules

/// How a made silence lies in its table.
enum SilenceRow {
    static let columns = """
        id, rules, machines, severities, sources, labels, starts_at, ends_at, person, reason, created_at
        """

    static let placeholders = columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")

    static func values(
        of silence: Silence, _ number: Int64, from: Timestamp, until: Timestamp, at time: Timestamp
    ) -> [SQLValue] {
        let matcher = silence.matcher
        return [
            .integer(number), list(matcher.rules.map(\.pattern)), list(matcher.machines.map(\.pattern)),
            list(matcher.severities.map(\.rawValue)), list(matcher.sources),
            .text(LabelText.encode(matcher.labels)), .time(from), .time(until), .text(silence.by),
            .text(silence.reason), .time(silence.createdAt ?? time),
        ]
    }

    static func read(_ row: borrowing Row) -> Silence {
        var matcher = Matcher()
        matcher.rules = list(row.text(1)).map(Glob.init)
        matcher.machines = list(row.text(2)).map(Glob.init)
        matcher.severities = list(row.text(3)).compactMap(Severity.init)
        matcher.sources = list(row.text(4))
        matcher.labels = LabelText.decode(row.text(5) ?? "")
        let epoch = Timestamp(milliseconds: 0)
        return Silence(
            .made(row.integer(0) ?? 0), matcher: matcher,
            schedule: .once(from: row.time(6) ?? epoch, until: row.time(7) ?? epoch), by: row.text(8),
            reason: row.text(9), createdAt: row.time(10))
    }

    /// The texts hold no control characters.
    private static func list(_ texts: [String]) -> SQLValue { .text(texts.joined(separator: "\u{1f}")) }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\u{1f}").map(String.init)
    }
}

extension StoreWriter {
    /// Records a silence that a person makes, and gives it with its number; no number is given twice.
    public func insert(_ silence: Silence, audit: AuditEntry? = nil) throws(StoreError) -> Silence {
        guard case .once(let from, let until) = silence.schedule else { return silence }
        return try db.transaction { () throws(StoreError) in
            let number = (try db.integer("SELECT silences FROM instance") ?? 0) + 1
            try db.run("UPDATE instance SET silences = ?", .integer(number))
            try db.statement(
                "INSERT INTO silence (\(SilenceRow.columns)) VALUES (\(SilenceRow.placeholders))"
            ).run(SilenceRow.values(of: silence, number, from: from, until: until, at: now()))
            try insert(audit)
            var numbered = silence
            numbered.origin = .made(number)
            return numbered
        }
    }

    /// The silence of a number; nil when there is none.
    public func silence(_ number: Int64) throws(StoreError) -> Silence? {
        try db.rows(
            "SELECT \(SilenceRow.columns) FROM silence WHERE id = ?", [.integer(number)], SilenceRow.read
        ).first
    }

    /// Has a silence end at `time`, and gives it as it then is.
    public func endSilence(
        _ number: Int64, at time: Timestamp, audit: AuditEntry? = nil
    ) throws(StoreError) -> Silence? {
        try db.transaction { () throws(StoreError) in
            guard try silence(number) != nil else { return nil }
            try db.run(
                "UPDATE silence SET ends_at = ?, starts_at = min(starts_at, ?) WHERE id = ? AND ends_at > ?",
                .time(time), .time(time), .integer(number), .time(time))
            try insert(audit)
            return try silence(number)
        }
    }

    /// The silences that have not ended by `time`.
    public func silences(after time: Timestamp) throws(StoreError) -> [Silence] {
        try db.rows(
            "SELECT \(SilenceRow.columns) FROM silence WHERE ends_at > ? ORDER BY id", [.time(time)],
            SilenceRow.read)
    }
}

extension StoreReader {
    /// The silences that people made, newest first, and whether there are more.
    public func silences(
        before: Int64?, endingAfter: Timestamp?, limit: Int
    ) throws(StoreError) -> (page: [Silence], more: Bool) {
        let found = try read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT \(SilenceRow.columns) FROM silence WHERE id < ? AND ends_at > ? ORDER BY id DESC LIMIT ?
                """,
                [
                    .integer(before ?? .max), .time(endingAfter ?? Timestamp(milliseconds: .min)),
                    .integer(Int64(limit + 1)),
                ], SilenceRow.read)
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }
}
