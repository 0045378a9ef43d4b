import HTTP
import Rules
import Testing

@testable import Notifiers

@Suite struct OutcomeTests {
    let now = Timestamp(milliseconds: 1_795_435_200_000)  // 2026-11-23T12:00:00Z

    @Test(arguments: [200, 201, 202, 204, 299])
    func twoHundredsAreSuccess(status: Int) {
        #expect(Outcome.judge(.status(status), at: now) == .delivered)
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 504, 599])
    func whatMayPassIsTriedAgain(status: Int) {
        #expect(Outcome.judge(.status(status), at: now) == .retry(notBefore: nil))
    }

    @Test(arguments: [100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 413, 422, 451, 600])
    func theRestNeedsAPerson(status: Int) {
        #expect(Outcome.judge(.status(status), at: now) == .needsPerson)
    }

    @Test func goneIsGone() {
        #expect(Outcome.judge(.status(410), at: now) == .gone)
    }

    @Test(arguments: HTTPFailure.Kind.allCases)
    func noAnswerIsTriedAgain(kind: HTTPFailure.Kind) {
        let expected = kind == .forbiddenAddress ? Outcome.needsPerson : .retry(notBefore: nil)
        #expect(Outcome.judge(.failure(HTTPFailure(kind, "")), at: now) == expected)
    }

    @Test(
        arguments: [
            ("120", 120), ("0", 0), ("86400", 86_400), ("999999999", 86_400),
            ("Mon, 23 Nov 2026 12:02:00 GMT", 120), ("Tue, 24 Nov 2037 12:02:00 GMT", 86_400),
            ("-1", nil), ("soon", nil), ("", nil), ("Mon, 23 Nov 2026", nil),
        ] as [(String, Int64?)])
    func retryAfterIsHonouredUpToADay(value: String, seconds: Int64?) {
        let expected = seconds.map { now.advanced(by: .seconds($0)) }
        #expect(Outcome.judge(.status(429, ["Retry-After": value]), at: now) == .retry(notBefore: expected))
    }

    @Test func waitsFollowTheScheduleWithinAFifth() {
        let expected: [Int64?] = [5, 30, 120, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, nil]
        for (index, seconds) in expected.enumerated() {
            let wait = { RetrySchedule.wait(afterAttempt: index + 1, jitter: $0) }
            #expect(wait(0.5) == seconds.map { .seconds($0) })
            #expect(wait(0) == seconds.map { .milliseconds($0 * 800) })
            #expect(wait(1) == seconds.map { .milliseconds($0 * 1200) })
        }
    }
}
