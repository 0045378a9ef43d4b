import Foundation
import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct ClientCommandTests {
    /// What a command prints when it asks the API of `bench`.
    func run(
        _ arguments: [String], on bench: Bench, width: Int = 100,
        environment: [String: String] = ["USER": "kim"]
    ) async throws -> ClientRun.Result {
        let command = try ClientCommand(arguments)
        let api = try bench.service.makeAPI(token: nil, rules: bench.rulesFile)
        let run = ClientRun(command: command, environment: environment, width: width) { request in
            let target = String(request.url.dropFirst("http://127.0.0.1:8080".count))
            guard
                let asked = HTTPServer.Request(
                    method: request.method, target: target, fields: request.fields, body: request.body)
            else { return .failure(HTTPFailure(.invalidURL, "no such target")) }
            switch api.handle(asked) {
            case .now(let response): return .answer(HTTPAnswer(status: response.status, body: response.body))
            case .later(let answer):
                let response = await answer()
                return .answer(HTTPAnswer(status: response.status, body: response.body))
            case .stream(let response, _):
                return .answer(HTTPAnswer(status: response.status, body: response.body))
            }
        }
        return await run.run()
    }

    @Test func helpIsWhatItWas() throws {
        for command in Command.all {
            #expect(try Invocation([command.name, "--help"]).text == command.helpText)
            try Golden.check(command.helpText, is: "\(command.name).txt")
        }
        try Golden.check(Command.overview, is: "overview.txt")
    }

    @Test func tablesAndDetailsAreWhatTheyWere() async throws {
        let bench = try Bench()
        try await bench.fill()
        let judge = try await bench.judge()
        // Nothing is sent meanwhile, so that deliveries are as they were.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var judge = judge
                await judge.run()
            }
            defer { bench.service.inbox.close() }
            var shown = ""
            for line in [
                "incidents", "incidents --open", "incidents --since 7s", "show 1", "silences",
                "silence --rule disk-* --rule cpu-* --machine 10.0.* --for 2h --reason upgrade", "silences",
                "unsilence 1", "silences --all", "ack 4", "note 4 fans", "resolve 4 --by lee --note done",
                "show 4",
            ] {
                let result = try await run(line.split(separator: " ").map(String.init), on: bench)
                #expect(result.status == 0, "\(line): \(result.error)")
                shown += "$ gateway \(line)\n\(result.output)"
            }
            shown += "$ gateway incidents, in 60 columns\n"
            shown += try await run(["incidents"], on: bench, width: 60).output
            try Golden.check(shown, is: "session.txt")
            let json = try await run(["incidents", "--json"], on: bench).output
            #expect(json == (try await bench.get("/api/incidents").text) + "\n")
        }
    }

    @Test func whatIsWrongIsSaidWithStatusOne() async throws {
        let bench = try Bench()
        try await bench.running(try await bench.judge()) {
            let none = try await run(["show", "9"], on: bench)
            #expect(none == .init(error: "there is no incident 9", status: 1))
            let bad = try await run(["silence", "--reason", "x"], on: bench)
            #expect(bad.status == 1)
            #expect(bad.error.hasPrefix("name what is silenced by rule"))
        }
        let command = try ClientCommand(["silences", "--url", "http://x.example/"])
        let asking = ClientRun(command: command, environment: ["GATEWAY_TOKEN": "t0ken"], width: 80) {
            request in
            #expect(request.url == "http://x.example/api/silences")
            #expect(request.fields["authorization"] == "Bearer t0ken")
            return .failure(HTTPFailure(.connectionRefused, "x.example refuses"))
        }
        #expect(
            await asking.run()
                == .init(error: "no answer of the gateway at http://x.example: x.example refuses", status: 1))
    }

    @Test func whatPeopleHadDoneIsATable() async throws {
        let bench = try Bench()
        try await bench.fill()
        try await bench.running(try await bench.judge()) {
            #expect(try await run(["audit"], on: bench).output == "nothing on record\n")
            for line in [["note", "4", "fans"], ["ack", "99"]] { _ = try await run(line, on: bench) }
            let shown = try await run(["audit"], on: bench, width: 200).output.split(separator: "\n")
            #expect(shown.first?.hasPrefix("AT ") == true && shown.count == 3, "\(shown)")
            #expect(shown[1].contains("  404     POST /api/incidents/{id}/acknowledge  99"), "\(shown)")
            #expect(
                shown[2].contains("  200     POST /api/incidents/{id}/notes        4   by=kim note=fans"),
                "\(shown)")
        }
    }

    @Test func whoTalksToAGatewayByTLSMayNameItsAuthority() throws {
        let folder = try TemporaryFolder()
        let certificates = try Certificates()
        let text = try folder.write("none", to: "text")
        #expect(try ClientCommand(["incidents"]).authorities([:]) == nil)
        let named = try ClientCommand(["incidents", "--ca", certificates.path("ca.pem")])
        #expect(try named.authorities(["GATEWAY_CA": text]) == certificates.text("ca.pem"))
        let plain = try ClientCommand(["incidents"])
        #expect(throws: UsageError("--ca: \(text) holds no certificate in PEM")) {
            try plain.authorities(["GATEWAY_CA": text])
        }
        #expect(throws: UsageError("--ca: /none cannot be read: there is no such file")) {
            try plain.authorities(["GATEWAY_CA": "/none"])
        }
    }

    @Test(
        arguments: [
            (["ack"], "ack: takes ID beside its options, not ''"),
            (["ack", "1", "2"], "ack: takes ID beside its options, not '1 2'"),
            (["ack", "x"], "ack: 'x' is no number; gateway incidents shows them"),
            (
                ["ack", "1", "--not", "x"],
                "ack: unknown option '--not'; did you mean --note? see gateway ack --help"
            ),
            (["ack", "1", "--note"], "--note needs a value"),
            (["ack", "1", "--by", "a", "--by", "b"], "ack: --by is given twice; give it once"),
            (["silence", "--rule", "x"], "silence: say why, for those who wonder: --reason TEXT"),
        ] as [([String], String)])
    func aWrongCommandLineSaysWhatWouldBeRight(arguments: [String], message: String) {
        #expect(throws: UsageError(message)) { try Invocation(arguments) }
    }

    @Test func aTableShowsNothingThatATerminalWouldObey() {
        let table = Table(
            ["A", "LONG"], [["\u{1b}[2J\u{202e}x".forTerminal, String(repeating: "y", count: 50)]])
        #expect(table.text(width: 20) == "A       LONG\n\u{FFFD}[2J\u{FFFD}x  yyyyyyyyyyy…\n")
    }
}

extension ClientCommand {
    init(_ arguments: [String]) throws {
        let verb = try #require(Verb(rawValue: arguments[0]))
        let command = try #require(Command.named(verb.rawValue))
        let given = try #require(try Arguments(Array(arguments.dropFirst()), of: command))
        self.init(verb: verb, arguments: given)
    }
}

extension Invocation {
    /// What it prints, where that is all.
    var text: String? {
        if case .help(let text) = self { text } else { nil }
    }
}

/// Files of what the commands print; `RECORD_GOLDEN=1 swift test` writes them anew.
enum Golden {
    static func check(_ text: String, is name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden/cli/\(name)")
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil { try Data(text.utf8).write(to: file) }
        let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text == expected, "\(name) differs; if that is meant, record it: RECORD_GOLDEN=1 swift test")
    }
}
