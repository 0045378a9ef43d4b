import Foundation
import TestSupport
import Testing

extension Torture {
    /// What the machine gives the process is taken away, or set.
    @Suite struct MachineTests {
        private static let faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

        @Test(
            .enabled(
                if: Torture.isLong && FileManager.default.fileExists(atPath: faketime), Torture.needsLong))
        func aClockThatIsSetByADayDisturbsNothing() async throws {
            let rig = try Rig()
            let clock = try rig.folder.write("+0", to: "clock")
            // Through another program: libfaketime changes the environment of the first, by whose place Swift finds
            // the arguments.
            let gateway = try rig.start(
                through: ["/usr/bin/env"],
                environment: [
                    "LD_PRELOAD": Self.faketime, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                ])
            try await rig.endure("clock set forward and back by a day", gateway) { trial in
                // Never behind the true time: libfaketime would have all timers wait for the difference, those of the
                // monotonic clock too.
                for offset in ["+1d", "+0", "+1d", "+0"] {
                    try rig.folder.write(offset, to: "clock")
                    try await gateway.line("the wall clock was set")
                    trial.recovered = max(trial.recovered ?? .zero, try await rig.receiver.accepts())
                    // Longer than a breach and the calm after it.
                    try await rig.receiver.accepts(60)
                }
                trial.tried = 4
            }
        }

        /// A crowd of clients that would take every descriptor, of few that there are.
        @Test func clientsLeaveDescriptorsForAlerts() async throws {
            let rig = try Rig(isKeepingAlive: false)
            let prlimit = try #require(Tool.path("prlimit"))
            let gateway = try rig.start(through: [prlimit, "--nofile=100:100"])
            try await rig.endure("200 clients, 100 descriptors", gateway) { trial in
                let crowd = try Crowd(200, at: trial.url)
                let start = ContinuousClock.now
                repeat {
                    try await rig.receiver.accepts(5)
                } while start.duration(to: .now) < Torture.lasting(20)
                crowd.leave()
                trial.recovered = try await rig.receiver.accepts()
            }
            #expect(!gateway.log.all.contains("source failing"), "a poll found no descriptor")
        }

        /// Fewer descriptors than are open. Swift's runtime may end the process then: libdispatch reads `/proc` to
        /// count its threads, and does not live with a refusal. Whoever keeps it running starts it again.
        @Test(.enabled(if: Torture.isLong, Torture.needsLong))
        func withoutDescriptorsNothingIsLost() async throws {
            let rig = try Rig(isKeepingAlive: false)
            var gateway = try rig.start()
            var url = try await gateway.url()
            try await rig.receiver.accepts(20)
            let before = try Vitals(of: gateway.identifier)
            let limit = try set(limit: 10, of: gateway.identifier)
            try await Task.sleep(for: .seconds(20))
            let isAlive = kill(gateway.identifier, 0) == 0
            if isAlive {
                _ = try set(limit: limit, of: gateway.identifier)
            } else {
                gateway = try rig.start()
                url = try await gateway.url()
            }
            let recovered = try await rig.receiver.accepts()
            try await rig.receiver.accepts(20)
            let after = try Vitals(of: gateway.identifier)
            let ledger = try await rig.settle(gateway, at: url)
            ledger.expectClean()
            #expect(after.isBack(to: before), "\(before) \(after)")
            let note = isAlive ? "lived on" : "ended by Swift's runtime, and started again"
            Torture.report(
                .init(
                    fault: "limit of descriptors set below those in use", tried: 1, ledger: ledger,
                    recovered: recovered, before: before, after: after, note: note))
        }

        /// Sets how many descriptors a process may have, and returns how many it might have before.
        private func set(limit: Int, of process: Int32) throws -> Int {
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            let words = try #require(line).split(separator: " ")
            try Tool.run("prlimit", "--pid", "\(process)", "--nofile=\(limit):")
            return try #require(words.count > 3 ? Int(words[3]) : nil)
        }

        /// A day of a source that is polled each minute, as fast as it may be polled.
        @Test(.enabled(if: Torture.isLong, Torture.needsLong))
        func aDayOfPollsLeavesItAsItWas() async throws {
            let rig = try Rig()
            let gateway = try rig.start()
            // Until its caches are full.
            while rig.fleet.answers < 144 { try await rig.receiver.accepts() }
            try await rig.endure("24 h of polls, one a minute, at 10 a second", gateway) { trial in
                while rig.fleet.answers < 1440 { try await rig.receiver.accepts() }
                trial.tried = rig.fleet.answers
            }
        }
    }
}
