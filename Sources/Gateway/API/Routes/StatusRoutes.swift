import Collector
import HTTP
import Notifiers
import Rules
import Store

/// Whether the gateway is well, in one answer.
enum StatusRoutes {
    static let all: [Route] = [
        Route(
            "GET", "/api/status", .read,
            "Whether the gateway is well, what is wrong with it, and how all that it has to do with stands.",
            gives: .json(.named("Status"))
        ) { (api, _) throws(Problem) in .later { await status(api) } }
    ]

    private static func status(_ api: API) async -> HTTPServer.Response {
        let (checks, now) = (await HealthRoutes.checks(api), api.now())
        do throws(StoreError) {
            let (gauges, blind) = try await api.archive.read { (reader) throws(StoreError) in
                let recent = try reader.blind(since: now, until: nil, before: nil, limit: 100).page
                return (try reader.gauges(at: now), recent.filter { $0.endedAt == nil })
            }
            let problems = checks.compactMap(\.problem) + problems(of: api.health, blind)
            return .json { $0.status(problems, api.health, gauges, blind) }
        } catch {
            api.log.error("request failed", ["error": error])
            return Problem.store(error.description).response
        }
    }

    /// What a person must see to. Open incidents are what the gateway is for, and dead deliveries are over.
    private static func problems(of health: Health, _ blind: [BlindInterval]) -> [String] {
        let failing = health.sources.filter { $0.state == .failing }
        let unseen = blind.filter { interval in
            interval.kind == .source && !failing.contains { $0.name == interval.subject }
        }
        return (health.rulesRefusal.map { ["the rules file was \($0)"] } ?? [])
            + failing.map { source in
                let since = source.since.map { " since \($0)" } ?? ""
                return "source \(source.name) has been failing\(since): \(source.lastError ?? "no answer")"
            }
            + unseen.map { "source \($0.subject) has not been seen since \($0.startedAt)" }
            + health.webhooks.compactMap { webhook in
                switch webhook.health {
                case .healthy: nil
                case .failing(let since): "webhook \(webhook.name) has been failing since \(since)"
                case .disabled: "webhook \(webhook.name) is disabled; its deliveries are kept"
                }
            }
    }
}

extension JSONWriter {
    fileprivate mutating func status(
        _ problems: [String], _ health: Health, _ gauges: Gauges, _ blind: [BlindInterval]
    ) {
        let (sources, webhooks, outbox) = (health.sources, health.webhooks, gauges.outbox.values)
        object { json in
            json.member("status", problems.isEmpty ? "well" : "not well")
            json.strings("problems", problems)
            json.member("version", Main.version)
            json.member("rules_version", health.rulesVersion)
            json.counts(
                "sources",
                [
                    "healthy": sources.count { $0.state == .healthy },
                    "failing": sources.count { $0.state == .failing },
                    "unknown": sources.count { $0.state == .unknown },
                ])
            let disabled = webhooks.count { $0.health == .disabled }
            let healthy = webhooks.count { $0.health == .healthy }
            json.counts(
                "webhooks",
                ["healthy": healthy, "failing": webhooks.count - healthy - disabled, "disabled": disabled])
            json.counts(
                "deliveries",
                [
                    "pending": outbox.reduce(0) { $0 + $1.pending },
                    "held": outbox.reduce(0) { $0 + $1.held },
                    "dead": outbox.reduce(0) { $0 + $1.dead },
                ])
            json.counts("open", gauges.open)
            json.counts("acknowledged", gauges.acknowledged)
            json.key("blind")
            json.array { json in for interval in blind { json.interval(interval) } }
        }
    }

    private mutating func counts(_ name: StaticString, _ counts: KeyValuePairs<String, Int>) {
        key(name)
        object { json in
            for (name, count) in counts {
                json.key(name)
                json.number(count)
            }
        }
    }

    private mutating func counts(_ name: StaticString, _ incidents: [Severity: Int]) {
        let (critical, warning, info) = (incidents[.critical], incidents[.warning], incidents[.info])
        counts(name, ["critical": critical ?? 0, "warning": warning ?? 0, "info": info ?? 0])
    }
}
