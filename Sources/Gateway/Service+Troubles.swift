import Collector
import Notifiers
import Rules

extension Service {
    /// Says of a source whether it fails or not; the inbox keeps what was said already to itself.
    func tellTrouble(after outcome: PollOutcome) {
        guard let status = health.sources.first(where: { $0.name == outcome.source }) else { return }
        let name = status.name
        switch status.state {
        case .unknown: break
        case .healthy: inbox.put(Trouble(.sourceFailing, name, .over, at: outcome.endedAt))
        case .failing:
            guard status.failures >= health.failingAfter(name) else { return }
            let error = status.lastError ?? "no answer"
            let message = "source \(name) has failed \(status.failures) times in a row: \(error)"
            inbox.put(
                Trouble(
                    .sourceFailing, name, .began(message: message), at: outcome.endedAt, since: status.since))
        }
    }

    /// Says that a rules file was refused; what ends that is the next one that is accepted.
    func tellRefusal(of file: String, _ error: ConfigurationError) {
        let count = error.faults.count { $0.kind == .error } + error.dropped
        let first = error.faults.first { $0.kind == .error }?.message ?? ""
        let message =
            "\(file) was refused with \(count.counted("error")) (\(first)); "
            + "the rules in force go on"
        inbox.put(Trouble(.rulesRefused, file, .began(message: message), at: time.now()))
    }
}

extension DispatchObserver {
    /// How long a webhook must be failing to be told as trouble.
    private static let patience = Duration.seconds(300)

    /// Says how a webhook does; to have delivered shows, after a restart too, that nothing is wrong with it.
    func tellTrouble(_ state: WebhookHealth, of webhook: String) {
        let now = now()
        switch state {
        case .healthy: say(Trouble(.webhookFailing, webhook, .over, at: now))
        case .failing(let since):
            let message = "webhook \(webhook) has been failing since \(since)"
            say(
                Trouble(
                    .webhookFailing, webhook, .began(message: message), at: since, patience: Self.patience))
        case .disabled:
            let message = "webhook \(webhook) is disabled; its deliveries are kept"
            say(Trouble(.webhookFailing, webhook, .began(message: message), at: now))
        }
    }
}

/// How long the store has been failing, which it can be told of only once it takes writes again.
struct Outage {
    private var began: (at: Timestamp, error: String)?

    /// A lock or a full disk that is soon over disturbs nobody: polls were held, and nothing was lost.
    private static let patience = Duration.seconds(30)

    mutating func note(_ error: String, at time: Timestamp) { began = began ?? (time, error) }

    /// What there is to tell now that the store takes writes.
    mutating func over(at time: Timestamp) -> Trouble? {
        defer { began = nil }
        guard let began, began.at.duration(to: time) >= Self.patience else { return nil }
        let message = "the store could not be written from \(began.at) to \(time): \(began.error)"
        return Trouble(.storeFailing, "store", .past(message: message, since: began.at), at: time)
    }
}
