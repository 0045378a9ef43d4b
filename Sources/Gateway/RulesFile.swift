import Collector
internal import Glibc
import Rules
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
            adapted(try Configuration.load(path: path, environment: environment))
        }
        return last.withLock { last in
            defer { last = now }
            return (now, last != now)
        }
    }

    /// What is wrong with the file as it was last read; nil when nothing is.
    var refusal: ConfigurationError? {
        if case .failure(let error)? = last.withLock({ $0 }) { error } else { nil }
    }

    /// Reads a text as if it stood in the file.
    func check(
        _ text: String, history: Configuration.History? = nil
    ) throws(ConfigurationError) -> Configuration {
        adapted(
            try Configuration.parse(
                Array(text.utf8), asFileAt: path, environment: environment, history: history))
    }

    enum SaveFailure: Error {
        case refused(ConfigurationError)
        case notWritten(path: String, String)
    }

    /// Puts a text without faults in the place of what stands in the file, as a whole or not at all.
    ///
    /// The file's watcher finds nothing new in it: whoever saves it has the result adopted.
    func save(_ text: String) throws(SaveFailure) -> Configuration {
        try last.withLock { (last) throws(SaveFailure) in
            let configuration: Configuration
            do throws(ConfigurationError) { configuration = try check(text) } catch { throw .refused(error) }
            do throws(FileWriter.Failure) {
                try FileWriter.replace(path, with: Array(text.utf8))
            } catch {
                throw .notWritten(path: path, error.description)
            }
            last = .success(configuration)
            return configuration
        }
    }

    private func adapted(_ configuration: Configuration) -> Configuration {
        isDemo ? Demo.adapted(configuration) : configuration
    }
}
