import HTTP
import Rules

/// A command that asks a running gateway.
struct ClientCommand: Equatable {
    enum Verb: String, CaseIterable {
        case status, incidents, show, ack, resolve, note, silence, silences, unsilence, webhooks, enable
        case sendTest = "send-test"
        case deliveries, replay, rules, explain, audit
    }

    let verb: Verb
    let arguments: Arguments

    var values: [String: [String]] { arguments.values }
    var flags: Set<String> { arguments.flags }
    var operands: [String] { arguments.operands }

    func value(_ option: String) -> String? { arguments.value(option) }
}

extension ClientCommand {
    /// All of them, in the order of `Verb`.
    static let commands = Verb.allCases.map(command)

    /// A definition that asks a gateway, with the options that all of these have.
    static func command(
        _ verb: Verb, _ outline: String = "", _ summary: String, usage: [String] = [], about: String,
        operands: [Command.Operand] = [], options: [Command.Option] = [],
        check: @escaping @Sendable (Arguments) throws(UsageError) -> Void = { (_) throws(UsageError) in }
    ) -> Command {
        Command(
            name: verb.rawValue, outline: outline, summary: summary, usage: usage, about: about,
            operands: operands, options: options + common,
            notes: "The token of its API, where it has one, is taken from GATEWAY_TOKEN.", check: check
        ) { arguments, environment in
            try await ask(ClientCommand(verb: verb, arguments: arguments), environment)
        }
    }

    private static let common: [Command.Option] = [
        .flag("--json", "print what the API answers"),
        Command.Option(
            "--color", "WHEN", .choice(["auto", "always", "never"]),
            "auto, always or never; auto: on a terminal, and not with NO_COLOR (auto)"),
        Command.Option("--url", "URL", "the gateway (GATEWAY_URL, or http://127.0.0.1:8080)"),
        Command.Option(
            "--ca", "FILE", .file,
            "the authority that vouches for an https gateway, where the system does not know it (GATEWAY_CA)"),
    ]

    static let by = Command.Option("--by", "NAME", "who (USER)")

    /// Asks a running gateway, prints what it answers, and gives the exit status.
    private static func ask(_ command: ClientCommand, _ environment: [String: String]) async throws -> Int32 {
        let authorities = try command.authorities(environment)
        let client = try HTTPClient(userAgent: "alert-gateway/\(Main.version)")
        defer { client.close() }
        let run = ClientRun(
            command: command, environment: environment, width: Terminal.width(environment),
            isColored: Terminal.isColored(command.value("--color"), environment), authorities: authorities,
            send: { await client.send($0) })
        let complain = { @Sendable (text: String) in
            Log.writeToStandardError(Array("gateway: \(text)\n".utf8))
        }
        guard !command.flags.contains("--watch") else {
            let watch = run.watch(
                send: { await client.send($0) }, write: Terminal.write, complain: complain,
                sleep: { try await Task.sleep(for: $0) })
            return await watch.follow()
        }
        let result = await run.run()
        print(result.output, terminator: "")
        if !result.error.isEmpty { complain(result.error) }
        return result.status
    }

    /// Those that `--ca` or GATEWAY_CA names a file of.
    func authorities(_ environment: [String: String]) throws(UsageError) -> String? {
        let named = value("--ca") ?? environment["GATEWAY_CA"]
        guard let path = named, !path.isEmpty else { return nil }
        let bytes: [UInt8]
        do { bytes = try FileReader.bytes(at: path) } catch {
            throw UsageError("--ca: \(path) cannot be read: \(error.message)")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("-----BEGIN CERTIFICATE-----") else {
            throw UsageError("--ca: \(path) holds no certificate in PEM")
        }
        return text
    }
}
