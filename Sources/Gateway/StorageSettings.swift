import Rules

/// Where the gateway remembers, and for how long.
struct StorageSettings: Hashable, Sendable {
    /// The database file, relative to the working directory.
    var path = "gateway.db"
    /// 1 h to 3,650 d.
    var keepSamples = Duration.seconds(30 * 86_400)
    /// For how long after they end; 1 d to 3,650 d.
    var keepIncidents = Duration.seconds(400 * 86_400)

    init() {}

    /// Reads `storage:`.
    init(of file: inout Section) {
        guard var section = file.take("storage")?.section("'storage'") else { return }
        let longest = Duration.seconds(3650 * 86_400)
        if let path = section.take("path")?.text("a path") { self.path = path }
        if let span = section.take("keep_samples")?.duration(in: .seconds(3600)...longest) {
            keepSamples = span
        }
        if let span = section.take("keep_incidents")?.duration(in: .seconds(86_400)...longest) {
            keepIncidents = span
        }
        section.finish()
    }
}
