import Rules

/// Finds the incidents that match, newest first: those that are not indexed yet one by one, then chunk by chunk of the
/// index what all conditions have in common.
struct IncidentSearch {
    private let db: Connection
    private let query: IncidentQuery
    private let marks: IndexMarks
    private let factors: [Factor]
    private let times: TimeCondition?
    /// The indexed incidents whose figures are not up to date.
    private let changed: Set<Int64>
    private var found: [Incident] = []

    /// Within a snapshot of `db`.
    init(_ query: IncidentQuery, in db: Connection) throws(StoreError) {
        self.db = db
        self.query = query
        marks = try IndexMarks(in: db)
        factors = try Factor.all(of: query, marks, in: db)
        times = TimeCondition(query)
        changed =
            times == nil
            ? []
            : Set(
                try db.rows("SELECT incident FROM event WHERE id > ?", [.integer(marks.indexedEvent)]) {
                    $0.integer(0) ?? 0
                })
    }

    /// The first of a page, and one more where there is more.
    mutating func run() throws(StoreError) -> [Incident] {
        try searchBacklog()
        let top = min(query.before ?? .max, marks.indexedIncident + 1)
        guard !isFull, top > 0, !factors.contains(where: \.isHopeless) else { return found }
        let oldest = try db.integer("SELECT min(block) FROM figure")
        guard let oldest else { return found }
        var chunk = IDSet.chunk(of: top - 1)
        while !isFull, chunk >= oldest >> (IDSet.chunkBits - Figures.blockBits) {
            try search(chunk, below: top)
            chunk -= 1
        }
        return found
    }

    private var isFull: Bool { found.count > query.limit }

    private mutating func searchBacklog() throws(StoreError) {
        var before = query.before ?? .max
        while !isFull, before > marks.indexedIncident + 1 {
            let batch = try db.rows(
                "SELECT \(IncidentRow.columns) FROM incident WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 100",
                [.integer(marks.indexedIncident), .integer(before)], IncidentRow.read)
            for incident in batch where !isFull {
                if query.matches(incident), try hasWords(incident) { found.append(incident) }
            }
            guard batch.count == 100, let last = batch.last else { return }
            before = last.id
        }
    }

    private func hasWords(_ incident: Incident) throws(StoreError) -> Bool {
        guard !query.beginnings.isEmpty else { return true }
        var words = Set(Term.texts(of: incident).flatMap(Term.words))
        for remark in try StoreReader.remarks(on: incident.id, db) {
            words.formUnion(Term.words(of: remark.note ?? ""))
        }
        return query.beginnings.allSatisfy { start in words.contains { $0.utf8.starts(with: start.utf8) } }
    }

    private mutating func search(_ chunk: Int64, below top: Int64) throws(StoreError) {
        let first = chunk << IDSet.chunkBits
        var candidates = IDSet(below: Int(min(Int64(IDSet.size), top - first)))
        for factor in factors {
            candidates.formIntersection(try factor.members(of: chunk, in: db))
            if candidates.isEmpty { return }
        }
        let bounds = try db.rows(
            """
            SELECT block, opened_first, opened_last, ended_last FROM figure WHERE block >= ? AND block <= ?
            ORDER BY block DESC
            """,
            [.integer(Figures.block(of: first)), .integer(Figures.block(of: first + Int64(IDSet.size) - 1))]
        ) { row in (0..<4).map { row.integer($0) ?? 0 } }
        for row in bounds where !isFull {
            let share = times?.share(first: row[1], last: row[2], ended: row[3]) ?? .all
            try search(block: row[0], of: &candidates, first, share)
        }
    }

    private mutating func search(
        block: Int64, of candidates: inout IDSet, _ first: Int64, _ share: TimeCondition.Share
    ) throws(StoreError) {
        let base = Int((block << Figures.blockBits) - first)
        let words = base / 64..<(base + Figures.size) / 64
        let count = words.reduce(0) { $0 + candidates.words[$1].nonzeroBitCount }
        guard count > 0 else { return }
        // A few rows are read sooner than the figures of a block.
        if share == .none || share == .some && count > 8 {
            try restrict(&candidates, words, base, block, share)
        }
        for word in words.reversed() where !isFull {
            for offset in candidates.members(in: word) where !isFull {
                let incident = try db.rows(
                    "SELECT \(IncidentRow.columns) FROM incident WHERE id = ?",
                    [.integer(first + Int64(offset))],
                    IncidentRow.read
                ).first
                if let incident, query.matches(incident) { found.append(incident) }
            }
        }
    }

