import Collector
internal import Glibc
import Rules
import Synchronization

/// The rules file that the service runs on, and what it last said.
final class RulesFile: Sendable {
    let path: String
    private let isDemo: Bool
    private let environment: [String: String]
    private let known = Mutex(Known())

    private struct Known {
        /// What the file said when it was last read.
        var last: Result<Configuration, ConfigurationError>?
        /// The text of it that was last found right.
        var right: String?

        mutating func read(_ now: Result<Configuration, ConfigurationError>) {
            last = now
            if case .success(let configuration) = now { right = configuration.text }
        }
    }

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
        known.withLock { known in
            // Within the lock: what `save` writes meanwhile is not to be undone by what stood there before.
            let now = Result { () throws(ConfigurationError) in
                adapted(try Configuration.load(path: path, environment: environment))
            }
            defer { known.read(now) }
            return (now, known.last != now)
        }
    }

    /// What is wrong with the file as it was last read; nil when nothing is.
    var refusal: ConfigurationError? {
        if case .failure(let error)? = known.withLock(\.last) { error } else { nil }
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

    /// What was saved, and the file in which an edit is kept that stood there and was never accepted.
    struct Saved {
        var configuration: Configuration
        let kept: String?
    }

    /// Puts a text without faults in the place of what stands in the file, as a whole or not at all.
    ///
    /// The file's watcher finds nothing new in it: whoever saves it has the result adopted.
    func save(_ text: String) throws(SaveFailure) -> Saved {
        try known.withLock { (known) throws(SaveFailure) in
            let configuration: Configuration
            do throws(ConfigurationError) { configuration = try check(text) } catch { throw .refused(error) }
            let kept: String?
            do throws(FileWriter.Failure) {
                kept = try keep(unless: [text, known.right ?? text])
                try FileWriter.replace(path, with: Array(text.utf8))
            } catch {
                throw .notWritten(path: path, error.description)
            }
            known.read(.success(configuration))
            return Saved(configuration: configuration, kept: kept)
        }
    }

    /// Puts what stands in the file beside it, unless it is one of `texts`; where to.
    private func keep(unless texts: [String]) throws(FileWriter.Failure) -> String? {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try FileReader.bytes(at: path) } catch {
            guard case .missing = error else {
                throw FileWriter.Failure(
                    description: "cannot write \(path): what stands there cannot be kept")
            }
            return nil
        }
        guard !texts.contains(where: { $0.utf8.elementsEqual(bytes) }) else { return nil }
        let beside = path + ".refused"
        try FileWriter.replace(beside, with: bytes)
        return beside
    }

    private func adapted(_ configuration: Configuration) -> Configuration {
        isDemo ? Demo.adapted(configuration) : configuration
    }
}
