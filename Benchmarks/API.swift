import Foundation
import Glibc
import HTTP
import Rules

extension Main {
    /// The history of a year, asked of the real gateway over loopback: `GATEWAY_BINARY`, or the release binary here.
    static func api() async throws {
        let year = PastYear(incidents: 1_000_000)
        report("make a year of history", milliseconds(try await measure { try await year.make() }, 0))
        let gateway = try await LiveGateway(on: year)
        defer { gateway.stop() }
        report("start until ready", milliseconds(gateway.untilReady, 0))
        report("resident memory", "\(try gateway.memory("VmRSS") >> 20) MiB")
        var slowest = 0.0
        for (name, target) in questions {
            let times = try await gateway.times(of: target, count: 200)
            slowest = max(slowest, times[197])
            report("GET \(name)", "p50 \(milliseconds(times[99])), p99 \(milliseconds(times[197]))")
        }
        report("the slowest list or filter, p99", milliseconds(slowest))
        var stats: [Double] = []
        for day in 1...5 {
            stats += try await gateway.times(of: { _ in "/api/stats?since=\(365 - day)d" }, count: 1)
        }
        report("GET /api/stats over a year", milliseconds(stats.median))
        report("first page of 50", try gateway.load("/api/incidents"))
        report("list of 1,000", try gateway.load("/api/incidents?limit=1000"))
        report("any page of 50", try gateway.load("/api/incidents", script: anyPage))
        report("a few bytes, the ceiling of all", try gateway.load("/healthz"))
        for type in ["text/csv", "application/x-ndjson"] {
            let (seconds, bytes, growth) = try await gateway.export(type)
            report(
                "export all as \(type)",
                "\(bytes >> 20) MiB in \(milliseconds(seconds, 0)), memory grew by \(growth >> 10) KiB")
        }
    }

    /// Has `wrk` ask for another page each time, so that none is a kept one.
    private static let anyPage = """
        local digits = "0123456789abcdefghijklmnopqrstuvwxyz"
        request = function()
          local number, text = math.random(100, 999999), ""
          while number > 0 do
            text = digits:sub(number % 36 + 1, number % 36 + 1) .. text
            number = math.floor(number / 36)
          end
          return wrk.format(nil, "/api/incidents?cursor=i" .. text)
        end
        """

    /// What is asked, another one each time where there are several, so that no answer is a kept one.
    private static let questions: [(String, @Sendable (Int) -> String)] = [
        ("a page further back", { "/api/incidents?cursor=i\(String(900_000 - $0 * 3000, radix: 36))" }),
        ("?status=open", { "/api/incidents?status=open&limit=\(50 + $0)" }),
        ("?status=resolved", { "/api/incidents?status=resolved&limit=\(50 + $0 % 100)" }),
        ("?rule", { "/api/incidents?rule=cpu-high&limit=\(50 + $0 % 100)" }),
        (
            "?rule, severity that never meet",
            { "/api/incidents?rule=cpu-high&severity=critical&limit=\(50 + $0)" }
        ),
        ("?machine", { "/api/incidents?machine=10.0.\($0 % 39).\($0)" }),
        ("?machine glob of one", { "/api/incidents?machine=*.\($0 % 39).\($0)" }),
        ("?machine glob of many", { "/api/incidents?machine=10.0.*.\($0)" }),
        ("?machine glob of none", { "/api/incidents?machine=*x\($0)" }),
        ("?two severities", { "/api/incidents?severity=info,critical&limit=\(50 + $0)" }),
        ("?label", { "/api/incidents?label.team=team-\($0 % 20)&limit=\(50 + $0)" }),
        ("?label of none", { "/api/incidents?label.team=nobody\($0)" }),
        ("?since", { "/api/incidents?since=\($0 + 30)d" }),
        ("?until", { "/api/incidents?until=\($0 + 30)d" }),
        ("?since and until", { "/api/incidents?since=\($0 + 31)d&until=\($0 + 30)d" }),
        ("?at", { "/api/incidents?at=\($0 + 30)d" }),
        ("?at, rule, machine glob", { "/api/incidents?at=\($0 + 30)d&rule=disk-full&machine=10.0.*" }),
        ("?q of many", { "/api/incidents?q=mean+\($0 % 2 == 0 ? "disk" : "team-7")&limit=\(50 + $0)" }),
        ("?q of ten notes", { "/api/incidents?q=flux+capac&limit=\(50 + $0)" }),
        ("?q of one letter", { "/api/incidents?q=\($0 % 9 + 1)&limit=\(50 + $0)" }),
        ("?q of none", { "/api/incidents?q=nothing\($0)" }),
        (
            "?q, status, label, since",
            {
                "/api/incidents?q=disk&status=resolved&label.env=test&since=\($0 + 20)d"
            }
        ),
        ("an incident", { "/api/incidents/\($0 * 4999 + 1)" }),
        ("deliveries", { "/api/deliveries?limit=\(50 + $0)" }),
        ("deliveries of a webhook", { "/api/deliveries?webhook=pager&limit=\(50 + $0)" }),
        ("deliveries that are dead", { "/api/deliveries?state=dead&limit=\(1 + $0)" }),
        ("deliveries of a webhook since", { "/api/deliveries?webhook=pager&since=\($0 + 1)h" }),
        ("machines", { "/api/machines?limit=\(50 + $0 % 20)" }),
        ("a machine", { "/api/machines/10.0.\($0 % 39).\($0)" }),
        ("a day of samples", { "/api/machines/10.0.\($0 % 39).\($0)/samples?metric=cpu&since=2d&points=50" }),
    ]
}
