import Collector
import Notifiers
import Rules

/// All that rules.yaml says.
struct Configuration: Equatable, Sendable {
    var sources: [Source]
    let rules: [Rule]
    let webhooks: [Webhook]
    var maintenance: [Silence] = []
    let server: ServerSettings
    var storage: StorageSettings
    var heartbeat: HeartbeatSettings?
    /// What is worth a look in a file that is right.
    let warnings: [Fault]
    /// The file as it was read.
    let text: String
    /// From where it comes: `start`, `saved`, `reload`, `api by kim`.
    var origin = "start"

    /// Gives, of the storage that a file names, what gives the names of the machines that a source has had; nil when
    /// nothing is stored.
    typealias History = (StorageSettings) -> ((String) -> [String])?

    /// Reads the file at `path`, the `.env` beside it and the files that it names.
    ///
    /// Throws everything that is wrong with them at once. `environment` wins over `.env`.
    static func load(
        path: String, environment: [String: String], history: History? = nil
    ) throws(ConfigurationError) -> Configuration {
        let bytes: [UInt8]
        do {
            bytes = try FileReader.bytes(at: path)
        } catch {
            let fault = Fault(file: path, message: error.message, cure: error.cure)
            throw ConfigurationError(file: path, faults: [fault])
        }
        // Some editors begin a file with a byte order mark, which is no part of what it says.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes
        return try parse(text, asFileAt: path, environment: environment, history: history)
    }

    /// Reads `text` as if it stood in the file at `path`: with the `.env` and the files beside it.
    static func parse(
        _ text: [UInt8], asFileAt path: String, environment: [String: String], history: History? = nil
    ) throws(ConfigurationError) -> Configuration {
        let folder = FileReader.folder(of: path)
        var surroundings = Environment(variables: environment, folder: folder) { name throws(FileError) in
            try FileReader.bytes(at: name.hasPrefix("/") ? name : folder + name)
        }
        let faults = Faults(in: path)
        surroundings.addDotEnv(named: folder + ".env", reporting: faults)
        return try parse(text, environment: surroundings, reporting: faults, history: history)
    }

    /// Reads the bytes of a file.
    static func parse(
        _ bytes: [UInt8], environment: Environment, reporting faults: Faults, history: History? = nil,
        shape: Shape? = nil
    ) throws(ConfigurationError) -> Configuration {
        guard
            var file = Section.root(
                of: bytes, environment: environment, reporting: faults, shape: shape)
        else {
            throw ConfigurationError(faults)
        }
        let sources = SourcesSection(of: &file)
        let rules = RulesSection(of: &file, metrics: sources.metrics)
        let webhooks = WebhooksSection(of: &file, rules: rules.names)
        let maintenance = MaintenanceSection(of: &file, rules: rules.names, zone: ZoneFile.read)
        let server = ServerSettings(of: &file)
        let storage = StorageSettings(of: &file)
        let heartbeat = HeartbeatSettings.read(of: &file)
        file.finish()
        if !faults.hasErrors {
            let observed = sources.sources.map(\.observed)
            let past = history?(storage)
            rules.check(against: observed, keepSamples: storage.keepSamples, history: past)
            let known = KnownIncidents(
                of: rules.rules, sources: observed, subjects: webhooks.webhooks.map(\.name), history: past)
            webhooks.check(against: known)
            maintenance.check(against: known)
        }
        guard !faults.hasErrors else { throw ConfigurationError(faults) }
        return Configuration(
            sources: sources.sources, rules: rules.rules, webhooks: webhooks.webhooks,
            maintenance: maintenance.windows, server: server, storage: storage, heartbeat: heartbeat,
            warnings: faults.all,
            text: String(decoding: bytes, as: UTF8.self))
    }
}

/// Everything that is wrong with a settings file.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let file: String
    /// By place.
    let faults: [Fault]
    /// How many more there are.
    let dropped: Int

    init(file: String, faults: [Fault], dropped: Int = 0) {
        self.file = file
        self.faults = faults
        self.dropped = dropped
    }

    init(_ faults: Faults) {
        self.init(file: faults.file, faults: faults.all, dropped: faults.dropped)
    }

    /// Each fault as a compiler shows it, and their number.
    var description: String {
        let count = faults.count { $0.kind == .error } + dropped
        let shown = dropped > 0 ? "; the first \(faults.count) are shown" : ""
        let summary = "\(count.counted("error")) in \(file)\(shown)"
        return (faults.map(\.description) + [summary]).joined(separator: "\n")
    }
}
