import HTTP
import Testing

@testable import Gateway

/// What commands print of answers that are rare.
@Suite struct TerminalTextTests {
    private func run(
        _ arguments: [String], _ status: Int, _ body: String, environment: [String: String] = [:]
    ) async throws -> ClientRun.Result {
        let command = try ClientCommand(arguments)
        return await ClientRun(command: command, environment: environment, width: 100) { _ in
            .answer(HTTPAnswer(status: status, body: Array(body.utf8)))
        }.run()
    }

    @Test func whereItAsksIsSaidUnlessItWasGiven() async throws {
        let refusing: @Sendable (HTTPRequest) async -> HTTPReply = { _ in
            .failure(HTTPFailure(.connectionRefused, "it refuses"))
        }
        let command = try ClientCommand(["silences"])
        let usual = ClientRun(command: command, environment: [:], width: 100, send: refusing)
        #expect(
            await usual.run().error
                == "no answer of the gateway at http://127.0.0.1:8080: it refuses; "
                + "where it listens elsewhere, say so: --url URL or GATEWAY_URL")
        let given = ClientRun(
            command: command, environment: ["GATEWAY_URL": "http://a.example"], width: 100, send: refusing)
        #expect(await given.run().error == "no answer of the gateway at http://a.example: it refuses")
    }

    @Test func answersThatAreNoneAreTold() async throws {
        #expect(
            try await run(["silences"], 200, "<html>").error
                == "http://127.0.0.1:8080 answers 200, and not as a gateway does")
        #expect(
            try await run(["silences"], 401, #"{"detail": "a token is needed"}"#).error
                == "a token is needed (set GATEWAY_TOKEN)")
        #expect(try await run(["silences"], 500, "{}").error == "it answers 500")
    }

    @Test func anEventIsShownWithItsNote() async throws {
        let body = """
            {"id": 4, "status": "resolved", "rules_version": 2, "rules_line": 7, "events": [
             {"at": "2026-11-23T12:00:00.000Z", "type": "incident.opened", "note": null},
             {"at": "2026-11-23T12:05:00.000Z", "type": "incident.resolved", "note": "opened and over"}]}
            """
        #expect(
            try await run(["show", "4"], 200, body).output == """
                id              4
                status          resolved
                rules           version 2, line 7
                event           2026-11-23 12:00:00Z  incident.opened
                event           2026-11-23 12:05:00Z  incident.resolved  opened and over

                """)
    }

    @Test func ofManySamplesTheFirstAndTheLastAreShown() async throws {
        let samples = (1...14).map { #"{"at": "\#($0)", "value": \#($0)}"# }.joined(separator: ",")
        let lines = try await run(["explain", "a", "cpu-high"], 200, "{\"samples\": [\(samples)]}").output
            .split(separator: "\n").filter { $0.contains("samples") || $0.hasPrefix("           ") }
        #expect(
            lines == [
                "samples    1  1", "           2  2", "           3  3", "           4  4", "           5  5",
                "           … 4 more", "           10  10", "           11  11", "           12  12",
                "           13  13", "           14  14",
            ])
    }
}
