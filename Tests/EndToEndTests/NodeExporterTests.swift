import Foundation
import HTTP
import Rules
import TestSupport
import Testing

/// Debian's prometheus-node-exporter, polled for real.
@Suite(.timeLimit(.minutes(2))) struct NodeExporterTests {
    private static let binary = "/usr/bin/prometheus-node-exporter"

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: binary) }

    @Test(
        .enabled(
            if: isInstalled,
            "prometheus-node-exporter is missing; 'scripts/setup test' installs it"))
    func itsCPUMemoryAndDiskAreWatched() async throws {
        let exporter = Process()
        exporter.executableURL = URL(fileURLWithPath: Self.binary)
        let port = try await Self.freePort()
        exporter.arguments = ["--web.listen-address=127.0.0.1:\(port)"]
        exporter.standardError = FileHandle.nullDevice
        exporter.standardOutput = FileHandle.nullDevice
        try exporter.run()
        defer { exporter.terminate() }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        // Every value is at least 0 and at most 100: each rule below fires once, and none beyond.
        try folder.write(
            """
            sources:
              - {name: nodes, targets: ["127.0.0.1:\(port)"], interval: 250ms}
            rules:
              - {name: cpu, metric: cpu, window: 2, above: -0.001}
              - {name: mem, metric: mem, window: 2, above: 0.001}
              - {name: disk, metric: disk, window: 2, above: 0.001}
              - {name: cpu-high, metric: cpu, window: 1, above: 100.001}
              - {name: mem-high, metric: mem, window: 1, above: 100.001}
              - {name: disk-high, metric: disk, window: 1, above: 100.001}
            webhooks:
              - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
            server: {listen: "127.0.0.1:0"}
            """, to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        await receiver.received(3)
        let bodies = receiver.webhooks.map { String(decoding: $0.body, as: UTF8.self) }
        for rule in ["cpu", "mem", "disk"] {
            #expect(
                bodies.contains {
                    $0.contains("\"rule\":\"\(rule)\"") && $0.contains("\"machine\":\"127.0.0.1:\(port)\"")
                })
        }
        try await Task.sleep(for: .seconds(1))
        #expect(try await get(url + "/api/incidents?rule=cpu-high").body == "[]")
        #expect(try await get(url + "/api/incidents?rule=mem-high").body == "[]")
        #expect(try await get(url + "/api/incidents?rule=disk-high").body == "[]")
        let sources = try await get(url + "/api/sources").body
        #expect(
            sources.contains(#""state":"healthy""#) && sources.contains(#""total":1,"failing":0"#),
            "\(sources)")
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    /// The thresholds come of what the machine does while it is left alone.
    @Test(
        .enabled(if: isInstalled, "prometheus-node-exporter is missing; 'scripts/setup test' installs it"),
        .enabled(if: getuid() == 0, "only root may mount the small disk that is filled"))
    func itsRulesFireWhenTheMachineIsLoaded() async throws {
        let folder = try TemporaryFolder()
        let disk = try SmallDisk(at: folder.path + "/disk")
        let port = try await Self.freePort()
        var children = [try Child(Self.binary, ["--web.listen-address=127.0.0.1:\(port)"])]
        defer { for child in children { child.end() } }
        let receiver = try TestReceiver()
        let isDisk = "{mountpoint=\"\(disk.path)\"}"
        let full = "100 * (1 - node_filesystem_avail_bytes\(isDisk) / node_filesystem_size_bytes\(isDisk))"
        func rules(_ rules: String) -> String {
            """
            sources:
              - {name: nodes, targets: ["127.0.0.1:\(port)"], interval: 250ms}
              - name: disks
                targets: ["127.0.0.1:\(port)"]
                interval: 250ms
                format: prometheus
                prometheus:
                  metrics:
                    full: '\(full)'
            rules:
            \(rules)
            webhooks:
              - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret), only: {rules: ["loaded-*"]}}
            server: {listen: "127.0.0.1:0"}
            """
        }
        try folder.write(
            rules("  - {name: loaded-later, metric: mem, window: 1, above: 1000}"), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        let machine = url + "/api/machines/127.0.0.1:\(port)"
        var idle: [String: Double] = [:]
        while idle["mem"] == nil || idle["full"] == nil || idle["cpu"] == nil {
            idle = try await Self.last(machine)
        }
        let (memory, used) = (try #require(idle["mem"]), try #require(idle["full"]))
        #expect(used < 10)
        try folder.write(
            rules(
                """
                  - {name: loaded-cpu, metric: cpu, window: 2, above: 80}
                  - {name: loaded-memory, metric: mem, window: 2, above: \(memory + 2)}
                  - {name: loaded-disk, metric: full, window: 2, above: 50}
                """), to: "rules.yaml")
        try await gateway.line("rules accepted", "version=2")
        try disk.fill(part: 0.8)
        let python = "/usr/bin/python3"
        for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
            children.append(try Child(python, ["-c", "while True: pass"]))
        }
        let size = ProcessInfo.processInfo.physicalMemory / 25
        children.append(try Child(python, ["-c", "import time; b = bytearray(\(size)); time.sleep(600)"]))
        await receiver.received(3)
        let told = receiver.webhooks.map { String(decoding: $0.body, as: UTF8.self) }
        for rule in ["loaded-cpu", "loaded-memory", "loaded-disk"] {
            #expect(
                told.contains { $0.contains("incident.opened") && $0.contains("\"rule\":\"\(rule)\"") },
                "\(rule)")
        }
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    /// The last value of each metric of a machine; none while nobody has reported it.
    private static func last(_ url: String) async throws -> [String: Double] {
        let body = try await get(url).body
        let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        let readings = object?["last"] as? [[String: Any]] ?? []
        return Dictionary(
            readings.compactMap { reading in
                (reading["metric"] as? String).flatMap { metric in
                    (reading["value"] as? Double).map { (metric, $0) }
                }
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test func pushedSamplesOpenIncidents() async throws {
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(
            """
            sources:
              - {name: ci, push: true, interval: 1m, prometheus: {metrics: {queue: queue_length}}}
            rules:
              - {name: queue-long, metric: queue, window: 2, above: 10}
            webhooks:
              - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
            server: {listen: "127.0.0.1:0"}
            """, to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        try await gateway.line("rules accepted")
        #expect(try await get(url + "/readyz").status == 200)
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        for _ in 0..<2 {
            let request = HTTPRequest(
                method: "POST", url: url + "/api/samples?source=ci&machine=runner-1",
                fields: ["content-type": "text/plain"], body: Array("queue_length 12\n".utf8),
                timeout: .seconds(30), answerLimit: .refuse(beyond: 1 << 20))
            guard case .answer(let answer) = await client.send(request) else {
                Issue.record("no answer")
                return
            }
            #expect(answer.status == 202)
        }
        await receiver.received(1)
        #expect(String(decoding: receiver.webhooks[0].body, as: UTF8.self).contains(#""machine":"runner-1""#))
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    /// A port that was free a moment ago.
    private static func freePort() async throws -> UInt16 {
        let server = try HTTPServer(.init()) { _ in .now(.init(status: 204)) }
        defer { server.stop() }
        return server.port
    }
}

/// A process beside the test.
private final class Child {
    private let process = Process()

    init(_ program: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    /// At once: what keeps a core busy is not to outlive its test.
    func end() { kill(process.processIdentifier, SIGKILL) }
}

/// A disk of 16 MiB in memory, which only root may make.
private final class SmallDisk {
    let path: String

    struct NotMounted: Error { let code: Int32 }

    init(at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=16m") == 0 else { throw NotMounted(code: errno) }
    }

    deinit { _ = unsafe umount2(path, Int32(MNT_DETACH)) }

    func fill(part: Double) throws {
        let bytes = Data(count: Int(part * Double(16 << 20)))
        try bytes.write(to: URL(fileURLWithPath: path + "/file"))
    }
}
