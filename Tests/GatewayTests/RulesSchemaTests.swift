import Foundation
import Rules
import Testing

@testable import Gateway

/// What editors are told of rules files.
@Suite struct RulesSchemaTests {
    private static let root = shippedRules.deletingLastPathComponent()

    @Test func theFileOfTheSchemaIsUpToDate() throws {
        let file = Self.root.appendingPathComponent("rules.schema.json")
        let text = RulesSchema.text
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil { try Data(text.utf8).write(to: file) }
        #expect(
            try String(contentsOf: file, encoding: .utf8) == text,
            "if that is meant, record it: RECORD_GOLDEN=1 swift test")
        #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any])
    }

    @Test func everyKeyOfTheFileHasAType() {
        #expect(RulesSchema.shape.unread() == [])
    }

    @Test func theShippedFileNamesTheSchema() throws {
        let shipped = try String(contentsOf: shippedRules, encoding: .utf8)
        #expect(shipped.hasPrefix("# yaml-language-server: $schema=rules.schema.json\n"))
    }
}
