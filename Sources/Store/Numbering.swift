/// The numbers that one transaction gives out.
///
/// They are read at its start and written back at its end, so that a storm of rows costs one write; and none is
/// given twice, though its row be deleted. SQLite's AUTOINCREMENT says the same at the price of two steps a row.
struct Numbering {
    private var incident: Int64
    private var event: Int64
    private var delivery: Int64
    /// The last sequence number of each webhook that was told of something.
    private var sequences: [String: Int64] = [:]

    init(in db: Connection) throws(StoreError) {
        let last = try db.rows("SELECT incidents, events, deliveries FROM instance") {
            ($0.integer(0) ?? 0, $0.integer(1) ?? 0, $0.integer(2) ?? 0)
        }
        (incident, event, delivery) = last.first ?? (0, 0, 0)
    }

    var nextIncident: Int64 { incident + 1 }

    mutating func take(incident number: Int64) { incident = max(incident, number) }

    mutating func takeEvent() -> Int64 {
        event += 1
        return event
    }

    mutating func takeDelivery() -> Int64 {
        delivery += 1
        return delivery
    }

    mutating func takeSequence(of webhook: String, in db: Connection) throws(StoreError) -> Int64 {
        var last = sequences[webhook]
        if last == nil {
            last = try db.integer("SELECT sequence FROM webhook WHERE name = ?", .text(webhook))
        }
        sequences[webhook] = (last ?? 0) + 1
        return (last ?? 0) + 1
    }

    func save(in db: Connection) throws(StoreError) {
        try db.run(
            "UPDATE instance SET incidents = ?, events = ?, deliveries = ?", .integer(incident),
            .integer(event), .integer(delivery))
        for (webhook, sequence) in sequences {
            try db.run(
                """
                INSERT INTO webhook (name, sequence) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence
                """, .text(webhook), .integer(sequence))
        }
    }
}
