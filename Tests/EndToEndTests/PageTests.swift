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
        let output = try await Self.output(of: try await gateway.url(), in: folder)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        for failure in ("\n" + output).components(separatedBy: "\nFAIL ").dropFirst() {
            Issue.record("\(failure.components(separatedBy: "\nok ")[0])")
        }
        #expect(output.contains(" passed, 0 failed\n"), "\(output)\(gateway.log.all.suffix(2000))")
    }

    /// What the script writes. The test waits for its end without holding a thread of those that all tests share.
    private static func output(of url: String, in folder: TemporaryFolder) async throws -> String {
        try folder.write("", to: "output")
        let output = URL(fileURLWithPath: folder.path + "/output")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: VerifierTests.python)
        process.arguments = [script, url]
        process.standardOutput = try FileHandle(forWritingTo: output)
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }

    private static func rules(_ receiver: TestReceiver) -> String {
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
        server: {listen: "127.0.0.1:0"}
        """
    }
}
