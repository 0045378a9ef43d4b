import Collector
import HTTP
import Notifiers
import Rules
import Store

/// How the gateway does, for Prometheus. docs/metrics.md says what each means.
enum MetricsRoutes {
    static let all: [Route] = [
        Route(
            "GET", "/metrics", .read, "How the gateway does, in the text format of Prometheus.",
            gives: .text("text/plain")
        ) { (api, _) throws(Problem) in
            let (health, tally, listeners, now) = (api.health, api.tally, api.feed.count, api.now())
            return api.archived { (reader) throws(StoreError) in
                let gauges = try reader.gauges(at: now)
                var page = Exposition()
                page.gateway(health, listeners: listeners)
                page.sources(health)
                page.work(tally.counts)
                page.incidents(gauges)
                page.webhooks(health, gauges, tally.counts, at: now)
                page.blind(gauges)
                return .success(
                    HTTPServer.Response(
                        fields: ["content-type": "text/plain; version=0.0.4; charset=utf-8"],
                        body: Array(page.text.utf8)))
            }
        }
    ]
}

extension Exposition {
    fileprivate mutating func gateway(_ health: Health, listeners: Int) {
        metric("gateway_info", .gauge, "The version that runs.")
        sample("gateway_info", ["version": Main.version], 1)
        single(
            "gateway_rules_version", .gauge, "The number of the rules file in force.",
            Double(health.rulesVersion))
        single(
            "gateway_rules_refused", .gauge, "1 while the rules file as it is now is refused.",
            health.rulesRefusal == nil ? 0 : 1)
        single(
            "gateway_store_failing", .gauge, "1 while the store cannot be written.",
            health.storeError == nil ? 0 : 1)
        single("gateway_event_streams", .gauge, "Open streams of events.", Double(listeners))
    }

    fileprivate mutating func sources(_ health: Health) {
        let sources = health.sources
        metric("gateway_polls_total", .counter, "Polls of a source that ended, or pushes to it.")
        for source in sources { sample("gateway_polls_total", ["source": source.name], source.polls) }
        metric("gateway_source_up", .gauge, "1 when the last poll of a source gave records.")
        for source in sources {
            sample("gateway_source_up", ["source": source.name], source.state == .healthy ? 1 : 0)
        }
        metric("gateway_source_poll_seconds", .gauge, "How long the last poll of a source took.")
        for source in sources {
            guard let duration = source.lastDuration else { continue }
            sample("gateway_source_poll_seconds", ["source": source.name], duration.inSeconds)
        }
        metric("gateway_records_total", .counter, "Records of a source, taken or refused.")
        for source in sources {
            sample("gateway_records_total", ["source": source.name, "result": "taken"], source.total.taken)
            sample(
                "gateway_records_total", ["source": source.name, "result": "refused"], source.total.refused)
        }
    }

    fileprivate mutating func work(_ counts: Tally.Counts) {
        single(
            "gateway_samples_total", .counter, "Samples that were judged and committed.",
            Double(counts.samples))
        single(
            "gateway_evaluations_total", .counter, "How often a rule looked at a machine.",
            Double(counts.evaluations))
        metric("gateway_events_total", .counter, "Events that were committed.")
        for kind in Event.Kind.allCases {
            sample("gateway_events_total", ["type": kind.rawValue], counts.events[kind] ?? 0)
        }
        metric("gateway_store_seconds", .histogram, "How long a step took to be judged and committed.")
        for step in Tally.Step.allCases {
            histogram(
                "gateway_store_seconds", ("step", step.rawValue), counts.steps[step] ?? Tally.Histogram())
        }
        metric(
            "gateway_breach_to_commit_seconds", .histogram,
            "From the sample that broke a rule to the commit of its incident.")
        histogram("gateway_breach_to_commit_seconds", nil, counts.breachToCommit)
        metric(
            "gateway_breach_to_delivered_seconds", .histogram,
            "From the sample that broke a rule to the answer that accepted its alert.")
        histogram("gateway_breach_to_delivered_seconds", nil, counts.breachToDelivered)
    }

    fileprivate mutating func incidents(_ gauges: Gauges) {
        metric("gateway_incidents", .gauge, "Incidents that are not resolved.")
        for severity in Severity.allCases {
            for (status, counts) in [("open", gauges.open), ("acknowledged", gauges.acknowledged)] {
                sample(
                    "gateway_incidents", ["status": status, "severity": severity.rawValue],
                    counts[severity] ?? 0)
            }
        }
    }

    fileprivate mutating func webhooks(
        _ health: Health, _ gauges: Gauges, _ counts: Tally.Counts, at now: Timestamp
    ) {
        let names = health.webhooks.map(\.name)
        metric("gateway_delivery_attempts_total", .counter, "Attempts at deliveries, by what came of them.")
        for name in names {
            for result in Tally.Result.allCases {
                sample(
                    "gateway_delivery_attempts_total", ["webhook": name, "result": result.rawValue],
                    counts.attempts[name]?[result] ?? 0)
            }
        }
        metric("gateway_webhook_up", .gauge, "1 while a webhook is neither failing nor disabled.")
        for webhook in health.webhooks {
            sample("gateway_webhook_up", ["webhook": webhook.name], webhook.health == .healthy ? 1 : 0)
        }
        metric("gateway_deliveries", .gauge, "Deliveries that did not arrive, by how they stand.")
        for name in names {
            let outbox = gauges.outbox[name] ?? OutboxCount()
            for (state, count) in [("pending", outbox.pending), ("held", outbox.held), ("dead", outbox.dead)]
            {
                sample("gateway_deliveries", ["webhook": name, "state": state], count)
            }
        }
        metric(
            "gateway_queue_age_seconds", .gauge, "How long the oldest delivery has waited; 0 when none does.")
        for name in names {
            let age = gauges.oldestPending[name].map { max(.zero, $0.duration(to: now)) } ?? .zero
            sample("gateway_queue_age_seconds", ["webhook": name], age.inSeconds)
        }
    }

    fileprivate mutating func blind(_ gauges: Gauges) {
        metric(
            "gateway_blind_seconds", .gauge, "How long nothing was seen, in the intervals that are on record."
        )
        for (kind, subject, duration) in gauges.blind {
            sample(
                "gateway_blind_seconds", ["kind": kind.rawValue, "subject": subject], duration.inSeconds)
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(wholeMilliseconds) / 1000 }
}
