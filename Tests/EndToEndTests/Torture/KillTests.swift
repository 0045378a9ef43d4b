import Foundation
import Synchronization
import Testing

extension Torture {
    /// The process ends, or stands still, at instants that it does not choose.
    @Suite struct KillTests {
        /// `kill -9` under load, while the receiver fails half of its answers.
        @Test func nothingIsLostByAKill() async throws {
            let turn = Mutex((number: 0, isCalm: false))
            let rig = try Rig {
                turn.withLock { turn in
                    turn.number += 1
                    return turn.isCalm || turn.number.isMultiple(of: 2)
                }
            }
            for _ in 0..<Torture.rounds {
                let gateway = try rig.start()
                _ = try await gateway.url()
                // What is wanted is an instant that nothing in the gateway chooses.
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...500)))
                gateway.send(SIGKILL)
                #expect(await gateway.ended() == 128 + SIGKILL)
            }
            turn.withLock { $0.isCalm = true }
            let gateway = try rig.start()
            let recovered = try await rig.receiver.accepts()
            let ledger = try await rig.settle(gateway, at: try await gateway.url())
            ledger.expectClean()
            Torture.report(
                .init(
                    fault: "`kill -9` under load", tried: Torture.rounds, ledger: ledger, recovered: recovered
                ))
        }

        @Test func aProcessThatStoodStillGoesOn() async throws {
            let rig = try Rig()
            let gateway = try rig.start()
            try await rig.endure("stopped for a minute", gateway) { trial in
                gateway.send(SIGSTOP)
                try await Task.sleep(for: Torture.isLong ? .seconds(60) : .seconds(1))
                gateway.send(SIGCONT)
                trial.recovered = try await rig.receiver.accepts()
            }
        }

        @Test(.enabled(if: Torture.isLong && Tool.has("strace"), Torture.needsLong))
        func nothingIsLostByAKillAtASync() async throws {
            let rig = try Rig()
            let strace = try #require(Tool.path("strace"))
            for number in 1...60 {
                let gateway = try rig.start(through: [
                    strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                    "inject=fdatasync:signal=KILL:when=\(number)",
                ])
                #expect(await gateway.ended() == 128 + SIGKILL)
            }
            let gateway = try rig.start()
            let recovered = try await rig.receiver.accepts()
            let ledger = try await rig.settle(gateway, at: try await gateway.url())
            ledger.expectClean()
            Torture.report(
                .init(
                    fault: "`kill -9` at the n-th `fdatasync` of a thread, n = 1…60", tried: 60,
                    ledger: ledger,
                    recovered: recovered))
        }
    }
}
