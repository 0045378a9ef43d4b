import Rules
import Store

/// `gateway check`: says whether a settings file is right, and what is wrong with it.
enum Check {
    static func run(
        path: String = "rules.yaml", environment: [String: String], json: Bool = false
    ) -> (output: String, exitCode: Int32) {
        do {
            let configuration = try Configuration.load(
                path: path, environment: environment, history: history)
            guard !json else { return (verdict(isRight: true, configuration.warnings), 0) }
            let counts = [
                count(configuration.sources, "source"), count(configuration.rules, "rule"),
                count(configuration.webhooks, "webhook"),
            ]
            let summary = "\(path): ok (\(counts.joined(separator: ", ")))"
            return ((configuration.warnings.map(\.description) + [summary]).joined(separator: "\n"), 0)
        } catch {
            return (json ? verdict(isRight: false, error.faults) : error.description, 1)
        }
    }

    /// What is stored is of use to a check, which does without it when it cannot be read.
    private static func history(_ storage: StorageSettings) -> ((String) -> [String])? {
        guard let reader = try? StoreReader(path: storage.path) else { return nil }
        return { (try? reader.machines(of: $0)) ?? [] }
    }

    private static func verdict(isRight: Bool, _ faults: [Fault]) -> String {
        var json = JSONWriter()
        json.verdict(isRight: isRight, faults)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func count(_ items: [some Any], _ noun: String) -> String {
        "\(items.count) \(noun)\(items.count == 1 ? "" : "s")"
    }
}
