import Rules

/// The index by which incidents are found.
///
/// It is written behind the commits, many incidents at a time: a storm then costs its commit nothing, and a list of
/// which a page is kept is rewritten once for a thousand members. What is not in it yet is gone through one by one by
/// those who search, so that they miss nothing; three marks say how far it goes.
extension StoreWriter {
    /// How much may wait to be indexed.
    public static let indexBacklog = 512
    private static let batch = 1024

    /// Indexes a batch of what waits, once there are `backlog`; true when there is more.
    public func index(backlog: Int = indexBacklog) throws(StoreError) -> Bool {
        let marks = try IndexMarks(in: db)
        let waiting = max(marks.incidents - marks.indexedIncident, (marks.events - marks.indexedEvent) / 2)
        let notes = try (db.integer("SELECT max(id) FROM remark") ?? 0) - marks.indexedRemark
        guard waiting >= backlog || notes >= backlog / 2, waiting + notes > 0 else { return false }
        return try db.transaction { () throws(StoreError) in
            var batch = IndexBatch(marks, in: db)
            let opened = try batch.addIncidents(atMost: Self.batch)
            let moved = try batch.addChanges(atMost: Self.batch)
            let noted = try batch.addNotes(atMost: Self.batch)
            try batch.write()
            return opened || moved || noted
        }
    }

    /// Takes incidents that are deleted out of the figures, and drops those parts of the index in which none is left.
    func unindex(_ incidents: [Int64]) throws(StoreError) {
        for (block, ids) in Dictionary(grouping: incidents, by: Figures.block(of:)) {
            var figures = try Figures.read(block, db)
            guard figures.count > 0 else { continue }
            for id in ids { figures.forget(Figures.offset(of: id)) }
            try figures.write(block, db)
        }
        let indexed = try db.integer("SELECT indexed_incident FROM instance") ?? 0
        let first = min(try db.integer("SELECT min(id) FROM incident") ?? .max, indexed)
        try db.run("DELETE FROM figure WHERE block < ?", .integer(Figures.block(of: first)))
        let chunk = IDSet.chunk(of: first)
        let oldest = try db.integer("SELECT min(chunk) FROM posting")
        guard let oldest, oldest < chunk else { return }
        try db.run("DELETE FROM posting WHERE chunk < ?", .integer(chunk))
        try db.run("DELETE FROM term WHERE chunk < ?", .integer(chunk))
    }
}

/// How far the index goes, and what there is.
struct IndexMarks {
    let incidents: Int64
    let events: Int64
    var indexedIncident: Int64
    var indexedEvent: Int64
    var indexedRemark: Int64

    init(in db: Connection) throws(StoreError) {
        let row = try db.rows(
            "SELECT incidents, events, indexed_incident, indexed_event, indexed_remark FROM instance"
        ) { row in (0..<5).map { row.integer($0) ?? 0 } }.first
        let numbers = row ?? [0, 0, 0, 0, 0]
        (incidents, events) = (numbers[0], numbers[1])
        (indexedIncident, indexedEvent, indexedRemark) = (numbers[2], numbers[3], numbers[4])
    }
}

/// What is added to the index in one transaction.
private struct IndexBatch {
    private struct Key: Hashable {
        let chunk: Int64
        let term: String
    }

    private let db: Connection
    private var marks: IndexMarks
    private var postings: [Key: [Int]] = [:]
    private var figures: [Int64: Figures] = [:]

    init(_ marks: IndexMarks, in db: Connection) {
        self.marks = marks
        self.db = db
    }

