import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct ExampleTests {
    /// The examples of docs/testing.md pass, beside the rules file that is shipped.
    @Test func theExamplesOfTheDocumentsPass() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let text = try String(contentsOf: root.appending(path: "docs/testing.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        let folder = try TemporaryFolder()
        try folder.write(
            String(contentsOf: root.appending(path: "rules.yaml"), encoding: .utf8), to: "rules.yaml")
        for block in blocks where block.hasPrefix("# group.yaml") {
            try folder.write(block, to: "group.yaml")
        }
        let cases = blocks.filter { $0.contains("cases:") }
        #expect(cases.count == 2)
        for block in cases {
            let path = try folder.write(block, to: "cases.yaml")
            let result = await TestCommand.run(paths: [path], environment: [:])
            #expect(result.exitCode == 0, "\(result.output)")
        }
    }
}
