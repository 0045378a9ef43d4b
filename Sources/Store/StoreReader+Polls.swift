public import Rules

extension StoreReader {
    /// Opens a database that some gateway has made, whether or not one runs on it.
    public convenience init(path: String) throws(StoreError) {
        let connection = try Connection(path: path, mode: .readOnly)
        let tables = try connection.integer(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('instance', 'rules_version', 'poll')")
        guard tables == 3 else {
            throw .cannotOpen(path: path, detail: "it is no database of the gateway")
        }
        let instance = try connection.rows("SELECT id FROM instance") { $0.text(0) ?? "" }.first ?? ""
        try self.init(path: path, instance: instance, count: 1)
    }

    /// How many polls of `source` are stored from one moment up to another, and when the first of them was.
    public func polls(
        of source: String, from: Timestamp, to: Timestamp
    ) throws(StoreError) -> (count: Int, first: Timestamp?) {
        try read { (db) throws(StoreError) in
            let rows = try db.rows(
                "SELECT count(*), min(at) FROM poll WHERE source = ? AND at BETWEEN ? AND ?",
                [.text(source), .time(from), .time(to)]
            ) { (Int($0.integer(0) ?? 0), $0.time(1)) }
            return rows.first ?? (0, nil)
        }
    }

    /// Hands the stored polls of `source` to `body`, oldest first, until it gives false; each holds `metrics` of the
    /// machines that reported one of them.
    public func forEachPoll(
        of source: String, metrics: [String], from: Timestamp, to: Timestamp,
        _ body: (Poll) throws(StoreError) -> Bool
    ) throws(StoreError) {
        // A connection of its own: this may take long, and others are not to wait for it.
        let db = try Connection(path: path, mode: .readOnly)
        try db.execute("BEGIN")
        var assembly = try PollAssembly(of: source, metrics: metrics, db)
        var isWanted = true
        // `+` keeps SQLite from another order of the join than that of time.
        try db.statement(
            """
            SELECT p.at, s.block, s.data FROM poll p LEFT JOIN sample s ON s.at = p.at
            WHERE p.source = ? AND p.at BETWEEN ? AND ? ORDER BY p.at, s.block
            """
        ).forEach([.text(source), .time(from), .time(to)]) { (row) throws(StoreError) in
            guard isWanted, let at = row.time(0) else { return }
            if let poll = assembly.poll(before: at) { isWanted = try body(poll) }
            assembly.add(row.blob(2), block: row.integer(1))
        }
        if isWanted, let poll = assembly.poll(before: nil) { _ = try body(poll) }
        try db.execute("COMMIT")
    }
}

/// Puts polls together from stored blocks.
private struct PollAssembly {
    private let source: String
    private let metrics: [String]
    /// The metric's position and the first slot of each block.
    private let places: [Int64: (column: Int, slot: Int)]
    /// Who came to which slot when, and until when; by the moment it came.
    private let members: [(slot: Int, name: String, since: Int64, until: Int64)]
    private var nextMember = 0
    /// Who has which slot at the moment of the poll.
    private var names: [(name: String, until: Int64)] = []
    private var at: Timestamp?
    /// By slot, and in it by metric.
    private var values: [Double] = []
    private var isUsed: [Bool] = []
    /// The machines of the last poll, kept while the same slots are used by the same machines.
    private var last: (used: [Bool], names: NameList)?

    init(of source: String, metrics: [String], _ db: Connection) throws(StoreError) {
        self.source = source
        self.metrics = metrics
        var places: [Int64: (Int, Int)] = [:]
        for (id, metric, number) in try db.rows(
            "SELECT id, metric, number FROM block WHERE source = ?", [.text(source)],
            { ($0.integer(0) ?? 0, $0.text(1) ?? "", Int($0.integer(2) ?? 0)) })
        {
            guard let column = metrics.firstIndex(of: metric) else { continue }
            places[id] = (column, number * SampleBlock.machines)
        }
        self.places = places
        members = try db.rows(
            "SELECT slot, name, since, until FROM machine WHERE source = ? ORDER BY since, id",
            [.text(source)]
        ) { (Int($0.integer(0) ?? 0), $0.text(1) ?? "", $0.integer(2) ?? 0, $0.integer(3) ?? .max) }
    }

    /// The poll that is complete now that one at `time`, or the end, has come; nil while it is not.
    mutating func poll(before time: Timestamp?) -> Poll? {
        defer { at = time }
        guard let at, at != time else { return nil }
        defer { isUsed = Array(repeating: false, count: isUsed.count) }
        return Poll(
            source: source, at: at, metrics: metrics, machines: machines(at: at.milliseconds), values: rows())
    }

    mutating func add(_ block: [UInt8], block number: Int64?) {
        guard let number, let (column, first) = places[number] else { return }
        let decoded = SampleBlock.decode(block)
        makeRoom(for: first + decoded.count)
        for (offset, value) in decoded.enumerated() where !value.isNaN {
            let slot = first + offset
            if !isUsed[slot] {
                isUsed[slot] = true
                for other in 0..<metrics.count { values[slot * metrics.count + other] = .nan }
            }
            values[slot * metrics.count + column] = value
        }
    }

    private mutating func makeRoom(for slots: Int) {
        guard slots > isUsed.count else { return }
        isUsed += Array(repeating: false, count: slots - isUsed.count)
        values += Array(repeating: .nan, count: slots * metrics.count - values.count)
    }

    private func rows() -> [Double] {
        if !isUsed.contains(false) { return values }
        var rows: [Double] = []
        rows.reserveCapacity(values.count)
        for slot in isUsed.indices where isUsed[slot] {
            rows += values[slot * metrics.count..<(slot + 1) * metrics.count]
        }
        return rows
    }

    private mutating func machines(at time: Int64) -> NameList {
        let isChanged = takeMembers(until: time)
        if !isChanged, let last, last.used == isUsed { return last.names }
        var list = NameList()
        for slot in isUsed.indices where isUsed[slot] {
            // Samples whose machine is not known any more are another's: it has none of their name.
            list.append((slot < names.count ? names[slot].name : "").utf8)
        }
        last = (isUsed, list)
        return list
    }

    /// Lets machines come to their slots; whether any did.
    private mutating func takeMembers(until time: Int64) -> Bool {
        let before = nextMember
        while nextMember < members.count, members[nextMember].since <= time {
            let member = members[nextMember]
            while names.count <= member.slot { names.append(("", 0)) }
            names[member.slot] = (member.name, member.until)
            nextMember += 1
        }
        return nextMember > before
    }
}
