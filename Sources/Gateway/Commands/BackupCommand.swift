import Store

/// `gateway backup`: a copy of the database, made while the gateway runs.
struct BackupCommand: Equatable, Sendable {
    var destination = ""
    var rules = "rules.yaml"
    /// The database; that of the rules file unless given.
    var database: String?

    /// Reads what follows the command's name; nil when help is asked for.
    init?(_ rest: inout ArraySlice<String>) throws(UsageError) {
        var given: String?
        while let option = rest.popFirst() {
            switch option {
            case "--help", "-h": return nil
            case "--rules": rules = try Command.value(of: option, &rest)
            case "--database": database = try Command.value(of: option, &rest)
            case _ where option.hasPrefix("-"):
                throw UsageError("backup: unknown option '\(option)'; see gateway backup --help")
            case _ where given != nil:
                throw UsageError("backup: one copy at a time; '\(option)' is a second one")
            default: given = option
            }
        }
        guard let given else { throw UsageError("backup: name the file to copy to") }
        destination = given
    }

    /// Copies, and says what. Blocks.
    func run(environment: [String: String]) throws -> String {
        let path = try database ?? Configuration.load(path: rules, environment: environment).storage.path
        let report = try Backup.copy(path, to: destination)
        return "\(destination): \(report.bytes) bytes, \(report.incidents) incidents\n"
    }
}
