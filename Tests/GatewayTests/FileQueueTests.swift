import Dispatch
import Rules
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct FileQueueTests {
    @Test func whoIsCalledOffWaitsNoLongerAndOneReadServesAll() async throws {
        let gate = DispatchSemaphore(value: 0)
        let reads = Counter()
        let files = FileQueue { path throws(FileError) in
            _ = reads.next()
            if path == "stuck" { gate.wait() }
            return Array(path.utf8)
        }
        let impatient = Task { try? await files.bytes(at: "stuck") }
        // Another file is read meanwhile.
        #expect(try await files.bytes(at: "other") == Array("other".utf8))
        impatient.cancel()
        #expect(await impatient.value == nil)
        async let patient = files.bytes(at: "stuck")
        gate.signal()
        // The read that was under way may have ended before it was asked for again.
        gate.signal()
        #expect(try await patient == Array("stuck".utf8))
        #expect((2...3).contains(reads.count))
    }
}
