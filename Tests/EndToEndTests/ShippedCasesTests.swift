import Foundation
import TestSupport
import Testing

@Suite struct ShippedCasesTests {
    /// The rules that are shipped do what their unit tests say, on the program that is shipped.
    @Test func theShippedRulesPassTheirTests() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
            .standardizedFileURL
        let tests = try await Program.run([GatewayProcess.binary, "test", "rules.test.yaml"], in: root.path)
        #expect(tests.status == 0, "\(tests)")
        #expect(tests.standardOutput.hasSuffix(" passed, 0 failed\n"))
    }
}
