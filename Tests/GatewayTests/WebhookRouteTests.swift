import HTTP
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct WebhookRouteTests {
    @Test func webhooksTellHowTheyDoAndWhatHasNotArrived() async throws {
        let folder = try TemporaryFolder()
        do {
            let bench = try Bench(folder) { request, _ in
                .status(request.url.contains("night") ? 410 : 500)
            }
            var judge = try await bench.judge()
            for second in [1.0, 2, 3] {
                try await judge.take(try poll(at: second, ["a": (99, 1), "m\(second)": (1, 99)]))
            }
            try await bench.running(judge) {
                await bench.lines.contain("webhook failing")
                await bench.lines.contain("webhook disabled")
            }
            // That one is disabled is told to the other.
            #expect(
                try await bench.get("/api/webhooks").text == """
                    [{"name":"ops","state":"failing","failing_since":"2026-11-23T12:00:00.000Z",\
                    "disabled_at":null,"disabled_why":null,"last_proven":null,"drill":null,"last_drill_at":null,\
                    "last_failure_at":"2026-11-23T12:00:00.000Z","last_error":"answered 500","storm_since":null,\
                    "fallback":null,"fallback_since":null,"pending":5,"held":0,"dead":0},\
                    {"name":"night","state":"disabled","failing_since":null,\
                    "disabled_at":"2026-11-23T12:00:00.000Z","disabled_why":"it answered 410 Gone",\
                    "last_proven":null,"drill":null,"last_drill_at":null,"last_failure_at":"2026-11-23T12:00:00.000Z",\
                    "last_error":"answered 410","storm_since":null,\
                    "fallback":null,"fallback_since":null,"pending":1,"held":0,"dead":0}]
                    """)
        }
        // A restart knows what failed, and what is disabled.
        let bench = try Bench(folder)
        try await bench.running(try await bench.judge()) { await bench.lines.contain("webhook disabled") }
        let states = try await bench.get("/api/webhooks").list.map { $0["state"] as? String }
        #expect(states == ["failing", "disabled"])
    }
}
