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

    /// Whoever writes a key can read what it means; and nothing is described that is not taken.
    @Test func theKeysOfTheSchemaAreThoseOfTheDocuments() throws {
        let documents = Self.root.appendingPathComponent("docs")
        let names = try FileManager.default.contentsOfDirectory(atPath: documents.path).filter {
            $0.hasSuffix(".md")
        }
        var texts = try names.map { name in
            (name, try String(contentsOf: documents.appendingPathComponent(name), encoding: .utf8))
        }
        texts.append(
            (
                "README.md",
                try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
            ))
        let keys = Self.keys(of: try JSONValue(Array(RulesSchema.text.utf8)))
        for key in keys {
            let isDescribed = texts.contains { _, text in
                text.contains("`\(key)`") || text.contains("`\(key):") || text.contains(" \(key):")
                    || text.contains("{\(key):") || text.contains("\n\(key):")
            }
            #expect(isDescribed, "no document tells of '\(key)'")
        }
        for (name, text) in texts where ["rules.md", "sources.md"].contains(name) {
            let tables = text.components(separatedBy: "\n| key |").dropFirst()
            #expect(!tables.isEmpty)
            for row in tables.flatMap({ $0.split(separator: "\n").dropFirst(2).prefix { $0.hasPrefix("| ") } }
            ) {
                let words = row.split(separator: "|")[0].split(separator: "`").filter {
                    !" ,".contains($0.first ?? " ")
                }
                for word in words { #expect(keys.contains(String(word)), "\(name) tells of '\(word)'") }
            }
        }
    }

    /// The names of all keys, wherever in a schema they stand.
    private static func keys(of schema: JSONValue) -> Set<String> {
        switch schema {
        case .object(let members):
            var keys: Set<String> = []
            for (name, value) in members {
                if name == "properties", case .object(let properties) = value {
                    keys.formUnion(properties.keys)
                    for property in properties.values { keys.formUnion(Self.keys(of: property)) }
                } else {
                    keys.formUnion(Self.keys(of: value))
                }
            }
            return keys
        case .array(let elements): return elements.reduce(into: []) { $0.formUnion(Self.keys(of: $1)) }
        default: return []
        }
    }

    @Test func theShippedFileNamesTheSchema() throws {
        let shipped = try String(contentsOf: shippedRules, encoding: .utf8)
        #expect(shipped.hasPrefix("# yaml-language-server: $schema=rules.schema.json\n"))
    }
}
