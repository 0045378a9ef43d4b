import Foundation
import Glibc
import HTTP
import Rules

/// The gateway as a process of its own, on the past year, polling a fleet that is calm.
final class LiveGateway {
    private(set) var untilReady = 0.0
    private var process = Process()
    private let client: HTTPClient
    private let fleet: HTTPServer
    private let url: String
    /// The path of rules.yaml.
    private let rules: String

    /// On a copy, since the gateway ends what is open while all is calm.
    init(on year: PastYear) async throws {
        let database = year.folder + "/live.db"
        try year.copy(to: database)
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
        let judged = zip(
            ["cpu-high", "memory-high", "disk-full"], ["cpu", "mem", "disk"]
        ).map { "  - {name: \($0), metric: \($1), window: 3, above: 85}" }.joined(separator: "\n")
        try """
        sources:
          - {name: fleet, url: "http://127.0.0.1:\(fleet.port)/", interval: 15m, json: {metrics: {cpu: cpu, mem: mem, disk: disk}}}
        rules:
        \(judged)
        server: {listen: "127.0.0.1:\(port)"}
        storage: {path: \(database), keep_incidents: 800d}
        """.write(toFile: year.folder + "/rules.yaml", atomically: true, encoding: .utf8)
        rules = year.folder + "/rules.yaml"
        try await start()
    }

    private func start() async throws {
        process = Process()
        process.executableURL = URL(
            fileURLWithPath: ProcessInfo.processInfo.environment["GATEWAY_BINARY"]
                ?? ".build/release/gateway")
        process.arguments = ["run", "--rules", rules]
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

    /// Ends it and starts it anew.
    func restart() async throws {
        process.terminate()
        process.waitUntilExit()
        try await start()
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
    func load(_ target: String, script: String? = nil) throws -> String {
        let wrk = Process()
        wrk.executableURL = URL(fileURLWithPath: "/usr/bin/wrk")
        wrk.arguments = ["-t1", "-c16", "-d4s", "--latency", url + target]
        if let script {
            let path = rules + ".lua"
            try script.write(toFile: path, atomically: true, encoding: .utf8)
            wrk.arguments?.insert(contentsOf: ["-s", path], at: 0)
        }
        let pipe = Pipe()
        wrk.standardOutput = pipe
        do { try wrk.run() } catch { return "wrk is not installed" }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        wrk.waitUntilExit()
        return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("99%") || $0.hasPrefix("Requests/sec") || $0.contains("Non-2xx") }
            .joined(separator: ", ")
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

    /// Bytes: `VmRSS` of what is resident, `VmHWM` of the most that was.
    func memory(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }
}
