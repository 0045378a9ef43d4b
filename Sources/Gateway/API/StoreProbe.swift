import Rules
import Store

/// Finds out whether the store can be written: at most once a second, however often it is asked.
///
/// `/readyz` needs no token, and each look costs a commit that is synced to disk.
actor StoreProbe {
    private let write: @Sendable () async throws(StoreError) -> Void
    private let now: @Sendable () -> Timestamp
    private var latest: (at: Timestamp, failure: Task<StoreError?, Never>)?

    private static let interval = Duration.seconds(1)

    /// `write` throws what keeps the store from being written.
    init(
        now: @escaping @Sendable () -> Timestamp,
        write: @escaping @Sendable () async throws(StoreError) -> Void
    ) {
        self.now = now
        self.write = write
    }

    /// What keeps the store from being written; nil when nothing does.
    func failure() async -> StoreError? {
        let now = now()
        if let latest, latest.at <= now, latest.at.duration(to: now) < Self.interval {
            return await latest.failure.value
        }
        let failure = Task { [write] () -> StoreError? in
            do throws(StoreError) { try await write() } catch { return error }
            return nil
        }
        latest = (now, failure)
        return await failure.value
    }
}
