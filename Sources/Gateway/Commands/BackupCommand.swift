import Store

/// `gateway backup`: a copy of the database, made while the gateway runs.
struct BackupCommand: Equatable, Sendable {
    var destination = ""
    var rules = "rules.yaml"
    /// The database; that of the rules file unless given.
    var database: String?

    static let command = Command(
        name: "backup", outline: "FILE", summary: "copies the database while the gateway runs",
        about: """
            Copies the database to FILE, which must not exist yet, as it is at this moment; the gateway may run meanwhile. The
            copy is looked through and on disk when this ends. To go back to it, stop the gateway and put FILE in the place of
            its database, without the -wal, -shm and .lock files beside it. Exit status 1 when there is no whole copy.
            """,
        operands: [Command.Operand("FILE", .file)],
        options: [
            Command.Option(
                "--rules", "FILE", .file, "the rules file, which says where the database is (rules.yaml)"),
            Command.Option("--database", "FILE", .file, "the database itself"),
        ]
    ) { arguments, environment in
        let command = BackupCommand(arguments)
        print(try await offPool("backup") { try command.run(environment: environment) }, terminator: "")
        return 0
    }

    init(_ arguments: Arguments) {
        destination = arguments.operands.first ?? destination
        rules = arguments.value("--rules") ?? rules
        database = arguments.value("--database")
    }

    /// Copies, and says what. Blocks.
    func run(environment: [String: String]) throws -> String {
        let path = try database ?? Configuration.load(path: rules, environment: environment).storage.path
        let report = try Backup.copy(path, to: destination)
        return "\(destination): \(report.bytes) bytes, \(report.incidents) incidents\n"
    }
}
