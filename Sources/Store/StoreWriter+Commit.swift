public import Rules

/// All that one step of the gateway changes; it becomes true as a whole or not at all.
public struct Change: Sendable {
    public var samples: (poll: Poll, placement: Placement)?
    public var notices: [Notice] = []
    /// What webhooks are told beside that.
    public var extras: [Extra] = []
    /// Drills, at most one a webhook.
    public var drills: [Extra] = []
    /// Open incidents whose last value or peak moved.
    public var progress: [Incident] = []
    /// What people did and said.
    public var remarks: [Remark] = []
    /// Incidents resolved by hand whose series are back within `clear` since.
    public var released: [Int64] = []
    /// Events on record of which webhooks are told only now.
    public var late: [LateLetters] = []
    /// Blind intervals that began or ended.
    public var ledger: [LedgerEntry] = []
    /// Set when the database is to remember that the process was alive then.
    public var alive: Timestamp?
    /// Who had it done, where somebody had.
    public var audit: AuditEntry?
    /// When the events were decided.
    public var decidedAt: Timestamp

    public init(decidedAt: Timestamp) {
        self.decidedAt = decidedAt
    }
}

/// What webhooks are told of the opening or the end of an incident that was recorded, and held back, before.
public struct LateLetters: Sendable {
    public let incident: Int64
    public let kind: Event.Kind
    public let letters: [Letter]

    public init(_ incident: Int64, _ kind: Event.Kind, _ letters: [Letter]) {
        self.incident = incident
        self.kind = kind
        self.letters = letters
    }
}

extension StoreWriter {
    /// Commits samples, incidents and the outbox together: the only way by which an alert comes to be.
    ///
    /// `policies` are those of the webhooks that are told by digests; nil leaves storms alone.
    @discardableResult public func commit(
        _ change: Change, digesting policies: [DigestPolicy]? = nil
    ) throws(StoreError) -> Committed {
        do {
            return try db.transaction { () throws(StoreError) in try write(change, policies) }
        } catch {
            // Blocks that were numbered in the transaction that failed do not exist.
            blocks.removeAll()
            throw error
        }
    }

    private func write(_ change: Change, _ policies: [DigestPolicy]?) throws(StoreError) -> Committed {
        let time = now()
        let plans =
            try policies.map { (policies) throws(StoreError) in
                try self.plans(for: change, policies, at: time)
            } ?? [:]
        let held = Set(plans.values.filter { $0.step != .single }.map(\.policy.webhook))
        if let (poll, placement) = change.samples {
            try insert(placement, of: poll)
            try insertSamples(of: poll, placement)
        }
        if !change.notices.isEmpty {
            try insert(change.notices, decidedAt: change.decidedAt, holding: held)
        }
        for incident in change.progress { try move(incident) }
        for number in change.released {
            try db.run("UPDATE incident SET is_held = 0 WHERE id = ?", .integer(number))
        }
        for remark in change.remarks { try insert(remark) }
        if !change.late.isEmpty { try insert(change.late, holding: held) }
        try insert(change.ledger)
        if let time = change.alive { try markAlive(at: time) }
        try insert(change.audit)
        var committed = Committed()
        if !change.extras.isEmpty { committed.extras = try insert(change.extras, holding: held) }
        if !change.drills.isEmpty { try insert(drills: change.drills, at: change.decidedAt) }
        // Last of all, so that they tell of what the change itself brought.
        for (name, plan) in plans.sorted(by: { $0.key < $1.key }) {
            guard let state = plan.state, try writeDigest(plan, at: time) else { continue }
            committed.digests.append((name, state))
        }
        if policies != nil { committed.storms = try storms() }
        return committed
    }

    private func insert(_ placement: Placement, of poll: Poll) throws(StoreError) {
        for member in placement.forgotten {
            try db.run(
                "UPDATE machine SET until = ? WHERE source = ? AND slot = ? AND until IS NULL",
                .time(poll.at),
                .text(poll.source), .integer(Int64(member.slot)))
        }
        for member in placement.added {
            try db.run(
                "INSERT INTO machine (source, name, slot, since) VALUES (?, ?, ?, ?)", .text(poll.source),
                .text(member.name), .integer(Int64(member.slot)), .time(poll.at))
        }
    }

    private func insert(
        _ notices: [Notice], decidedAt: Timestamp, holding held: Set<String>
    ) throws(StoreError) {
        var numbers = try Numbering(in: db)
        var rows = NoticeRows(in: db)
        let time = now()
        // Table by table: what a table's rows have in common is then at hand for the next row.
        for notice in notices {
            switch notice.event.kind {
            case .opened:
                numbers.take(incident: notice.event.incident.id)
                try rows.incidents.add { IncidentRow.write(notice.event.incident, to: &$0) }
            case .resolved:
                try rows.incidents.finish()
                try end(notice.event.incident)
            case .acknowledged, .reminder:
                try rows.incidents.finish()
                try move(notice.event.incident)
            }
        }
        try rows.incidents.finish()
        var events: [Int64] = []
        for notice in notices {
            events.append(numbers.takeEvent())
            try rows.add(notice.event, events[events.count - 1], decidedAt: decidedAt, committedAt: time)
        }
        for (notice, event) in zip(notices, events) {
            for letter in notice.letters {
                try rows.add(
                    letter, numbers.takeDelivery(), try numbers.takeSequence(of: letter.webhook, in: db),
                    notice.event.kind, event: event, incident: notice.event.incident.id,
                    isHeld: held.contains(letter.webhook), at: time)
            }
        }
        try rows.finish()
        try numbers.save(in: db)
    }

