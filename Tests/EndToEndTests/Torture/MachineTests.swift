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
            let gateway = try rig.start(environment: [
                "LD_PRELOAD": Self.faketime, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ])
            let url = try await gateway.url()
            try await rig.receiver.accepts(20)
            let before = try Vitals(of: gateway.identifier)
            var recovered = Duration.zero
            for offset in ["+1d", "+0", "-1d", "+0"] {
                try rig.folder.write(offset, to: "clock")
                try await gateway.line("the wall clock was set")
                recovered = max(recovered, try await rig.receiver.accepts())
                // Longer than a breach and the calm after it.
                try await rig.receiver.accepts(60)
            }
            let after = try Vitals(of: gateway.identifier)
            let ledger = try await rig.settle(gateway, at: url)
            ledger.expectClean()
            #expect(after.isBack(to: before), "\(before) \(after)")
            Torture.report(
                .init(
                    fault: "clock set forward and back by a day", tried: 4, ledger: ledger,
                    recovered: recovered,
                    before: before, after: after))
        }

        /// Every poll, and every client of the API, needs a descriptor that there is not.
        @Test func withoutDescriptorsItWaitsForSome() async throws {
            let rig = try Rig(isKeepingAlive: false)
            let gateway = try rig.start()
            let url = try await gateway.url()
            try await rig.receiver.accepts(20)
            let before = try Vitals(of: gateway.identifier)
            let limit = try set(limit: 10, of: gateway.identifier)
            let crowd = try Crowd(20, at: url)
            // Also said by name to whoever is told of the gateway's own trouble.
            try await gateway.line("source failing", "fleet")
            if Torture.isLong { try await Task.sleep(for: .seconds(10)) }
            let busy = try cpu(of: gateway.identifier)
            if Torture.isLong { try await Task.sleep(for: .seconds(5)) }
            let spent = try cpu(of: gateway.identifier) - busy
            crowd.leave()
            _ = try set(limit: limit, of: gateway.identifier)
            let recovered = try await rig.receiver.accepts()
            try await rig.receiver.accepts(20)
            let after = try Vitals(of: gateway.identifier)
            let ledger = try await rig.settle(gateway, at: url)
            ledger.expectClean()
            #expect(after.isBack(to: before), "\(before) \(after)")
            Torture.report(
                .init(
                    fault: "no descriptors left", tried: 1, ledger: ledger, recovered: recovered,
                    before: before,
                    after: after, note: Torture.isLong ? "CPU meanwhile: \(Int(spent * 20)) %" : ""))
        }

        /// Sets how many descriptors a process may have, and returns how many it might have before.
        private func set(limit: Int, of process: Int32) throws -> Int {
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            let words = try #require(line).split(separator: " ")
            try Tool.run("prlimit", "--pid", "\(process)", "--nofile=\(limit):")
            return try #require(words.count > 3 ? Int(words[3]) : nil)
        }

        /// The seconds of processor time that a process took so far.
        private func cpu(of process: Int32) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        /// A day of a source that is polled each minute, as fast as it may be polled.
        @Test(.enabled(if: Torture.isLong, Torture.needsLong))
        func aDayOfPollsLeavesItAsItWas() async throws {
            let rig = try Rig()
            let gateway = try rig.start()
            let url = try await gateway.url()
            while rig.fleet.answers < 144 { try await rig.receiver.accepts() }
            let before = try Vitals(of: gateway.identifier)
            while rig.fleet.answers < 1440 { try await rig.receiver.accepts() }
            let after = try Vitals(of: gateway.identifier)
            let ledger = try await rig.settle(gateway, at: url)
            ledger.expectClean()
            #expect(after.isBack(to: before), "\(before) \(after)")
            Torture.report(
                .init(
                    fault: "24 h of polls, one a minute, at 10 a second", tried: rig.fleet.answers,
                    ledger: ledger,
                    before: before, after: after))
        }
    }
}
