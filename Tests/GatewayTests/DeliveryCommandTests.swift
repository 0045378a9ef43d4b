import HTTP
import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct DeliveryCommandTests {
    func run(_ line: String, on bench: Bench) async throws -> ClientRun.Result {
        try await ClientCommandTests().run(line.split(separator: " ").map(String.init), on: bench)
    }

    @Test func deliveriesAreListedAndSentAgainAndTrialsTellTheirOutcome() async throws {
        let bench = try Bench { request, _ in .status(request.url.contains("night") ? 500 : 204) }
        let judge = try await bench.judge()
        var shown = ""
        try await bench.running(judge) {
            for second in [1.0, 2] { _ = bench.service.inbox.put(try poll(at: second, ["a": (99, 1)])) }
            await bench.network.sent(2)
            await bench.lines.contain("delivery failed")
            await bench.lines.contain("msg=delivered")
            for (line, status) in [
                ("send-test ops", 0), ("send-test night", 1), ("send-test nobody", 1), ("deliveries", 0),
                ("deliveries --webhook night --state pending --limit 1", 0), ("deliveries --dead", 0),
                ("webhooks", 0), ("enable night", 0), ("enable nobody", 1), ("replay 1 9 2", 1),
                ("replay --dead --webhook night", 0),
            ] as [(String, Int32)] {
                let result = try await run(line, on: bench)
                #expect(result.status == status, "\(line): \(result)")
                shown += "$ gateway \(line)\n\(result.output)"
                if !result.error.isEmpty { shown += "gateway: \(result.error)\n" }
                if line == "enable night" { await bench.lines.contain("webhook was not disabled") }
            }
        }
        // The wait is spread by chance.
        for second in [4, 6] { shown = shown.replacing("12:00:0\(second)Z", with: "12:00:05Z") }
        try Golden.check(shown, is: "deliveries-session.txt")
    }

    @Test func aTrialThatNobodyTriesIsWaitedForNoLongerThanAsked() async throws {
        let command = try ClientCommand(["send-test", "ops", "--wait", "1s"])
        var run = ClientRun(command: command, environment: [:], width: 80) { request in
            let body =
                request.method == "POST"
                ? #"{"delivery":7}"#
                : #"{"id":7,"webhook":"ops","state":"pending","tries":0,"attempts":[]}"#
            return .answer(HTTPAnswer(status: 200, body: Array(body.utf8)))
        }
        let pauses = Counter()
        run.sleep = { _ in _ = pauses.next() }
        let result = await run.run()
        #expect(pauses.count == 10)
        #expect(
            result
                == .init(
                    output: "delivery 7 to ops was not tried yet; gateway webhooks tells why\n", status: 1))
    }

    @Test(
        arguments: [
            (
                ["replay"],
                "replay: give either the IDs of deliveries or --webhook NAME, whose dead ones are sent"
            ),
            (
                ["replay", "1", "--webhook", "ops"],
                "replay: give either the IDs of deliveries or --webhook NAME, whose dead ones are sent"
            ),
            (
                ["replay", "--dead"],
                "replay: give either the IDs of deliveries or --webhook NAME, whose dead ones are sent"
            ),
            (["replay", "x"], "replay: 'x' is no number; gateway deliveries shows them"),
            (["send-test"], "send-test: takes NAME beside its options, not ''"),
            (
                ["send-test", "ops", "--wait", "long"],
                "send-test: --wait takes a duration such as 30s, not 'long'"
            ),
        ] as [([String], String)])
    func aWrongCommandLineSaysWhatWouldBeRight(arguments: [String], message: String) {
        #expect(throws: UsageError(message)) { try Invocation(arguments) }
    }
}
