import HTTP
import Rules
import Store

/// A request that ended.
struct Posted: Sendable {
    let delivery: Delivery
    /// As it was when the request was made.
    let webhook: Webhook
    let at: Timestamp
    let duration: Duration
    let reply: HTTPReply
}

extension Posted {
    /// The attempt as it is recorded, and what it makes of the delivery.
    func finding(_ outcome: Outcome, error: String?, at now: Timestamp, jitter: Double) -> Finding {
        let attempt = attempt(error: error)
        let next: Finding.Next
        switch outcome {
        case .delivered: next = .delivered
        case .gone: next = .retry(at: now)
        case .retry, .needsPerson:
            let wait = RetrySchedule.wait(
                afterAttempt: attempt.number,
                elapsed: (delivery.firstAttemptAt ?? attempt.at).duration(to: attempt.at), jitter: jitter)
            var time = wait.map { now.advanced(by: $0) }
            if case .retry(let earliest?) = outcome { time = time.map { max($0, earliest) } }
            next = time.map { .retry(at: $0) } ?? .dead
        }
        return Finding(delivery: delivery.id, attempt: attempt, next: next)
    }

    private func attempt(error: String?) -> Attempt {
        let number = delivery.attempts + 1
        return switch reply {
        case .answer(let answer):
            Attempt(
                number: number, at: at, duration: duration, status: answer.status, error: error,
                answer: answer.body)
        case .failure:
            Attempt(number: number, at: at, duration: duration, status: nil, error: error, answer: [])
        }
    }
}
