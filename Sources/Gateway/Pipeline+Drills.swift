import Notifiers
import Rules
import Store

/// What is to be done to know that webhooks work.
struct DrillWatch {
    var due: [Extra] = []
    /// Webhooks that have accepted nothing for too long.
    var unproven: [Trouble] = []
    /// The incidents of those that have accepted something since.
    var proven: [Incident] = []
}

extension Pipeline {
    /// How long a drill may be on its way before its webhook counts as unproven: time for five attempts, so that a
    /// short absence of the receiver is nobody's concern.
    private static let patience = Duration.seconds(600)

    /// Which webhooks a drill is due for, and which have not been proven for longer than their `drill`.
    ///
    /// What was made and what was accepted is read from the store, so that a restart neither repeats nor skips.
    func drills(at time: Timestamp) async throws(StoreError) -> DrillWatch {
        var watch = DrillWatch()
        let drills = router.drills
        guard !drills.isEmpty else { return watch }
        let endpoints = try await store.endpoints()
        for (name, interval) in drills {
            let endpoint = endpoints[name] ?? Endpoint(name)
            let isDue = endpoint.isDrillDue(after: interval, at: time)
            if isDue {
                let message = Message.drill(Trial(webhook: name, at: time))
                watch.due += router.extra(message, to: name).map { [$0] } ?? []
            }
            let key = Trouble.Key(rule: .webhookUnproven, subject: name)
            let isProven = endpoint.isProven(within: interval + Self.patience, at: time)
            if let incident = troubles.open[key] {
                if isProven { watch.proven.append(incident) }
            } else if !isProven, !isDue, endpoint.hasDrill(olderThan: Self.patience, at: time) {
                watch.unproven.append(.unproven(endpoint, interval, at: time))
            }
        }
        return watch
    }
}

extension Endpoint {
    /// The first drill is due at once.
    fileprivate func isDrillDue(after interval: Duration, at time: Timestamp) -> Bool {
        guard let since = drilledAt?.duration(to: time) else { return true }
        // A clock that was set back is no reason to wait until it has caught up.
        return since >= interval || since <= .zero - interval
    }

    /// Whether it has accepted anything within `span`; before the span has passed for the first time nobody knows.
    fileprivate func isProven(within span: Duration, at time: Timestamp) -> Bool {
        guard let last = lastSuccess ?? drillSince else { return true }
        return last.duration(to: time) <= span
    }

    /// Whether the last drill was made long enough ago to have arrived: after a long stop of the gateway the one
    /// that was just made is waited for.
    fileprivate func hasDrill(olderThan patience: Duration, at time: Timestamp) -> Bool {
        drilledAt.map { $0.duration(to: time) > patience } ?? false
    }
}

extension Trouble {
    fileprivate static func unproven(_ endpoint: Endpoint, _ interval: Duration, at time: Timestamp)
        -> Trouble
    {
        let name = endpoint.webhook
        let proof = endpoint.lastSuccess.map { "nothing since \($0)" } ?? "nothing yet"
        let error = endpoint.lastError.map { "; the last attempt: \($0)" } ?? ""
        let message =
            "webhook \(name) has accepted \(proof), longer than its drill interval of \(interval.compact)"
            + error
        return Trouble(.webhookUnproven, name, .began(message: message), at: time)
    }
}
