import Foundation
import TestSupport
import Testing

/// The page in a real Chromium: `Tests/Browser` drives it, one browser for all its checks.
@Suite struct PageTests {
    private static let script =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        + "/Browser/run.py"

    @Test func thePageWorksInABrowser() async throws {
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(Self.rules(receiver), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let output = try VerifierTests.output([Self.script, try await gateway.url()])
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        for failure in output.split(separator: "\nFAIL ").dropFirst() {
            Issue.record("\(failure)")
        }
        #expect(output.contains(" passed, 0 failed\n"), "\(output)\(gateway.log.all.suffix(2000))")
    }

    private static func rules(_ receiver: TestReceiver) -> String {
        """
        sources:
          - {name: ci, push: true, interval: 1h, labels: {team: core}}
        rules:
          - {name: cpu-high, metric: cpu, window: 1, above: 85, severity: critical, message: "cpu {{value}} is above 85",
             runbook: "https://runbooks.example/cpu"}
          - {name: memory-high, metric: mem, window: 1, above: 90, severity: warning}
        webhooks:
          - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
        server: {listen: "127.0.0.1:0"}
        """
    }
}
