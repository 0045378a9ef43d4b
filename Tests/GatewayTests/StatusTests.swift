import Collector
import HTTP
import Notifiers
import Rules
import TestSupport
import Testing

@testable import Gateway
@testable import Store

/// `GET /api/status` and `gateway status`: whether the gateway is well, in one answer.
@Suite(.timeLimit(.minutes(5))) struct StatusTests {
    private func run(_ line: String, on bench: Bench) async throws -> ClientRun.Result {
        try await ClientCommandTests().run(line.split(separator: " ").map(String.init), on: bench)
    }

    /// A gateway with four incidents, of which two are open, whose sources have answered.
    private func bench() async throws -> Bench {
        let bench = try Bench()
        try await bench.fill()
        for source in ["fleet", "lab"] { try answer(of: source, on: bench) }
        return bench
    }

    private func answer(of source: String, failing failure: SourceFailure? = nil, on bench: Bench) throws {
        let reading = PollOutcome.Reading(poll: try poll(source, at: 9, ["a": (1, 1)]))
        let result = failure.map { Result.failure($0) } ?? .success(reading)
        _ = bench.service.health.note(
            PollOutcome(source: source, startedAt: Bench.moment(9), duration: .zero, result: result))
    }

    @Test func aGatewayThatIsWellSaysHowAllStands() async throws {
        let bench = try await bench()
        let result = try await run("status", on: bench)
        #expect(
            result
                == .init(
                    output: """
                        well
                        sources         2 healthy, 0 failing, 0 unknown
                        webhooks        2 healthy, 0 failing, 0 disabled
                        deliveries      8 pending, 0 held, 0 dead
                        open            1 critical, 1 warning, 0 info
                        acknowledged    0 critical, 1 warning, 0 info
                        blind now       -
                        rules           version 1
                        gateway         version \(Main.version)

                        """))
        #expect(try await run("status --ready", on: bench) == .init(output: "ready\n"))
    }

    @Test func whatIsWrongIsNamedAndIsTheExitStatus() async throws {
        let bench = try await bench()
        try answer(of: "lab", failing: .status(500, body: "oops"), on: bench)
        let health = bench.service.health
        health.note(rulesRefusal: "refused with 2 faults; the rules in force go on")
        health.note(.failing(since: Bench.moment(3)), of: "night")
        health.note(.disabled, of: "ops")
        let result = try await run("status", on: bench)
        #expect(result.status == 1)
        #expect(
            result.output.hasPrefix(
                """
                not well
                  the rules file was refused with 2 faults; the rules in force go on
                  source lab has been failing since 2026-11-23T12:00:09.000Z: answered 500; the body begins: oops
                  webhook ops is disabled; its deliveries are kept
                  webhook night has been failing since 2026-11-23T12:00:03.000Z
                sources         1 healthy, 1 failing, 0 unknown
                webhooks        0 healthy, 1 failing, 1 disabled

                """), "\(result.output)")
        let json = try await run("status --json", on: bench)
        #expect(json.status == 1)
        #expect(json.output == (try await bench.get("/api/status").text) + "\n")
        // It does its work all the same: a start anew would mend nothing of that.
        #expect(try await run("status --ready", on: bench) == .init(output: "ready\n"))
    }

    @Test func aSourceThatHasNotBeenSeenSinceBeforeAStartIsNamed() async throws {
        let bench = try await bench()
        try await bench.service.store.execute(
            """
            INSERT INTO blind (kind, subject, started_at)
            VALUES ('source', 'lab', \(Bench.moment(4).milliseconds))
            """)
        let result = try await run("status", on: bench)
        #expect(result.status == 1)
        #expect(
            result.output == """
                not well
                  source lab has not been seen since 2026-11-23T12:00:04.000Z
                sources         2 healthy, 0 failing, 0 unknown
                webhooks        2 healthy, 0 failing, 0 disabled
                deliveries      8 pending, 0 held, 0 dead
                open            1 critical, 1 warning, 0 info
                acknowledged    0 critical, 1 warning, 0 info
                blind now       lab since 2026-11-23 12:00:04Z
                rules           version 1
                gateway         version \(Main.version)

                """)
    }

    @Test func aGatewayThatIsNotReadySaysWhy() async throws {
        let bench = try Bench()
        let words = "no rules file is loaded yet; no source was polled yet"
        #expect(
            try await run("status --ready", on: bench) == .init(output: "not ready: \(words)\n", status: 1))
        let result = try await run("status", on: bench)
        #expect(result.status == 1)
        #expect(result.output.hasPrefix("not well\n  no rules file is loaded yet\n"))
        let nobody = ClientRun(
            command: try ClientCommand(["status", "--ready"]), environment: ["GATEWAY_URL": "http://x"],
            width: 80
        ) { _ in .failure(HTTPFailure(.connectionRefused, "x refuses")) }
        #expect(
            await nobody.run() == .init(error: "no answer of the gateway at http://x: x refuses", status: 1))
    }
}
