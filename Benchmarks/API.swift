import Foundation
import Glibc
import HTTP
import Rules

extension Main {
    /// The history of a year, asked of the real gateway over loopback: `GATEWAY_BINARY`, or the release binary here.
    static func api() async throws {
        report("make a year of history", milliseconds(try await measure { try await PastYear.make() }, 0))
        let gateway = try await LiveGateway()
        defer { gateway.stop() }
        report("start until ready", milliseconds(gateway.untilReady, 0))
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
        try gateway.load("/api/incidents", "first page of 50")
        try gateway.load("/api/incidents?limit=1000", "list of 1,000")
        try gateway.load("/healthz", "a few bytes, the ceiling of both")
        for type in ["text/csv", "application/x-ndjson"] {
            let (seconds, bytes, growth) = try await gateway.export(type)
            report(
                "export all as \(type)",
                "\(bytes >> 20) MiB in \(milliseconds(seconds, 0)), memory grew by \(growth >> 10) KiB")
        }
    }

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

/// The gateway as a process of its own, on the past year, polling a fleet that is calm.
private final class LiveGateway {
    let untilReady: Double
    private let process = Process()
    private let client: HTTPClient
    private let fleet: HTTPServer
    private let url: String

    init() async throws {
        let records = (0..<PastYear.machines).map { slot in
            #"{"machine_ip":"10.\#(slot >> 16).\#(slot >> 8 & 255).\#(slot & 255)","cpu":1,"mem":1,"disk":1}"#
        }
        let body = Array(("[" + records.joined(separator: ",") + "]").utf8)
        fleet = try HTTPServer(.init()) { _ in
            .now(.init(fields: ["content-type": "application/json"], body: body))
        }
        client = try HTTPClient(userAgent: "bench")
        let port = 20_000 + Int(getpid()) % 10_000
        url = "http://127.0.0.1:\(port)"
        let rules = zip(
            ["cpu-high", "memory-high", "disk-full"], ["cpu", "mem", "disk"]
        ).map { "  - {name: \($0), metric: \($1), window: 3, above: 85}" }.joined(separator: "\n")
        try """
        sources:
          - {name: fleet, url: "http://127.0.0.1:\(fleet.port)/", interval: 15m, json: {metrics: {cpu: cpu, mem: mem, disk: disk}}}
        rules:
        \(rules)
        server: {listen: "127.0.0.1:\(port)"}
        storage: {path: \(PastYear.database), keep_incidents: 800d}
        """.write(toFile: PastYear.folder + "/rules.yaml", atomically: true, encoding: .utf8)
        process.executableURL = URL(
            fileURLWithPath: ProcessInfo.processInfo.environment["GATEWAY_BINARY"]
                ?? ".build/release/gateway")
        process.arguments = ["run", "--rules", PastYear.folder + "/rules.yaml"]
        process.standardError = FileHandle(forWritingAtPath: "/dev/null")
        let start = ContinuousClock.now
        try process.run()
        while await Self.status(client, url + "/readyz") != 200 {
            guard process.isRunning, ContinuousClock.now - start < .seconds(30) else { throw BenchError() }
            try await Task.sleep(for: .milliseconds(2))
        }
        untilReady = (ContinuousClock.now - start) / .seconds(1)
        // What the start has begun is over before anything is measured.
        try await Task.sleep(for: .seconds(3))
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        client.close()
    }

    private static func status(_ client: HTTPClient, _ url: String) async -> Int {
        let request = HTTPRequest(url: url, timeout: .seconds(30), answerLimit: .refuse(beyond: 1 << 26))
        guard case .answer(let answer) = await client.send(request) else { return 0 }
        return answer.status
    }

    /// The sorted seconds of `count` answers, one after the other.
    func times(of target: (Int) -> String, count: Int) async throws -> [Double] {
        var times: [Double] = []
        for number in 0..<count {
            let start = ContinuousClock.now
            guard await Self.status(client, url + target(number)) == 200 else { throw BenchError() }
            times.append((ContinuousClock.now - start) / .seconds(1))
        }
        return times.sorted()
    }

    /// How many requests a second `wrk` gets through on 16 connections, on the same processors as the gateway.
    func load(_ target: String, _ name: String) throws {
        let wrk = Process()
        wrk.executableURL = URL(fileURLWithPath: "/usr/bin/wrk")
        wrk.arguments = ["-t1", "-c16", "-d4s", "--latency", url + target]
        let pipe = Pipe()
        wrk.standardOutput = pipe
        do { try wrk.run() } catch { return Main.report(name, "wrk is not installed") }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        wrk.waitUntilExit()
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let figures = lines.filter {
            $0.hasPrefix("99%") || $0.hasPrefix("Requests/sec") || $0.contains("Non-2xx")
        }
        Main.report(name, figures.joined(separator: ", "))
    }

    /// How long all incidents took, how many bytes they were, and by how many more the process then held.
    func export(_ type: String) async throws -> (seconds: Double, bytes: Int, growth: Int) {
        let before = try memory("VmRSS")
        // Has the kernel begin anew with the peak (proc(5), clear_refs).
        try "5".write(
            toFile: "/proc/\(process.processIdentifier)/clear_refs", atomically: false, encoding: .utf8)
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        curl.arguments = [
            "-sf", "-o", "/dev/null", "-w", "%{size_download}", "-H", "accept: \(type)",
            url + "/api/incidents",
        ]
        let pipe = Pipe()
        curl.standardOutput = pipe
        let start = ContinuousClock.now
        try curl.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        curl.waitUntilExit()
        guard curl.terminationStatus == 0, let bytes = Int(text) else { throw BenchError() }
        return ((ContinuousClock.now - start) / .seconds(1), bytes, try memory("VmHWM") - before)
    }

    private func memory(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }
}
