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
        let (folder, guardedFolder) = (try TemporaryFolder(), try TemporaryFolder())
        let reader = try await Self.token("grafana", "read")
        let writer = try await Self.token("kim", "write")
        try folder.write(Self.rules(receiver), to: "rules.yaml")
        let tokens = "tokens: [\(reader.line), \(writer.line)]"
        try guardedFolder.write(Self.rules(receiver, server: tokens), to: "rules.yaml")
        let (gateway, guarded) = (try GatewayProcess(in: folder), try GatewayProcess(in: guardedFolder))
        let arguments = [try await gateway.url(), try await guarded.url(), reader.text, writer.text]
        let output = try await Program.run([VerifierTests.python, Self.script] + arguments).standardOutput
        for process in [gateway, guarded] {
            process.send(SIGTERM)
            #expect(await process.ended() == 0)
        }
        for failure in ("\n" + output).components(separatedBy: "\nFAIL ").dropFirst() {
            Issue.record("\(failure.components(separatedBy: "\nok ")[0])")
        }
        #expect(
            output.contains(" passed, 0 failed\n"),
            "\(output)\(gateway.log.all.suffix(2000))\(guarded.log.all.suffix(2000))")
    }

    /// A token as `gateway token add` makes it, and the line of rules.yaml by which it is known.
    private static func token(_ name: String, _ role: String) async throws -> (text: String, line: String) {
        let made = try await Program.run([GatewayProcess.binary, "token", "add", name, "--role", role])
        let lines = made.standardOutput.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let line = try #require(lines.first { $0.hasPrefix("- {name: ") })
        return (try #require(lines.first), String(line.dropFirst(2)))
    }

    private static func rules(_ receiver: TestReceiver, server: String = "") -> String {
        """
        sources:
          - {name: ci, push: true, interval: 1h, labels: {team: core}}
          - {name: lab, url: "http://127.0.0.1:1/", interval: 100ms}
        rules:
          - {name: cpu-high, metric: cpu, window: 1, above: 85, severity: critical, message: "cpu {{value}} is above 85",
             runbook: "https://runbooks.example/cpu"}
          - {name: memory-high, metric: mem, window: 1, above: 90, severity: warning}
        webhooks:
          - {name: ops, url: "\(receiver.url)", secret: \(TestReceiver.secret)}
        server: {listen: "127.0.0.1:0"\(server.isEmpty ? "" : ", " + server)}
        """
    }
}
