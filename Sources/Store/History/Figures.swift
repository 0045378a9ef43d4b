import Rules

/// When incidents opened, were acknowledged and ended, and whose they are: a block of 1,024 in one row, four numbers
/// each, so that a year of them is gone through in the time that SQLite takes to step through a day.
struct Figures {
    static let blockBits: Int64 = 10
    static let size = 1 << 10

    private(set) var words: [Int64]

    /// What one incident has in it.
    struct Entry {
        /// Milliseconds since 1970; the others are `Int64.max` while it has not come to them.
        let opened: Int64
        let resolved: Int64
        let acknowledged: Int64
        /// 0 to 2, in the order of `Severity.allCases`.
        let severity: Int
        /// Numbers of terms.
        let rule: Int
        let machine: Int
    }

    init() { words = [] }

    init(_ bytes: [Int64]) { words = bytes }

    static func block(of incident: Int64) -> Int64 { incident >> blockBits }
    static func offset(of incident: Int64) -> Int { Int(incident & Int64(size - 1)) }

    var count: Int { words.count / 4 }

    /// Nil where there is no incident, or none any more.
    subscript(offset: Int) -> Entry? {
        let start = offset * 4
        guard start + 3 < words.count, words[start] != .min else { return nil }
        let whose = words[start + 3]
        return Entry(
            opened: words[start], resolved: words[start + 1], acknowledged: words[start + 2],
            severity: Int(whose >> 60), rule: Int(whose >> 30 & 0x3fff_ffff),
            machine: Int(whose & 0x3fff_ffff))
    }

    mutating func set(_ offset: Int, to entry: Entry) {
        let start = offset * 4
        while words.count < start + 4 { words.append(.min) }
        words[start] = entry.opened
        words[start + 1] = entry.resolved
        words[start + 2] = entry.acknowledged
        words[start + 3] =
            Int64(entry.severity) << 60 | Int64(entry.rule & 0x3fff_ffff) << 30
            | Int64(entry.machine & 0x3fff_ffff)
    }

    /// Notes what has become of an incident since.
    mutating func move(_ offset: Int, resolved: Int64?, acknowledged: Int64?) {
        let start = offset * 4
        guard start + 3 < words.count, words[start] != .min else { return }
        words[start + 1] = resolved ?? .max
        words[start + 2] = acknowledged ?? .max
    }

    mutating func forget(_ offset: Int) {
        if offset * 4 < words.count { words[offset * 4] = .min }
    }

    /// The first and the last opening, and the last end, which is `Int64.max` while one is open.
    var bounds: (first: Int64, last: Int64, ended: Int64) {
        var bounds = (first: Int64.max, last: Int64.min, ended: Int64.min)
        for start in stride(from: 0, to: words.count, by: 4) where words[start] != .min {
            bounds.first = min(bounds.first, words[start])
            bounds.last = max(bounds.last, words[start])
            bounds.ended = max(bounds.ended, words[start + 1])
        }
        return bounds
    }
}

extension Figures {
    /// The figures of a block; none where there are none yet.
    static func read(_ block: Int64, _ db: Connection) throws(StoreError) -> Figures {
        try db.rows("SELECT data FROM figure WHERE block = ?", [.integer(block)]) {
            Figures($0.integers(0))
        }.first ?? Figures()
    }

    func write(_ block: Int64, _ db: Connection) throws(StoreError) {
        let bounds = bounds
        try db.run(
            """
            INSERT INTO figure (block, opened_first, opened_last, ended_last, data) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (block) DO UPDATE SET opened_first = excluded.opened_first,
                opened_last = excluded.opened_last, ended_last = excluded.ended_last, data = excluded.data
            """, .integer(block), .integer(bounds.first), .integer(bounds.last), .integer(bounds.ended),
            .integers(words))
    }
}
