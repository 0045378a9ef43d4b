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

    func load() throws(ConfigurationError) -> Configuration {
        let read = Result { () throws(ConfigurationError) in
            try Configuration.load(path: path, environment: environment)
        }
        last.withLock { $0 = read }
        let configuration = try read.get()
        return isDemo ? Demo.adapted(configuration) : configuration
    }

    /// The configuration as it is now; nil when `onlyIfChanged` and it says what it said before.
    func reload(onlyIfChanged: Bool) throws(ConfigurationError) -> Configuration? {
        let before = last.withLock { $0 }
        let now: Configuration
        do {
            now = try load()
        } catch {
            if onlyIfChanged, case .failure(let known) = before, known == error { return nil }
            throw error
        }
        if onlyIfChanged, case .success(let known) = before, known == last.withLock({ try? $0?.get() }) {
            return nil
        }
        return now
    }
}
