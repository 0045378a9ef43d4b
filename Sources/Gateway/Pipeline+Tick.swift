import Rules
import Store

extension Pipeline {
    /// Does what is due by time alone.
    mutating func tick() async throws(StoreError) -> Taken {
        try await releaseSilenced()
    }
}
