import Foundation
import Testing

extension Torture {
    /// Clients of the API that want nothing but its connections.
    @Suite struct CrowdTests {
        /// An address of this machine that is not loopback's, as far as the gateway knows.
        private static let elsewhere: UInt32 = 0x0a63_0001

        @Test(.enabled(if: Torture.isApart && Tool.has("ip"), Torture.needsApart))
        func tenThousandConnectionsFromElsewhereAreTurnedAway() async throws {
            try? Tool.run("ip", "address", "add", "10.99.0.1/32", "dev", "lo")
            let rig = try Rig(listen: "0.0.0.0:0")
            try await crowd("10,000 idle connections from one address", rig) { url in
                try Crowd(10_000, at: url, address: Self.elsewhere, from: Self.elsewhere)
            }
        }

        @Test func aCrowdOnTheMachineItselfIsServedInTurn() async throws {
            let count = Torture.isLong ? 10_000 : 500
            let rig = try Rig()
            try await crowd("\(count) idle connections from loopback", rig) { url in
                try Crowd(count, at: url)
            }
        }

        @Test func clientsThatNeverEndTheirRequestsAreLeft() async throws {
            let rig = try Rig()
            try await crowd("slow loris: 500 heads that never end", rig) { url in
                let crowd = try Crowd(500, at: url)
                crowd.mumble("GET / HTTP/1.1\r\nHost: localhost\r\n")
                return crowd
            }
        }

        /// Has a crowd come, and sees that alerts go out and that another client is answered.
        private func crowd(
            _ name: String, _ rig: Rig, _ arrive: (String) throws -> Crowd
        ) async throws {
            try await rig.endure(name, try rig.start()) { trial in
                let crowd = try arrive(trial.url)
                let start = ContinuousClock.now
                var (slowest, slowestAlert) = (Duration.zero, Duration.zero)
                repeat {
                    crowd.mumble("X-A: b\r\n")
                    let asked = ContinuousClock.now
                    #expect(try await rig.ask("GET", trial.url + "/healthz").status == 200)
                    slowest = max(slowest, asked.duration(to: .now))
                    slowestAlert = max(slowestAlert, try await rig.receiver.accepts())
                } while start.duration(to: .now) < Torture.lasting(20)
                crowd.leave()
                trial.recovered = try await rig.receiver.accepts()
                trial.note = String(
                    format: "`/healthz` within %.2f s, alerts within %.2f s", slowest / .seconds(1),
                    slowestAlert / .seconds(1))
            }
        }
    }
}
