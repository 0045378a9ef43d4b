import Notifiers
import Rules
import Store

extension Pipeline {
    mutating func begin(_ silence: Silence) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        let made = try await store.insert(silence, audit: audit)
        audit = nil
        silences.append(made)
        return .success(ActionReply(silence: made))
    }

    /// To end what has ended changes nothing.
    mutating func endSilence(_ number: Int64) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        guard let ended = try await store.endSilence(number, at: now(), audit: audit) else {
            return .failure(.notFound("there is no silence \(number)"))
        }
        audit = nil
        silences.removeAll { $0.origin == ended.origin }
        return .success(ActionReply(taken: try await releaseAll(at: now()), silence: ended))
    }
}