    /// Leaves of the candidates in a block those that fit by their figures, and those whose figures are old.
    private func restrict(
        _ candidates: inout IDSet, _ words: Range<Int>, _ base: Int, _ block: Int64,
        _ share: TimeCondition.Share
    ) throws(StoreError) {
        guard let times else { return }
        var masks = Array(repeating: UInt64(0), count: words.count)
        if share != .none {
            let figures = try Figures.read(block, db)
            for offset in 0..<figures.count {
                if let entry = figures[offset], times.holds(entry) {
                    masks[offset >> 6] |= 1 << UInt64(offset & 63)
                }
            }
        }
        for incident in changed where Figures.block(of: incident) == block {
            let offset = Figures.offset(of: incident)
            masks[offset >> 6] |= 1 << UInt64(offset & 63)
        }
        for (index, mask) in masks.enumerated() { candidates.restrict(words.lowerBound + index, to: mask) }
    }
}

/// One condition, as what the index has of it.
private enum Factor {
    /// Any of these terms, or any of these incidents.
    case terms([String], late: Set<Int64>)
    /// Any term that begins so and fits the pattern.
    case range(String, pattern: String, late: Set<Int64>)

    /// So many terms are looked up one by one.
    private static let mostTerms = 64

    /// The exact ones first: what they leave is then asked of fewer.
    static func all(
        of query: IncidentQuery, _ marks: IndexMarks, in db: Connection
    ) throws(StoreError) -> [Factor] {
        var factors: [Factor] = []
        func add(_ term: String?) { if let term { factors.append(.terms([term], late: [])) } }
        add(query.machine.map(Term.machine))
        for (name, value) in query.labels { add(Term.label(name, value)) }
        add(query.rule.map(Term.rule))
        add(query.metric.map(Term.metric))
        add(query.source.map(Term.source))
        if !query.severity.isEmpty, query.severity.count < Severity.allCases.count {
            factors.append(.terms(query.severity.map(Term.severity), late: []))
        }
        if let glob = query.machines {
            let start = glob.pattern.prefix { !"*?".contains($0) }
            let pattern = Term.machine(glob.pattern.replacing("[", with: "[[]"))
            factors.append(try expanded(Term.machine(String(start)), pattern, late: [], in: db))
        }
        if !query.beginnings.isEmpty {
            let notes = try db.rows(
                "SELECT incident, note FROM remark WHERE id > ?", [.integer(marks.indexedRemark)]
            ) { ($0.integer(0) ?? 0, Term.words(of: $0.text(1) ?? "")) }
            for start in query.beginnings {
                let late = notes.filter { $0.1.contains { $0.utf8.starts(with: start.utf8) } }.map(\.0)
                factors.append(try expanded(Term.word(start), nil, late: Set(late), in: db))
            }
        }
        return factors
    }

    private static func expanded(
        _ start: String, _ pattern: String?, late: Set<Int64>, in db: Connection
    ) throws(StoreError) -> Factor {
        let terms = try db.rows(
            "SELECT text FROM term WHERE text >= ? AND text < ? AND text GLOB ? LIMIT ?",
            [
                .text(start), .text(end(of: start)), .text(pattern ?? "*"), .integer(Int64(mostTerms + 1)),
            ]
        ) { $0.text(0) ?? "" }
        return terms.count <= mostTerms
            ? .terms(terms, late: late) : .range(start, pattern: pattern ?? "*", late: late)
    }

    /// What comes after all that begins with `start`.
    private static func end(of start: String) -> String { start + "\u{10ffff}" }

    /// Whether nothing can have it.
    var isHopeless: Bool {
        if case .terms(let terms, let late) = self { return terms.isEmpty && late.isEmpty }
        return false
    }

    func members(of chunk: Int64, in db: Connection) throws(StoreError) -> IDSet {
        var members = IDSet()
        let late: Set<Int64>
        switch self {
        case .terms(let terms, let others):
            late = others
            let lookup = try db.statement("SELECT ids FROM posting WHERE chunk = ? AND term = ?")
            for term in terms {
                try lookup.forEach([.integer(chunk), .text(term)]) { members.formUnion(encoded: $0.blob(0)) }
            }
        case .range(let start, let pattern, let others):
            late = others
            try db.statement(
                "SELECT ids FROM posting WHERE chunk = ? AND term >= ? AND term < ? AND term GLOB ?"
            ).forEach([.integer(chunk), .text(start), .text(Self.end(of: start)), .text(pattern)]) {
                members.formUnion(encoded: $0.blob(0))
            }
        }
        for incident in late where IDSet.chunk(of: incident) == chunk {
            members.insert(IDSet.offset(of: incident))
        }
        return members
    }
}
