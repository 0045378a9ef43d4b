import Rules

@testable import Gateway

/// The text of rules.yaml.
enum RulesDoor {
    private static let secret = "Tr0ub4dor"
    private static let environment = Environment(variables: ["TOKEN": secret, "HOST": "a", "N": "3"]) {
        _ throws(FileError) in throw .missing
    }

    @Sendable static func take(_ bytes: [UInt8]) {
        let read = read(bytes)
        guard bytes.first != 0xEF, let text = String(validating: bytes, as: UTF8.self) else { return }
        demandPlaces(read.faults, in: text)
        // A comment above it moves what it says by a line and changes nothing of it.
        let moved = self.read(Array("# a comment\n".utf8) + bytes)
        demand(
            moved.configuration?.settings == read.configuration?.settings, "a comment changes what is read")
        demand(
            moved.faults.map(\.place) == read.faults.map(\.placeBelow),
            "a comment changes what is wrong:\n\(read.faults)\n\(moved.faults)")
    }

    private static func read(_ bytes: [UInt8]) -> (configuration: Configuration?, faults: [Fault]) {
        do throws(ConfigurationError) {
            let configuration = try Configuration.parse(
                bytes, environment: environment, reporting: Faults(in: "rules.yaml"))
            return (configuration, configuration.warnings)
        } catch {
            demand(!error.faults.isEmpty, "it is refused without a word")
            return (nil, error.faults)
        }
    }

    private static func demandPlaces(_ faults: [Fault], in text: String) {
        let lines = text.replacing("\r\n", with: "\n").unicodeScalars.split(omittingEmptySubsequences: false)
        {
            $0 == "\n" || $0 == "\r"
        }
        for fault in faults {
            let said = fault.description
            demand(!said.contains(secret), "a secret is shown: \(said)")
            demand(
                said.unicodeScalars.allSatisfy {
                    $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
                },
                "a control character is shown: \(said.debugDescription)")
            guard fault.file == "rules.yaml", let mark = fault.mark else { continue }
            demand(1...lines.count ~= mark.line, "there is no line \(mark.line): \(said)")
            demand(1...(lines[mark.line - 1].count + 1) ~= mark.column, "there is no such column: \(said)")
        }
    }
}

extension Fault {
    fileprivate var place: String { "\(mark?.line ?? 0):\(mark?.column ?? 0) \(kind)" }
    fileprivate var placeBelow: String { "\(mark.map { $0.line + 1 } ?? 0):\(mark?.column ?? 0) \(kind)" }
}

extension Configuration {
    /// It without its text and the places in it.
    fileprivate var settings: Configuration {
        Configuration(
            sources: sources, rules: rules, webhooks: webhooks, maintenance: maintenance, server: server,
            storage: storage, heartbeat: heartbeat, warnings: [], text: "")
    }
}
