import HTTP
import Notifiers
import Rules
import Store

extension Pipeline {
    /// Has a delivery that is over sent again.
    mutating func replay(_ number: Int64) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        switch try await store.replay(number, at: now(), audit: audit) {
        case nil: return .failure(.notFound("there is no delivery \(number)"))
        case .again:
            audit = nil
            return .success(ActionReply(deliveries: 1, delivery: number))
        case .overtaken(let later, let kind):
            return .failure(
                .conflict(
                    "delivery \(number) was overtaken: its receiver accepted \(kind) of the same incident since, "
                        + "and would be told what is no longer so; replay delivery \(later) instead"))
        case .refused(.held): return .failure(.conflict("delivery \(number) waits for a digest"))
        case .refused: return .failure(.conflict("delivery \(number) is pending already"))
        }
    }

    mutating func replay(
        _ range: ReplayRange
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        let (again, overtaken) = try await store.replay(range, at: now(), audit: audit)
        audit = nil
        var reply = ActionReply(deliveries: again)
        reply.overtaken = overtaken
        return .success(reply)
    }

    /// Sends a trial the way of every alert.
    mutating func test(
        _ webhook: String, by person: String?
    ) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        let time = now()
        let message = Message.test(Trial(webhook: webhook, at: time, by: person))
        guard let extra = router.extra(message, to: webhook) else {
            return .failure(.notFound("rules.yaml has no webhook '\(webhook)'"))
        }
        var change = Change(decidedAt: time)
        change.extras = [extra]
        let committed = try await record(change)
        return .success(ActionReply(taken: Taken(change, committed), delivery: committed.extras.first))
    }
}

extension ActionReply {
    /// So many deliveries became due.
    init(deliveries: Int, delivery: Int64? = nil) {
        taken.deliveries = deliveries
        self.delivery = delivery
    }

    /// The delivery that was made, or how many were.
    var deliveryAnswer: HTTPServer.Response {
        .json(status: 202) { json in
            json.object { json in
                if let delivery {
                    json.member("delivery", delivery)
                } else {
                    json.member("deliveries", taken.deliveries)
                    json.member("overtaken", overtaken)
                }
            }
        }
    }
}