    /// Incidents with the notes on them; true when there may be more.
    mutating func addIncidents(atMost limit: Int) throws(StoreError) -> Bool {
        let incidents = try db.rows(
            "SELECT \(IncidentRow.columns) FROM incident WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(marks.indexedIncident), .integer(Int64(limit))], IncidentRow.read)
        for incident in incidents {
            var terms = Term.all(of: incident)
            for remark in try StoreReader.remarks(on: incident.id, db) {
                for word in Term.words(of: remark.note ?? "") { terms.insert(Term.word(word)) }
            }
            try add(terms, to: incident.id)
            try setFigures(of: incident)
        }
        marks.indexedIncident = incidents.count < limit ? marks.incidents : incidents.last?.id ?? 0
        return incidents.count == limit
    }

    private mutating func setFigures(of incident: Incident) throws(StoreError) {
        let entry = Figures.Entry(
            opened: incident.openedAt.milliseconds, resolved: incident.resolvedAt?.milliseconds ?? .max,
            acknowledged: incident.acknowledgedAt?.milliseconds ?? .max,
            severity: Severity.allCases.firstIndex(of: incident.severity) ?? 0,
            rule: try number(of: Term.rule(incident.rule)),
            machine: try number(of: Term.machine(incident.machine)))
        let block = Figures.block(of: incident.id)
        try read(block)
        figures[block]?.set(Figures.offset(of: incident.id), to: entry)
    }

    private mutating func read(_ block: Int64) throws(StoreError) {
        if figures[block] == nil { figures[block] = try Figures.read(block, db) }
    }

    private func number(of term: String) throws(StoreError) -> Int {
        Int(try db.integer("SELECT id FROM term WHERE text = ?", .text(term)) ?? 0)
    }

    /// What has become of incidents that are indexed; true when there may be more.
    mutating func addChanges(atMost limit: Int) throws(StoreError) -> Bool {
        let changes = try db.rows(
            """
            SELECT e.id, i.id, i.resolved_at, i.acknowledged_at FROM event e LEFT JOIN incident i ON i.id = e.incident
            WHERE e.id > ? ORDER BY e.id LIMIT ?
            """, [.integer(marks.indexedEvent), .integer(Int64(limit * 2))]
        ) { ($0.integer(0) ?? 0, $0.integer(1), $0.integer(2), $0.integer(3)) }
        for (_, incident, resolved, acknowledged) in changes {
            guard let incident, incident <= marks.indexedIncident else { continue }
            let block = Figures.block(of: incident)
            try read(block)
            figures[block]?.move(
                Figures.offset(of: incident), resolved: resolved, acknowledged: acknowledged)
        }
        marks.indexedEvent = changes.count < limit * 2 ? marks.events : changes.last?.0 ?? 0
        return changes.count == limit * 2
    }

    /// Notes on incidents that are indexed; those on others come with them. True when there may be more.
    mutating func addNotes(atMost limit: Int) throws(StoreError) -> Bool {
        let notes = try db.rows(
            "SELECT id, incident, note FROM remark WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(marks.indexedRemark), .integer(Int64(limit))]
        ) { ($0.integer(0) ?? 0, $0.integer(1) ?? 0, $0.text(2) ?? "") }
        for (_, incident, note) in notes where incident <= marks.indexedIncident {
            try add(Set(Term.words(of: note).map(Term.word)), to: incident)
        }
        marks.indexedRemark = notes.last?.0 ?? marks.indexedRemark
        return notes.count == limit
    }

    private mutating func add(_ terms: Set<String>, to incident: Int64) throws(StoreError) {
        let (chunk, offset) = (IDSet.chunk(of: incident), IDSet.offset(of: incident))
        for term in terms {
            let isNew = postings[Key(chunk: chunk, term: term)] == nil
            postings[Key(chunk: chunk, term: term), default: []].append(offset)
            guard isNew else { continue }
            try db.run(
                """
                INSERT INTO term (text, chunk) VALUES (?, ?)
                ON CONFLICT (text) DO UPDATE SET chunk = excluded.chunk WHERE chunk < excluded.chunk
                """, .text(term), .integer(chunk))
        }
    }

    func write() throws(StoreError) {
        let known = try db.statement("SELECT ids FROM posting WHERE chunk = ? AND term = ?")
        let insert = try db.statement("INSERT OR REPLACE INTO posting (chunk, term, ids) VALUES (?, ?, ?)")
        // In the order of the table.
        for (key, offsets) in postings.sorted(by: {
            ($0.key.chunk, $0.key.term) < ($1.key.chunk, $1.key.term)
        }) {
            var ids: [UInt8] = []
            try known.forEach([.integer(key.chunk), .text(key.term)]) { ids = $0.blob(0) }
            try insert.run(
                .integer(key.chunk), .text(key.term), .blob(IDSet.appending(offsets.sorted(), to: ids)))
        }
        for (block, figures) in figures { try figures.write(block, db) }
        try db.run(
            "UPDATE instance SET indexed_incident = ?, indexed_event = ?, indexed_remark = ?",
            .integer(marks.indexedIncident), .integer(marks.indexedEvent), .integer(marks.indexedRemark))
    }
}
