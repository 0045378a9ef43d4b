import Foundation
import TestSupport
import Testing

/// rules.schema.json in the eyes of a validator that we did not write: the PyPI package `jsonschema`, with YAML 1.2 as
/// `ruamel.yaml` reads it.
@Suite struct SchemaTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Reads each file of the arguments and says what of it the schema refuses, a line each.
    private static let script = """
        import json, sys
        import jsonschema
        from ruamel.yaml import YAML

        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        yaml = YAML(typ="safe", pure=True)
        # As editors have it: a time is a text.
        yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)

        def deepest(fault):
            within = [deepest(other) for other in fault.context]
            return max([fault.absolute_path] + within, key=len)

        for path in sys.argv[2:]:
            places = [deepest(fault) for fault in validator.iter_errors(yaml.load(open(path)))]
            print("refused at /" + " /".join("/".join(map(str, place)) for place in places) if places else "taken")
        """

    private func verdicts(on files: [String]) async throws -> [String] {
        let folder = try TemporaryFolder()
        let paths = try files.enumerated().map { try folder.write($1, to: "\($0).yaml") }
        let schema = Self.root.appendingPathComponent("rules.schema.json").path
        return try await VerifierTests.output(["-c", Self.script, schema] + paths)
            .split(separator: "\n").map(String.init)
    }

    /// The examples of the documents, each made a whole file.
    private static func examples() throws -> [(name: String, yaml: String)] {
        var found: [(name: String, yaml: String)] = []
        for (document, section) in [
            ("rules", "rules"), ("sources", "sources"), ("webhooks", "webhooks"), ("silences", "maintenance"),
        ] {
            let text = try String(
                contentsOf: root.appendingPathComponent("docs/\(document).md"), encoding: .utf8)
            let blocks = text.components(separatedBy: "```yaml\n").dropFirst()
                .compactMap { $0.components(separatedBy: "```").first }
            for (number, block) in blocks.enumerated() {
                found.append(("\(document).md, example \(number + 1)", whole(block, section)))
            }
        }
        return found
    }

    private static func whole(_ block: String, _ section: String) -> String {
        let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.map { $0.drop { $0 == " " } }.first { !$0.isEmpty && !$0.hasPrefix("#") } ?? ""
        let indented = lines.map { "    " + $0 }.joined(separator: "\n")
        var file = block
        if first.hasPrefix("-") {
            file = "\(section):\n\(indented)\n"
        } else if ["json", "prometheus"].contains(where: { first.hasPrefix("\($0):") }) {
            file = "sources:\n  - name: a\n\(block)\n"
        }
        for key in ["sources", "rules"] where !file.hasPrefix("\(key):") && !file.contains("\n\(key):") {
            file += "\n\(key): []\n"
        }
        return file
    }

    @Test func whatShipsAndWhatIsDocumentedIsTaken() async throws {
        let shipped = try String(
            contentsOf: Self.root.appendingPathComponent("rules.yaml"), encoding: .utf8)
        let files = [("rules.yaml", shipped)] + (try Self.examples())
        #expect(files.count > 20)
        let verdicts = try await verdicts(on: files.map(\.1))
        #expect(verdicts.count == files.count)
        for (file, verdict) in zip(files, verdicts) {
            #expect(verdict == "taken", "\(file.0):\n\(file.1)")
        }
    }

    @Test func theObviousMistakesAreRefused() async throws {
        let cases = [
            ("{name: a, metric: cpu, window: 3, abvoe: 1}", "rules/0"),
            ("{name: a, metric: cpu, window: 3, above: high}", "rules/0/above"),
            ("{name: a, metric: cpu, window: 3, above: [1, 2]}", "rules/0/above"),
            ("{name: a, metric: cpu, window: 3, above: 1, for: 10 minutes}", "rules/0/for"),
            ("{name: a, metric: cpu, window: 3, above: 1, severity: urgent}", "rules/0/severity"),
            ("{name: a, metric: cpu, window: 3, above: 1, aggregate: average}", "rules/0/aggregate"),
            ("{name: a, metric: cpu, window: 3, above: 1, repeat: never}", "rules/0/repeat"),
            ("{name: a, metric: cpu, window: 3, above: 1, labels: [a]}", "rules/0/labels"),
            ("{name: a, missing: -1}", "rules/0/missing"),
            ("{name: a, missing: 3, flapping: {changes: 1, in: 1h}}", "rules/0/flapping/changes"),
            ("{name: a, metric: cpu, window: 3, forecast: {reach: 95, until: 24h}}", "rules/0/forecast"),
        ]
        let files =
            cases.map { "sources: []\nrules: [\($0.0)]\n" } + ["sources: []\n", "rules: {}\nsources: []\n"]
        let verdicts = try await verdicts(on: files)
        #expect(verdicts == (cases.map(\.1) + ["", "rules"]).map { "refused at /\($0)" })
    }
}
