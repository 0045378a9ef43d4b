import Notifiers
import Rules
import Store

/// Puts what the dispatcher tells into words.
struct DispatchObserver: Sendable {
    let log: Log
    let health: Health
    let tally: Tally
    let now: @Sendable () -> Timestamp
    /// Says what is wrong with a webhook, or is so no more.
    let say: @Sendable (Trouble) -> Void

    func note(_ note: DispatchNote) {
        switch note {
        case .attempt(let finding, let webhook, let delivery):
            tally.note(finding, of: delivery)
            attempt(finding, webhook, delivery.messageID)
        case .health(let state, let webhook):
            health.note(state, of: webhook)
            tellTrouble(state, of: webhook)
            switch state {
            case .healthy: log.info("webhook healthy again", ["webhook": webhook])
            case .failing:
                log.warning("webhook failing; probed by one delivery at a time", ["webhook": webhook])
            case .disabled:
                log.error(
                    "webhook disabled: it answered 410 Gone, or has only failed for its disabled_after",
                    [
                        "webhook": webhook,
                        "help":
                            "change its url, or POST /api/webhooks/\(webhook)/enable; deliveries are kept",
                    ])
            }
        case .enabled(let webhook, let wasDisabled): enabled(webhook, wasDisabled)
        case .storeFailing(let error):
            log.error("store failing; outcomes of deliveries are held", ["error": error])
        case .storeRecovered: log.info("store takes outcomes of deliveries again")
        }
    }

    private func enabled(_ webhook: String, _ wasDisabled: Bool) {
        if wasDisabled {
            health.note(.healthy, of: webhook)
            tellTrouble(.healthy, of: webhook)
            log.info("webhook enabled: what waits is sent now", ["webhook": webhook])
        } else {
            log.info("webhook was not disabled: what waits is tried now", ["webhook": webhook])
        }
    }

    private func attempt(_ finding: Finding, _ webhook: String, _ id: String) {
        let attempt = finding.attempt
        let result = attempt.error ?? "delivered"
        switch finding.next {
        case .delivered:
            tellTrouble(.healthy, of: webhook)
            log.debug(
                "delivered",
                [
                    "webhook": webhook, "id": id, "attempt": attempt.number,
                    "duration_ms": attempt.duration.wholeMilliseconds,
                ])
        case .retry(let time):
            log.warning(
                "delivery failed",
                ["webhook": webhook, "id": id, "attempt": attempt.number, "error": result, "next": time])
        case .dead:
            log.error(
                "delivery dead: its last attempt failed",
                ["webhook": webhook, "id": id, "attempt": attempt.number, "error": result])
        }
    }
}
