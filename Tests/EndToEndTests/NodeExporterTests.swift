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
