import Foundation
import TestSupport
import Testing

/// The API in the eyes of programs that we did not write, made ready by `scripts/setup test`.
@Suite struct APIPeerTests {
    private static let tools =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/.tools"

    /// A gateway whose API has something to show: incidents, deliveries, a source that fails.
    private static func gateway(in folder: TemporaryFolder, _ receiver: TestReceiver) async throws -> (
        GatewayProcess, url: String
    ) {
        let fleet = try TestFleet(machines: 3) { $0 == 0 ? 97 : 1 }
        try folder.write(
            """
            sources:
              - {name: fleet, url: "\(fleet.url)", interval: 1h, json: {metrics: {cpu: cpu}}, labels: {env: test}}
              - {name: broken, url: "http://127.0.0.1:1/", interval: 1h, json: {metrics: {cpu: cpu}}}
              - {name: lab, push: true, json: {metrics: {cpu: cpu}}}
            rules:
              - {name: cpu-high, metric: cpu, window: 1, above: 85, severity: critical}
              - {name: cpu-odd, metric: cpu, window: 1m, outside: [10, 90], severity: warning}
            webhooks:
              - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
            server: {listen: "127.0.0.1:0"}
            """, to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        await receiver.received(1)
        return (gateway, url)
    }

    /// Schemathesis sends what the description allows, and what it does not, and looks whether each answer is one that
    /// is described. An endless stream is left out, and so is whether all that is described is taken: a shape says less
    /// than the API checks.
    @Test func theAPIAnswersAsItsDescriptionSays() async throws {
        let (folder, receiver) = (try TemporaryFolder(), try TestReceiver())
        let (gateway, url) = try await Self.gateway(in: folder, receiver)
        let program = try await Program.run(
            [
                Self.tools + "/schemathesis/bin/schemathesis", "run", url + "/openapi.json", "--seed", "1",
                "--max-examples", "3", "--max-time", "25",
                "--phases", "coverage,fuzzing", "--exclude-path", "/api/events", "--continue-on-failure",
                "--no-color", "--no-shrink", "--generation-database", "none", "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,"
                    + "response_schema_conformance,response_headers_conformance,unsupported_method",
            ], in: folder.path)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        #expect(program.status == 0, "\(program)")
    }

    @Test func promtoolIsContentWithTheMetrics() async throws {
        let (folder, receiver) = (try TemporaryFolder(), try TestReceiver())
        let (gateway, url) = try await Self.gateway(in: folder, receiver)
        let metrics = try await get(url + "/metrics")
        #expect(metrics.status == 200)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let promtool = try await Program.run(
            [Self.tools + "/promtool", "check", "metrics"], input: metrics.body)
        #expect(
            promtool.status == 0 && (promtool.standardOutput + promtool.standardError).isEmpty, "\(promtool)")
    }
}
