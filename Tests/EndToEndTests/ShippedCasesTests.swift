import Foundation
import Testing

@Suite struct ShippedCasesTests {
    /// The rules that are shipped do what their unit tests say, on the program that is shipped.
    @Test func theShippedRulesPassTheirTests() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
            .standardizedFileURL
        let process = Process()
        process.executableURL = URL(fileURLWithPath: GatewayProcess.binary)
        process.arguments = ["test", "rules.test.yaml"]
        process.currentDirectoryURL = root
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(output)")
        #expect(output.hasSuffix(" passed, 0 failed\n"))
    }
}
