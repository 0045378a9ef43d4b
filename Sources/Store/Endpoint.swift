public import Rules

/// What is remembered of a webhook's receiver, so that a restart knows it.
public struct Endpoint: Hashable, Sendable {
    public let webhook: String
    /// Since when it has only failed; nil when it does not count as failing.
    public var failingSince: Timestamp?
    /// For how long it was tried since then.
    public var failingFor = Duration.zero
    public var lastSuccess: Timestamp?
    public var lastFailure: Timestamp?
    /// What came of the last failure.
    public var lastError: String?
    public internal(set) var disabledAt: Timestamp?
    public internal(set) var disabledWhy: String?
    /// Since when it is told by digests; nil while no storm lasts.
    public internal(set) var stormSince: Timestamp?
    /// When the first drill was made.
    public internal(set) var drillSince: Timestamp?
    /// When the last drill was made.
    public internal(set) var drilledAt: Timestamp?

    public init(_ webhook: String) {
        self.webhook = webhook
    }

    static let columns = """
        name, failing_since, last_success_at, last_failure_at, last_error, disabled_at, disabled_why, \
        failing_ms, storm_since, drill_since, drilled_at
        """

    static func read(_ row: borrowing Row) -> Endpoint {
        var endpoint = Endpoint(row.text(0) ?? "")
        endpoint.failingSince = row.time(1)
        endpoint.lastSuccess = row.time(2)
        endpoint.lastFailure = row.time(3)
        endpoint.lastError = row.text(4)
        endpoint.disabledAt = row.time(5)
        endpoint.disabledWhy = row.text(6)
        endpoint.failingFor = .milliseconds(row.integer(7) ?? 0)
        endpoint.stormSince = row.time(8)
        endpoint.drillSince = row.time(9)
        endpoint.drilledAt = row.time(10)
        return endpoint
    }
}

extension StoreWriter {
    public func endpoints() throws(StoreError) -> [String: Endpoint] {
        let all = try db.rows("SELECT \(Endpoint.columns) FROM webhook", [], Endpoint.read)
        return Dictionary(all.map { ($0.webhook, $0) }) { first, _ in first }
    }

    func save(_ endpoint: Endpoint) throws(StoreError) {
        try db.run(
            """
            INSERT INTO webhook (name, sequence, failing_since, last_success_at, last_failure_at, last_error,
                failing_ms)
            VALUES (?, 0, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET failing_since = excluded.failing_since,
                last_success_at = excluded.last_success_at, last_failure_at = excluded.last_failure_at,
                last_error = excluded.last_error, failing_ms = excluded.failing_ms
            """, .text(endpoint.webhook), .time(endpoint.failingSince), .time(endpoint.lastSuccess),
            .time(endpoint.lastFailure), .text(endpoint.lastError),
            .integer(endpoint.failingFor.wholeMilliseconds))
    }
}

extension StoreReader {
    public func endpoints() throws(StoreError) -> [String: Endpoint] {
        let all = try read { (db) throws(StoreError) in
            try db.rows("SELECT \(Endpoint.columns) FROM webhook", [], Endpoint.read)
        }
        return Dictionary(all.map { ($0.webhook, $0) }) { first, _ in first }
    }
}
