import Rules

extension Webhook.Format {
    /// What a receiver of this format is told of `event`.
    func body(for event: Event) -> [UInt8] {
        switch self {
        case .standard: Standard.body(for: event)
        }
    }
}

/// The body of Standard Webhooks 1.0: `type`, `timestamp`, `data`.
enum Standard {
    static func body(for event: Event) -> [UInt8] {
        var json = JSONWriter()
        json.event(event)
        return json.bytes
    }
}
