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

    /// The condition and the order in SQL, and the values of its parameters.
    var sql: (clauses: String, values: [SQLValue]) {
        var conditions = ["1"]
        var values: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue) {
            conditions.append(condition)
            values.append(value)
        }
        if let webhook { add("webhook = ?", .text(webhook)) }
        // Spelled out, since a partial index is used for a condition that is known beforehand only.
        if let state { conditions.append("state = '\(state.rawValue)'") }
        if let incident { add("incident = ?", .integer(incident)) }
        if let since { add("created_at >= ?", .time(since)) }
        if let after { add("sequence > ?", .integer(after)) }
        // Always there: the list is then a range of an index, or of the table, that ends with its page.
        add("id < ?", .integer(before ?? .max))
        let order = after == nil ? "id DESC" : "sequence"
        return ("\(conditions.joined(separator: " AND ")) ORDER BY \(order)", values)
    }
}

extension StoreReader {
    /// The deliveries that match, newest first unless they are those after one, and whether there are more.
    public func deliveries(
        matching query: DeliveryQuery
    ) throws(StoreError) -> (page: [Delivery], more: Bool) {
        let (clauses, values) = query.sql
        let found = try read { [instance] (db) throws(StoreError) in
            try db.rows(
                "SELECT \(DeliveryRow.columns) FROM delivery WHERE \(clauses) LIMIT ?",
                values + [.integer(Int64(query.limit + 1))]
            ) { row throws(StoreError) in try DeliveryRow.read(row, instance) }
        }
        return (Array(found.prefix(query.limit)), found.count > query.limit)
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
