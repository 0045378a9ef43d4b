import Foundation
import Store

extension Main {
    /// What is stored may not be felt: start, memory, pages and commits with more and more incidents in the database.
    static func growth() async throws {
        for count in [0, 10_000, 100_000, 1_000_000] as [Int64] {
            let year = PastYear(incidents: count)
            try await year.make()
            let gateway = try await LiveGateway(on: year)
            defer { gateway.stop() }
            var starts = [gateway.untilReady]
            for _ in 1...2 {
                try await gateway.restart()
                starts.append(gateway.untilReady)
            }
            // Pages all over the year, so that none is a kept one.
            let pages = try await gateway.times(
                of: { number in
                    let before = max(1, count - count / 1000 * Int64(number))
                    return "/api/incidents?cursor=i\(String(before, radix: 36))"
                }, count: 1000)
            report("\(count) stored: start", milliseconds(starts.median))
            report("\(count) stored: memory", "\(try gateway.memory("VmRSS") >> 10) KiB")
            report("\(count) stored: page, p99", milliseconds(pages[989]))
            report("\(count) stored: commit", milliseconds(try await commits(to: year).median, 3))
        }
    }

    /// The seconds of each commit of one opened incident with its letter, synced to disk.
    private static func commits(to year: PastYear) async throws -> [Double] {
        let path = year.folder + "/commits.db"
        try year.copy(to: path)
        let store = try StoreWriter(path: path, newInstance: "year") { PastYear.end }
        var times: [Double] = []
        for number in 1...300 {
            let change = try year.opening(number)
            times.append(try await measure { try await store.commit(change) })
        }
        return times
    }
}
