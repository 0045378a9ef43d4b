public import Rules

/// Which deliveries to list; what is nil does not restrict.
public struct DeliveryQuery: Hashable, Sendable {
    public var webhook: String?
    public var state: Delivery.State?
    public var incident: Int64?
    /// Created at or after.
    public var since: Timestamp?
    /// With a higher sequence number, in ascending order: what a receiver that was away has missed.
    public var after: Int64?
    /// Those older than the delivery of this number: where the last page ended.
    public var before: Int64?
    /// 1 to 1,000.
    public var limit = 50

    public init() {}

    /// What finds the deliveries of `webhook` that match, or of all, from the number `first` on, and the values of its
    /// parameters.
    func sql(of webhook: String?, from first: Int64?) -> (String, [SQLValue]) {
        var conditions: [String] = []
        var values: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue) {
            conditions.append(condition)
            values.append(value)
        }
        // `+` where the index by incident is the one to use.
        if let webhook { add(incident == nil ? "webhook = ?" : "+webhook = ?", .text(webhook)) }
        // Spelled out, since a partial index is used for a condition that is known beforehand only.
        if let state { conditions.append("\(incident == nil ? "" : "+")state = '\(state.rawValue)'") }
        if let incident { add("incident = ?", .integer(incident)) }
        if let since { add("+created_at >= ?", .time(since)) }
        if let after { add("sequence > ?", .integer(after)) }
        if let first { add("id >= ?", .integer(first)) }
        // Always there: the list is then a range of an index, or of the table, that ends with its page.
        add("id < ?", .integer(before ?? .max))
        let order = after == nil ? "id DESC" : "sequence"
        return (
            """
            SELECT \(DeliveryRow.columns) FROM delivery \(index(of: webhook))
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT ?
            """, values + [.integer(Int64(limit + 1))]
        )
    }

    /// The index that holds what is asked for in its order; SQLite, which has no figures of what is in them, would
    /// take another one that fits more of the conditions.
    private func index(of webhook: String?) -> String {
        if incident != nil { return "INDEXED BY delivery_incident" }
        guard webhook != nil else { return "" }
        if after != nil { return "INDEXED BY delivery_sequence" }
        return switch state {
        case .dead: "INDEXED BY delivery_dead"
        case .held: "INDEXED BY delivery_held"
        case .superseded: "INDEXED BY delivery_overtaken"
        case .pending: "INDEXED BY delivery_due"
        case .delivered, nil: "INDEXED BY delivery_webhook"
        }
    }

    /// Whether few deliveries are in that state among many that are not.
    var asksForFew: Bool { incident == nil && state != nil && state != .delivered }
}

extension StoreReader {
    /// The deliveries that match, newest first unless they are those after one, and whether there are more.
    public func deliveries(
        matching query: DeliveryQuery
    ) throws(StoreError) -> (page: [Delivery], more: Bool) {
        let found = try snapshot { [instance] (db) throws(StoreError) in
            let first = try query.since.map { (since) throws(StoreError) in
                try Self.firstDelivery(since: since, db)
            }
            // Each webhook has its own lists of those.
            let webhooks: [String?] =
                query.webhook == nil && query.asksForFew
                ? try db.rows("SELECT name FROM webhook") { $0.text(0) } : [query.webhook]
            var found: [Delivery] = []
            for webhook in webhooks {
                let (sql, values) = query.sql(of: webhook, from: first)
                found += try db.rows(sql, values) { row throws(StoreError) in
                    try DeliveryRow.read(row, instance)
                }
            }
            return webhooks.count > 1 ? found.sorted { $0.id > $1.id } : found
        }
        return (Array(found.prefix(query.limit)), found.count > query.limit)
    }

    /// The number from which on deliveries were made at or after `time`.
    ///
    /// Numbers are in the order of time but where the clock was set back; so the least is taken of the first thousand.
    private static func firstDelivery(since time: Timestamp, _ db: Connection) throws(StoreError) -> Int64 {
        try db.integer(
            """
            SELECT min(id) FROM (
                SELECT id FROM delivery WHERE created_at >= ? ORDER BY created_at LIMIT 1000)
            """, .time(time)) ?? .max
    }

    /// A delivery with its attempts; nil when there is none of that number.
    public func delivery(_ id: Int64) throws(StoreError) -> IncidentRecord.Report? {
        try snapshot { [instance] (db) throws(StoreError) in
            let found = try db.rows(
                "SELECT \(DeliveryRow.columns) FROM delivery WHERE id = ?", [.integer(id)]
            ) { row throws(StoreError) in try DeliveryRow.read(row, instance) }
            guard let delivery = found.first else { return nil }
            return IncidentRecord.Report(delivery: delivery, attempts: try Self.attempts(of: id, db))
        }
    }
}
