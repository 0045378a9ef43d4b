import Foundation
import TestSupport
import Testing

@testable import Store

extension Torture {
    /// The disk and what lies on it fail while the gateway runs.
    @Suite struct StoreTests {
        @Test func aLockedDatabaseHoldsWhatIsSaid() async throws {
            let rig = try Rig()
            let gateway = try rig.start()
            try await rig.endure("database locked by another process for 30 s", gateway) { trial in
                let intruder = try Connection(path: rig.database, mode: .readWrite)
                try intruder.execute("BEGIN IMMEDIATE")
                try await gateway.line("store failing; polls are held", "locked by another program")
                try await last(.seconds(30))
                try intruder.execute("ROLLBACK")
                trial.recovered = try await rig.receiver.accepts()
            }
        }

        @Test(.enabled(if: Torture.isApart, Torture.needsApart))
        func aFullDiskHoldsWhatIsSaid() async throws {
            let rig = try Rig()
            try Tool.run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", rig.storeFolder)
            defer { try? Tool.run("umount", "-l", rig.storeFolder) }
            let gateway = try rig.start()
            try await rig.endure("disk full, then freed", gateway) { trial in
                fill(rig.storeFolder + "/ballast")
                try await gateway.line("store failing; polls are held", "disk is full")
                try await last(.seconds(10))
                try FileManager.default.removeItem(atPath: rig.storeFolder + "/ballast")
                trial.recovered = try await rig.receiver.accepts()
            }
        }

        @Test(.enabled(if: Torture.isApart && Tool.has("chattr"), Torture.needsApart))
        func aDatabaseMadeReadOnlyHoldsWhatIsSaid() async throws {
            let rig = try Rig()
            let gateway = try rig.start()
            let files = [rig.database, rig.database + "-wal"]
            defer { Self.release(files) }
            try await rig.endure("database made read-only, then writable", gateway) { trial in
                for file in files { try Tool.run("chattr", "+i", file) }
                try await gateway.line("store failing; polls are held")
                try await last(.seconds(10))
                Self.release(files)
                trial.recovered = try await rig.receiver.accepts()
            }
        }

        @Test(
            .enabled(if: Torture.isLong && Tool.has("fiu-run", "fiu-ctrl"), Torture.needsLong),
            arguments: [("EIO", 5), ("ENOSPC", 28)])
        func writesThatFailNowAndThenHoldWhatIsSaid(name: String, code: Int) async throws {
            let rig = try Rig()
            let gateway = try rig.start(
                through: [try #require(Tool.path("fiu-run")), "-x", "-f", rig.folder.path + "/fiu"])
            let process = "\(gateway.identifier)"
            func tell(_ command: String) throws {
                try Tool.run("fiu-ctrl", "-f", rig.folder.path + "/fiu", "-c", command, process)
            }
            let calls = ["pwrite64", "pwrite", "fdatasync", "fsync"]
                .map { "posix/io/\($0.contains("sync") ? "sync" : "rw")/\($0.replacing("64", with: ""))" }
            try await rig.endure("\(name) on 2 % of writes and syncs", gateway) { trial in
                for call in Set(calls) {
                    try tell("enable_random name=\(call),probability=0.02,failinfo=\(code)")
                }
                try await gateway.line("store failing; polls are held")
                try await last(.seconds(30))
                for call in Set(calls) { try tell("disable name=\(call)") }
                trial.recovered = try await rig.receiver.accepts()
            }
        }

        /// Has files be writable again, those that are still there.
        private static func release(_ files: [String]) {
            for file in files where FileManager.default.fileExists(atPath: file) {
                try? Tool.run("chattr", "-i", file)
            }
        }

        /// How long a fault lasts that has shown itself.
        private func last(_ long: Duration) async throws {
            if Torture.isLong { try await Task.sleep(for: long) }
        }

        /// Writes a file until there is no room for more.
        private func fill(_ path: String) {
            guard let file = unsafe fopen(path, "w") else { return }
            unsafe setvbuf(file, nil, _IONBF, 0)
            let zeros = [UInt8](repeating: 0, count: 4096)
            while unsafe fwrite(zeros, zeros.count, 1, file) == 1 {}
            while unsafe fwrite(zeros, 1, 1, file) == 1 {}
            unsafe fclose(file)
        }
    }
}
