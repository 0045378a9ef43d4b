import Foundation
import Rules
import TestSupport
import Testing

/// What the commands print, as a person or a script gets it.
@Suite(.timeLimit(.minutes(5))) struct CommandTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// Runs the program of its arguments in a network of its own, which has loopback and nothing else.
    private static let apart = [
        "/usr/bin/env", "unshare", "--net", "python3", "-c",
        "import fcntl, os, socket, struct, sys; "
            + "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 1)); "
            + "os.execvp(sys.argv[1], sys.argv[1:])",
    ]
    private static let canBeApart = (try? Program(apart + ["true"]))?.status == 0

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs a command in the folder; what it says on both ways is one text.
    private func run(
        _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> (text: String, status: Int32) {
        let program = try await Program.run(
            [GatewayProcess.binary] + arguments, in: folder.path,
            environment: GatewayProcess.environment.merging(environment) { _, given in given })
        return (program.standardOutput + program.standardError, program.status)
    }

    /// What a person sees on a terminal of 60 columns.
    private func shown(_ arguments: String, environment: [String: String] = [:]) async throws -> String {
        let program = try await Program.run(
            ["script", "-qec", "stty cols 60; exec \(GatewayProcess.binary) \(arguments)", "/dev/null"],
            in: folder.path,
            environment: environment.merging(GatewayProcess.environment) { _, own in own }.merging(
                ["TERM": "xterm", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"]) { _, own in own })
        #expect(program.status == 0, "\(program)")
        return program.standardOutput
    }

    @Test func eachTellsWhatItIsAskedFor() async throws {
        let version = try await run("version")
        #expect(version.status == 0 && version.text.wholeMatch(of: /gateway \d+\.\d+\.\d+\n/) != nil)
        let help = try await run("help")
        #expect(help.status == 0 && help.text.contains("explain"))
        #expect(try await run("--help").text == help.text)
        #expect(try await run("backup", "--help").text == run("help", "backup").text)
        let schema = try String(
            contentsOf: Self.root.appending(path: "rules.schema.json"), encoding: .utf8)
        #expect(try await run("schema").text == schema)
        #expect(try await run("completion", "fish").text.contains("complete -c gateway"))
        let unknown = try await run("incident")
        #expect(unknown.status == 2 && unknown.text.contains("did you mean 'incidents'?"))
    }

    @Test func aCheckSaysWhereTheFaultIsAndGivesAStatus() async throws {
        try folder.write("rules: [{name: hot, metric: cpu, windw: 3, above: 85}]\n", to: "rules.yaml")
        let refused = try await run("check")
        #expect(refused.status == 1)
        #expect(refused.text.contains("rules.yaml:1:34: ") && refused.text.contains("did you mean 'window'?"))
        let json = try await run("check", "rules.yaml", "--json")
        #expect(json.status == 1 && json.text.hasPrefix(#"{"ok":false,"faults":[{"#))
        let shipped = Self.root.appending(path: "rules.yaml").path
        let taken = try await run("check", shipped, environment: ["OPS_WEBHOOK_SECRET": TestReceiver.secret])
        #expect(taken.status == 0 && taken.text.contains("rules.yaml: ok ("), "\(taken)")
    }

    @Test func aTokenForScriptsIsJSON() async throws {
        let made = try await run("token", "add", "grafana", "--role", "read", "--json")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(made.text.utf8)) as? [String: String])
        #expect(object["name"] == "grafana" && object["role"] == "read")
        #expect(object["token"]?.count ?? 0 >= 32 && object["hash"]?.hasPrefix("sha256:") == true)
    }

    @Test func aGatewayIsAskedCopiedAndTestedAgainstItsPast() async throws {
        let (fleet, receiver) = (try TestFleet(machines: 2) { $0 == 1 ? 97 : 20 }, try TestReceiver())
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let asked = ["GATEWAY_URL": try await gateway.url()]
        await receiver.received(1)
        let incidents = try await run("incidents", "--open", environment: asked)
        #expect(incidents.status == 0 && incidents.text.contains("cpu-high"), "\(incidents)")
        #expect(try await run("audit", environment: asked).text == "nothing on record\n")
        let onTerminal = try await shown("incidents --open", environment: asked)
        #expect(onTerminal.contains("\u{1b}["), "in colour: \(onTerminal)")
        #expect(onTerminal.split(whereSeparator: \.isNewline).allSatisfy { $0.count < 100 }, "\(onTerminal)")
        let past = (600...602).map { "\(now().advanced(by: .milliseconds(-100 * $0))),old,99\n" }.reversed()
            .joined()
        try folder.write("at,machine,cpu\n" + past, to: "past.csv")
        let busy = try await run("import", "past.csv", "--source", "fleet")
        #expect(busy.status == 1 && busy.text.contains("is in use by another gateway"), "\(busy)")
        let copy = try await run("backup", "copy.db")
        #expect(copy.status == 0 && copy.text.hasPrefix("copy.db: "), "\(copy)")
        #expect(copy.text.hasSuffix(" bytes, 1 incidents\n"))
        let again = try await run("backup", "copy.db")
        #expect(again.status == 1 && again.text.contains("copy.db"), "\(again)")
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let unreached = try await run("incidents", environment: asked)
        #expect(unreached.status == 1 && unreached.text.hasPrefix("gateway: no answer of the gateway at "))
        let taken = try await run("import", "past.csv", "--source", "fleet")
        #expect(taken.status == 0, "\(taken)")
        let replay = try await run("backtest", "--since", "30d", environment: ["COLUMNS": "100"])
        #expect(replay.status == 0 && replay.text.contains("cpu-high"), "\(replay)")
        #expect(try await shown("backtest --since 30d").contains("█ 100 %"))
        let sweep = try await run(
            "backtest", "--since", "30d", "--rule", "cpu-high", "--sweep", "above=80..99", "--json")
        let first = #"[{"threshold":80,"incidents":2,"machines":2}"#
        #expect(sweep.status == 0 && sweep.text.hasPrefix(first), "\(sweep)")
        let half = try await run("backtest", "--sweep", "above=80..99")
        #expect(half.status == 2 && half.text.contains("--sweep and --rule go together"), "\(half)")
    }

    /// Apart, since its ports are those of the shipped rules.
    @Test(.enabled(if: canBeApart, "needs a network of its own"))
    func theDemoRunsOnTheShippedRules() async throws {
        try FileManager.default.copyItem(
            at: Self.root.appending(path: "rules.yaml"), to: URL(filePath: folder.path + "/rules.yaml"))
        let demo = try GatewayProcess(in: folder, ["run", "--demo"], launcher: Self.apart)
        try await demo.line("demo: 30 machines and a receiver on loopback")
        try await demo.line("gateway started", "database=gateway-demo.db")
        demo.send(SIGTERM)
        #expect(await demo.ended() == 0)
    }
}
