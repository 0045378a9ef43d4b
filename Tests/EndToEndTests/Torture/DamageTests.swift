import Foundation
import TestSupport
import Testing

extension Torture {
    /// The database was damaged while no gateway ran: it is refused, or it is whole.
    @Suite struct DamageTests {
        /// A database that was in use, with its log if the gateway was killed.
        private func used(killed: Bool) async throws -> Rig {
            let rig = try Rig()
            let gateway = try rig.start()
            _ = try await gateway.url()
            try await rig.receiver.accepts(killed ? 60 : 20)
            gateway.send(killed ? SIGKILL : SIGTERM)
            _ = await gateway.ended()
            return rig
        }

        /// Starts a gateway that is to end by itself at once, and returns what it said.
        private func refusal(_ rig: Rig) async throws -> String {
            let gateway = try rig.start()
            if (try? await gateway.line("rules accepted")) != nil { gateway.send(SIGKILL) }
            #expect(await gateway.ended() == 1)
            return gateway.log.all
        }

        @Test(arguments: [false, true])
        func aDatabaseThatWasCutShortIsRefused(killed: Bool) async throws {
            let rig = try await used(killed: killed)
            let whole = try Data(contentsOf: URL(fileURLWithPath: rig.database))
            let log = rig.database + "-wal"
            let logged = killed ? try Data(contentsOf: URL(fileURLWithPath: log)) : nil
            let cuts = Torture.isLong ? 8 : 4
            for cut in 0..<cuts {
                // At a page, and within one.
                let size = whole.count * cut / cuts / 4096 * 4096 + (cut.isMultiple(of: 2) ? 0 : 1000)
                try whole.prefix(max(size, 200)).write(to: URL(fileURLWithPath: rig.database))
                if let logged { try logged.write(to: URL(fileURLWithPath: log)) }
                let said = try await refusal(rig)
                #expect(said.contains("gateway.db is damaged ("), "\(size) of \(whole.count): \(said)")
                #expect(said.contains("restore a backup"))
            }
            try whole.write(to: URL(fileURLWithPath: rig.database))
            if let logged { try logged.write(to: URL(fileURLWithPath: log)) }
            let ledger = try await goOn(rig)
            Torture.report(
                .init(
                    fault: killed ? "database cut short beside its log" : "database cut short", tried: cuts,
                    ledger: ledger, note: "refused each time; whole again: goes on"))
        }

        @Test func aDatabaseWhoseLogWasDeletedIsRefused() async throws {
            let rig = try await used(killed: true)
            let log = rig.database + "-wal"
            let kept = rig.folder.path + "/kept"
            try FileManager.default.moveItem(atPath: log, toPath: kept)
            let said = try await refusal(rig)
            #expect(said.contains("gateway.db-wal is gone, and with it what was recorded last"), "\(said)")
            // Nor does a second attempt begin with what is left.
            #expect(try await refusal(rig).contains("gateway.db-wal is gone"))
            try FileManager.default.moveItem(atPath: kept, toPath: log)
            let ledger = try await goOn(rig)
            Torture.report(
                .init(
                    fault: "write-ahead log deleted after a `kill -9`", tried: 1, ledger: ledger,
                    note: "refused; put back: goes on"))
        }

        @Test(.enabled(if: Torture.isApart && Tool.has("chattr"), Torture.needsApart))
        func aDatabaseThatIsReadOnlyIsRefused() async throws {
            let rig = try await used(killed: false)
            try Tool.run("chattr", "+i", rig.database)
            defer { try? Tool.run("chattr", "-i", rig.database) }
            let said = try await refusal(rig)
            #expect(said.contains("cannot open") || said.contains("read-only"), "\(said)")
            try Tool.run("chattr", "-i", rig.database)
            let ledger = try await goOn(rig)
            Torture.report(
                .init(
                    fault: "started on a read-only database", tried: 1, ledger: ledger,
                    note: "refused; writable again: goes on"))
        }

        private func goOn(_ rig: Rig) async throws -> Ledger {
            let gateway = try rig.start()
            let ledger = try await rig.settle(gateway, at: try await gateway.url())
            ledger.expectClean()
            return ledger
        }
    }
}