    /// The deliveries of events that were recorded before.
    private func insert(_ late: [LateLetters], holding held: Set<String>) throws(StoreError) {
        var numbers = try Numbering(in: db)
        var rows = NoticeRows(in: db)
        let time = now()
        for late in late {
            let event = try db.integer(
                "SELECT min(id) FROM event WHERE incident = ? AND kind = ?", .integer(late.incident),
                .text(late.kind.rawValue))
            guard let event else { continue }
            for letter in late.letters {
                try rows.add(
                    letter, numbers.takeDelivery(), try numbers.takeSequence(of: letter.webhook, in: db),
                    late.kind, event: event, incident: late.incident,
                    isHeld: held.contains(letter.webhook), at: time)
            }
        }
        try rows.finish()
        try numbers.save(in: db)
    }

    private func end(_ incident: Incident) throws(StoreError) {
        try db.run(
            """
            UPDATE incident SET resolved_at = ?, resolution = ?, peak = ?, last_value = ?, is_held = ?, held_by = ?,
                is_end_untold = ?
            WHERE id = ?
            """, .time(incident.resolvedAt), .text(incident.resolution?.rawValue), .real(incident.peak),
            .real(incident.lastValue), .integer(incident.resolution == .byHand ? 1 : 0),
            HoldText.value(of: incident), .integer(incident.isEndUntold ? 1 : 0), .integer(incident.id))
    }

    private func move(_ incident: Incident) throws(StoreError) {
        try db.run(
            """
            UPDATE incident SET peak = ?, last_value = ?, acknowledged_at = ?, acknowledged_by = ?, held_by = ?,
                is_untold = ?, is_end_untold = ?, reminded_at = ?
            WHERE id = ?
            """, .real(incident.peak), .real(incident.lastValue), .time(incident.acknowledgedAt),
            .text(incident.acknowledgedBy), HoldText.value(of: incident), .integer(incident.isUntold ? 1 : 0),
            .integer(incident.isEndUntold ? 1 : 0), .time(incident.remindedAt), .integer(incident.id))
    }
}

/// The rows of all notices of a commit.
private struct NoticeRows {
    var incidents: RowBatch
    private var events: RowBatch
    private var deliveries: RowBatch

    init(in db: Connection) {
        incidents = RowBatch("incident", IncidentRow.columns, in: db)
        events = RowBatch(
            "event", "id, incident, kind, at, decided_at, committed_at, evidence, note, is_flapping", in: db)
        deliveries = RowBatch(
            "delivery",
            """
            id, webhook, sequence, kind, event, incident, state, attempts, created_at, due_at, body, late_body
            """, in: db)
    }

    mutating func add(
        _ event: Event, _ number: Int64, decidedAt: Timestamp, committedAt: Timestamp
    ) throws(StoreError) {
        var evidence = JSONWriter()
        evidence.samples(event.evidence)
        try events.add { row in
            row.append(.integer(number))
            row.append(.integer(event.incident.id))
            row.append(.text(event.kind.rawValue))
            row.append(.time(event.at))
            row.append(.time(decidedAt))
            row.append(.time(committedAt))
            row.append(text: evidence.bytes)
            row.append(.text(event.note))
            row.append(.flag(event.isFlapping))
        }
    }

    mutating func add(
        _ letter: Letter, _ number: Int64, _ sequence: Int64, _ kind: Event.Kind, event: Int64,
        incident: Int64, isHeld: Bool, at time: Timestamp
    ) throws(StoreError) {
        let state = isHeld ? Delivery.State.held : .pending
        try deliveries.add { row in
            row.append(.integer(number))
            row.append(.text(letter.webhook))
            row.append(.integer(sequence))
            row.append(.text(kind.rawValue))
            row.append(.integer(event))
            row.append(.integer(incident))
            row.append(.text(state.rawValue))
            row.append(.integer(0))
            row.append(.time(time))
            row.append(.time(time))
            row.append(.blob(letter.body))
            row.append(letter.lateBody.map { .blob($0) } ?? .null)
        }
    }

    mutating func finish() throws(StoreError) {
        try incidents.finish()
        try events.finish()
        try deliveries.finish()
    }
}

extension DigestPlan {
    /// What a digest would be to its receiver; nil where none is to be written.
    fileprivate var state: Committed.DigestState? {
        switch step {
        case .single, .hold: nil
        case .begin: .first
        case .update: .update
        case .end: .last
        }
    }
}
