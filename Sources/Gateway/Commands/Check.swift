import Rules

/// `gateway check`: says whether a settings file is right, and what is wrong with it.
enum Check {
    static func run(
        path: String = "rules.yaml", environment: [String: String]
    ) -> (output: String, exitCode: Int32) {
        do {
            let configuration = try Configuration.load(path: path, environment: environment)
            let counts = [
                count(configuration.sources, "source"), count(configuration.rules, "rule"),
                count(configuration.webhooks, "webhook"),
            ]
            let summary = "\(path): ok (\(counts.joined(separator: ", ")))"
            return ((configuration.warnings.map(\.description) + [summary]).joined(separator: "\n"), 0)
        } catch {
            return (error.description, 1)
        }
    }

    private static func count(_ items: [some Any], _ noun: String) -> String {
        "\(items.count) \(noun)\(items.count == 1 ? "" : "s")"
    }
}
