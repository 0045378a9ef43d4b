import Rules

/// Finds the incidents that match, newest first: those that are not indexed yet one by one, then chunk by chunk of the
/// index what all conditions have in common.
struct IncidentSearch {
    private let db: Connection
    private let query: IncidentQuery
    private let marks: IndexMarks
    private let factors: [Factor]
    private let condition: FigureCondition?
    /// The indexed incidents whose figures are not up to date.
    private let changed: Set<Int64>
    private let changedBlocks: Set<Int64>
    private var found: [Incident] = []

    /// Within a snapshot of `db`.
    init(_ query: IncidentQuery, in db: Connection) throws(StoreError) {
        self.db = db
        self.query = query
        marks = try IndexMarks(in: db)
        let pattern = query.machines.map(MachinePattern.init)
        let terms = try pattern?.terms(in: db)
        factors = try Factor.all(of: query, machines: terms, marks, in: db)
        let numbers = terms == nil ? try pattern?.numbers(in: db) : nil
        condition = FigureCondition(query, machines: numbers)
        changed =
            condition == nil
            ? []
            : Set(
                try db.rows("SELECT incident FROM event WHERE id > ?", [.integer(marks.indexedEvent)]) {
                    $0.integer(0) ?? 0
                })
        changedBlocks = Set(changed.map(Figures.block))
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
        // What costs least comes first: it often leaves nothing to look at.
        for factor in factors where !factor.isWide {
            candidates.formIntersection(try factor.members(of: chunk, in: db))
            if candidates.isEmpty { return }
        }
        let blocks = try blocks(from: first)
        if blocks.isEmpty { return }
        for factor in factors where factor.isWide {
            candidates.formIntersection(try factor.members(of: chunk, in: db))
        }
        for (block, share) in blocks where !isFull { try search(block: block, of: &candidates, first, share) }
    }

    /// The blocks of the chunk that begins with `first` that may have something, the newest first.
    private func blocks(
        from first: Int64
    ) throws(StoreError) -> [(block: Int64, share: FigureCondition.Share)] {
        let bounds = try db.rows(
            """
            SELECT block, opened_first, opened_last, ended_last FROM figure WHERE block >= ? AND block <= ?
            ORDER BY block DESC
            """,
            [.integer(Figures.block(of: first)), .integer(Figures.block(of: first + Int64(IDSet.size) - 1))]
        ) { row in (0..<4).map { row.integer($0) ?? 0 } }
        return bounds.compactMap { row in
            let share = condition?.share(first: row[1], last: row[2], ended: row[3]) ?? .all
            return share == .none && !changedBlocks.contains(row[0]) ? nil : (row[0], share)
        }
    }

    private mutating func search(
        block: Int64, of candidates: inout IDSet, _ first: Int64, _ share: FigureCondition.Share
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
        _ share: FigureCondition.Share
    ) throws(StoreError) {
        guard let condition else { return }
        var masks = Array(repeating: UInt64(0), count: words.count)
        if share != .none {
            let figures = try Figures.read(block, db)
            for offset in 0..<figures.count {
                if let entry = figures[offset], condition.holds(entry) {
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
    /// Any term that begins so.
    case range(String, late: Set<Int64>)

    /// The exact ones first: what they leave is then asked of fewer.
    static func all(
        of query: IncidentQuery, machines: [String]?, _ marks: IndexMarks, in db: Connection
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
        if let machines { factors.append(.terms(machines, late: [])) }
        if !query.beginnings.isEmpty {
            let notes = try db.rows(
                "SELECT incident, note FROM remark WHERE id > ?", [.integer(marks.indexedRemark)]
            ) { ($0.integer(0) ?? 0, Term.words(of: $0.text(1) ?? "")) }
            for start in query.beginnings {
                let late = notes.filter { $0.1.contains { $0.utf8.starts(with: start.utf8) } }.map(\.0)
                factors.append(try beginning(Term.word(start), late: Set(late), in: db))
            }
        }
        return factors
    }

    private static func beginning(
        _ start: String, late: Set<Int64>, in db: Connection
    ) throws(StoreError) -> Factor {
        let terms = try db.rows(
            "SELECT text FROM term WHERE text >= ? AND text < ? LIMIT ?",
            [.text(start), .text(Term.end(of: start)), .integer(Int64(Term.mostLookups + 1))]
        ) { $0.text(0) ?? "" }
        return terms.count <= Term.mostLookups ? .terms(terms, late: late) : .range(start, late: late)
    }

    /// Whether many entries are gone through for each chunk.
    var isWide: Bool { if case .range = self { true } else { false } }

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
        case .range(let start, let others):
            late = others
            try db.statement(
                "SELECT ids FROM posting WHERE chunk = ? AND term >= ? AND term < ?"
            ).forEach([.integer(chunk), .text(start), .text(Term.end(of: start))]) {
                members.formUnion(encoded: $0.blob(0))
            }
        }
        for incident in late where IDSet.chunk(of: incident) == chunk {
            members.insert(IDSet.offset(of: incident))
        }
        return members
    }
}

/// The machines that fit a pattern: few of them as terms, many by their numbers in the figures.
private struct MachinePattern {
    private let values: [SQLValue]
    private static let condition = "text >= ? AND text < ? AND text GLOB ?"

    init(_ glob: Glob) {
        let start = Term.machine(String(glob.pattern.prefix { !"*?".contains($0) }))
        let pattern = Term.machine(glob.pattern.replacing("[", with: "[[]"))
        values = [.text(start), .text(Term.end(of: start)), .text(pattern)]
    }

    /// Nil where they are too many to be looked up one by one.
    func terms(in db: Connection) throws(StoreError) -> [String]? {
        let terms = try db.rows(
            "SELECT text FROM term WHERE \(Self.condition) LIMIT ?",
            values + [.integer(Int64(Term.mostLookups + 1))]
        ) { $0.text(0) ?? "" }
        return terms.count <= Term.mostLookups ? terms : nil
    }

    /// Whether a machine fits, by the number of its term.
    func numbers(in db: Connection) throws(StoreError) -> [Bool] {
        let numbers = try db.rows("SELECT id FROM term WHERE \(Self.condition)", values) {
            Int($0.integer(0) ?? 0)
        }
        var fits = Array(repeating: false, count: (numbers.max() ?? 0) + 1)
        for number in numbers { fits[number] = true }
        return fits
    }
}
