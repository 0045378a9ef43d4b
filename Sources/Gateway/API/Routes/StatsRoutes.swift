import HTTP
import Rules
import Store

/// Whether it gets better.
enum StatsRoutes {
    static let all: [Route] = [
        Route(
            "GET", "/api/stats", .read,
            "How many incidents were opened in a span, how soon they were taken care of and over, and where most were.",
            Input(
                Span(),
                [
                    .time("since", \.since, "Opened at or after; 30 days before 'until' unless told"),
                    .time("until", \.until, "Opened before; now unless told"),
                ]), gives: .json(.named("Stats"))
        ) { (api, _, span) throws(Problem) in
            let until = span.until ?? api.now()
            let since = span.since ?? until.advanced(by: .seconds(-30 * 86_400))
            guard since < until else { throw .badParameter("since", "'since' must lie before 'until'") }
            return api.archived { (reader) throws(StoreError) in
                let statistics = try reader.statistics(from: since, to: until)
                return .success(.json { $0.statistics(statistics, since: since, until: until) })
            }
        }
    ]

    private struct Span: Sendable {
        var since: Timestamp?
        var until: Timestamp?
    }
}

extension JSONWriter {
    fileprivate mutating func statistics(_ statistics: Statistics, since: Timestamp, until: Timestamp) {
        object { json in
            json.member("since", since)
            json.member("until", until)
            json.member("total", statistics.total)
            json.member("open", statistics.open)
            json.member("acknowledged", statistics.acknowledged)
            json.member("resolved", statistics.resolved)
            json.key("by_severity")
            json.object { json in
                for severity in Severity.allCases {
                    json.key(severity.rawValue)
                    json.number(statistics.bySeverity[severity] ?? 0)
                }
            }
            json.key("time_to_acknowledge")
            json.durations(statistics.toAcknowledge)
            json.key("time_to_resolve")
            json.durations(statistics.toResolve)
            json.key("rules")
            json.noisiest(statistics.byRule)
            json.key("machines")
            json.noisiest(statistics.byMachine)
            json.key("days")
            json.array { json in
                for (day, figures) in statistics.byDay.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        let midnight = Timestamp(milliseconds: day * 86_400_000)
                        json.member("date", String(midnight.description.prefix(10)))
                        json.member("opened", figures.opened)
                        json.key("mean_time_to_resolve_s")
                        json.seconds(figures.meanTimeToResolve)
                    }
                }
            }
        }
    }

    /// The mean, and of the sorted lengths the middle one and that at 95 %.
    private mutating func durations(_ durations: Statistics.Durations) {
        let quantiles = durations.quantiles([0.5, 0.95])
        object { json in
            json.member("count", durations.count)
            json.key("mean_s")
            json.seconds(durations.mean)
            json.key("p50_s")
            json.seconds(quantiles[0])
            json.key("p95_s")
            json.seconds(quantiles[1])
        }
    }

    private mutating func seconds(_ duration: Duration?) {
        if let duration { number(Double(duration.wholeMilliseconds) / 1000) } else { null() }
    }

    /// The ten with most incidents.
    private mutating func noisiest(_ counts: [String: Int]) {
        let sorted = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
        array { json in
            for (name, count) in sorted.prefix(10) {
                json.object { json in
                    json.member("name", name)
                    json.member("incidents", count)
                }
            }
        }
    }
}
