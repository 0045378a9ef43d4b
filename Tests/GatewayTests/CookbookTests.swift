import Foundation
import Rules
import Testing

@testable import Gateway

@Suite struct CookbookTests {
    /// What docs/rules.md offers to copy is right as it stands, and there is as much of it as it says.
    @Test func theCookbookIsTakenAsItStands() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/rules.md")
        let text = try String(contentsOf: path.standardizedFileURL, encoding: .utf8)
        let book = try #require(text.components(separatedBy: "## Cookbook").last)
        let yaml = try #require(
            book.components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first)
        let configuration = try configuration(yaml)
        #expect(configuration.rules.count == 15)
        #expect(configuration.warnings.map(\.description) == [])
    }
}
