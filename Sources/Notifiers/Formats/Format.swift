import Rules

extension Webhook.Format {
    /// What a receiver of this format is sent for `message`.
    func body(for message: Message) -> [UInt8] {
        switch self {
        case .standard: Standard.body(for: message)
        }
    }
}
