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

    /// When each attempt is made, in seconds after the first, if all are `jitter`ed alike.
    private func attempts(jitter: Double) -> [Double] {
        var times = [0.0]
        while let wait = RetrySchedule.wait(
            afterAttempt: times.count, elapsed: .seconds(times[times.count - 1]), jitter: jitter)
        {
            times.append(times[times.count - 1] + wait / .seconds(1))
        }
        return times
    }

    @Test func waitsFollowTheScheduleWithinAFifth() {
        let nominal = [0.0, 5, 35, 155, 455, 1355, 3155, 6755, 13_955, 28_355, 57_155, 100_355]
        #expect(attempts(jitter: 0.5) == nominal)
        for jitter in [0, 0.1, 0.9, 1] {
            let times = attempts(jitter: jitter)
            #expect(times.count == nominal.count)
            for (time, expected) in zip(times, nominal) { #expect(abs(time - expected) <= expected * 0.2001) }
        }
    }

    @Test func timeInWhichNobodyTriedDoesNotUseUpTheSchedule() {
        let wait = RetrySchedule.wait(afterAttempt: 2, elapsed: .seconds(3 * 86_400), jitter: 0.5)
        #expect(wait == .seconds(30))
    }

    @Test func attemptsThatWereBroughtForwardDoNotUseUpTheSchedule() {
        for elapsed in 0..<4 {
            let wait = RetrySchedule.wait(afterAttempt: 50, elapsed: .seconds(elapsed), jitter: 0.5)
            #expect(wait == .seconds(5))
        }
    }
}
