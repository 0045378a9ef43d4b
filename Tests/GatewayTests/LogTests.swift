import Dispatch
import Rules
import Synchronization
import Testing

@testable import Gateway

@Suite struct LogTests {
    /// What is written by `body`.
    func written(
        _ format: Log.Format, level: Log.Level = .info, _ body: (Log) -> Void
    ) -> String {
        let output = Output()
        let log = Log(
            level: level, format: format, now: { Timestamp(milliseconds: 0) }, write: { output.append($0) })
        body(log)
        log.flush()
        return output.text
    }

    final class Output: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func append(_ more: [UInt8]) { bytes.withLock { $0 += more } }
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    @Test func logfmtQuotesWhatWouldBeAmbiguous() {
        let text = written(.logfmt) {
            $0.warning("a b", ["plain": "x/1", "odd": "say \"hi\"\nthere\u{1b}", "none": ""])
        }
        #expect(
            text == """
                time=1970-01-01T00:00:00.000Z level=warning msg="a b" plain=x/1 odd="say \\"hi\\"\\nthere\\u{1b}" none=""

                """)
    }

    @Test func jsonIsOneObjectALine() {
        let text = written(.json) { $0.error("a", ["b": "\"\n"]) }
        #expect(
            text == """
                {"time":"1970-01-01T00:00:00.000Z","level":"error","msg":"a","b":"\\"\\n"}

                """)
    }

    @Test func whatLiesBelowTheLevelIsLeftOut() {
        #expect(written(.logfmt, level: .error) { $0.warning("x") }.isEmpty)
        #expect(written(.logfmt) { $0.debug("x") }.isEmpty)
    }

    @Test func ofManyLinesThatWaitTheNewestAreCounted() {
        let (gate, output) = (DispatchSemaphore(value: 0), Output())
        let log = Log(
            now: { Timestamp(milliseconds: 0) },
            write: {
                gate.wait()
                output.append($0)
                gate.signal()
            })
        for number in 1...5000 { log.info("line \(number)") }
        gate.signal()
        log.flush(within: .seconds(30))
        let lines = output.text.split(separator: "\n")
        #expect(lines.count == 4097)
        #expect(lines.contains { $0.hasSuffix("level=warning msg=\"log lines dropped\" count=904") })
    }

    @Test func aReaderThatHasStalledHoldsNobodyUp() {
        let gate = DispatchSemaphore(value: 0)
        let log = Log(now: { Timestamp(milliseconds: 0) }, write: { _ in gate.wait() })
        log.info("x")
        #expect(!log.flush(within: .milliseconds(1)))
        gate.signal()
        #expect(log.flush(within: .seconds(30)))
    }

    @Test func secretsNeverStandInALine() {
        let text = written(.logfmt) { $0.info("x", ["token": Secret("hush")]) }
        #expect(text.contains("token=<redacted>"))
        #expect(!text.contains("hush"))
    }
}
