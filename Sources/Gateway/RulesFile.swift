import Collector
import Synchronization

/// The rules file that the service runs on, and what it last said.
final class RulesFile: Sendable {
    let path: String
    private let isDemo: Bool
    private let environment: [String: String]
    private let last = Mutex(Result<Configuration, ConfigurationError>?.none)

    init(_ options: RunOptions, environment: [String: String]) {
        path = options.rules
        isDemo = options.demo
        self.environment = options.demo ? Demo.environment(environment) : environment
    }

    /// Reads the file for the first time.
    func load() throws(ConfigurationError) -> Configuration {
        try reload().reading.get()
    }

    /// Reads the file: what it says, and whether that is other settings or other faults than before.
    func reload() -> (reading: Result<Configuration, ConfigurationError>, isNews: Bool) {
        let now = Result { () throws(ConfigurationError) in
            let configuration = try Configuration.load(path: path, environment: environment)
            return isDemo ? Demo.adapted(configuration) : configuration
        }
        return last.withLock { last in
            defer { last = now }
            return (now, last != now)
        }
    }
}
