import HTTP
import Rules
import Testing

@testable import Collector

@Suite struct SourceStatusTests {
    private static let source = Source(name: "fleet", url: "https://u:p@h.example:9200/metrics?token=abc#x")

    /// The outcome of a poll that started at a second and took 250 ms.
    private func outcome(_ reply: HTTPReply, at second: Int64) -> PollOutcome {
        let start = Timestamp(milliseconds: second * 1000)
        let result = Self.source.reading(of: reply, at: start.advanced(by: .milliseconds(250)))
        return PollOutcome(source: "fleet", startedAt: start, duration: .milliseconds(250), result: result)
    }

    private let good = answer(#"[{"machine_ip":"a","cpu":1},{"machine_ip":"b","cpu":2},{"machine_ip":"c"}]"#)
    private let bad = HTTPReply.failure(HTTPFailure(.timeout, "h.example did not answer within 10s"))

    @Test func startsUnknown() {
        let status = SourceStatus(of: Self.source)
        #expect(status.name == "fleet" && status.url == "https://h.example:9200/metrics")
        #expect(status.state == .unknown && status.since == nil && status.polls == 0)
    }

    @Test func foldsSuccesses() {
        var status = SourceStatus(of: Self.source)
        #expect(status.note(outcome(good, at: 10)) == [])
        #expect(status.note(outcome(good, at: 20)) == [])
        #expect(status.state == .healthy)
        #expect(status.since == Timestamp(milliseconds: 10_250))
        #expect(status.lastSuccess == Timestamp(milliseconds: 20_250))
        #expect(status.lastFailure == nil && status.lastError == nil)
        #expect(status.polls == 2 && status.lastDuration == .milliseconds(250))
        #expect(status.last == SourceStatus.Records(taken: 2, refused: 1))
        #expect(status.total == SourceStatus.Records(taken: 4, refused: 2))
        #expect(status.refusals.map(\.description) == ["record 2: has none of cpu, mem, disk"])
    }

    @Test func tellsOfEachChangeOnce() {
        var status = SourceStatus(of: Self.source)
        let error = "h.example did not answer within 10s"
        #expect(status.note(outcome(bad, at: 10)) == [.failed(error: error)])
        #expect(status.note(outcome(answer("", status: 503), at: 20)) == [])
        #expect(status.state == .failing && status.lastError == "answered 503")
        #expect(status.since == Timestamp(milliseconds: 10_250))
        #expect(status.last == SourceStatus.Records() && status.refusals.isEmpty)
        #expect(status.note(outcome(good, at: 70)) == [.recovered(afterFailures: 2, duration: .seconds(60))])
        #expect(status.note(outcome(good, at: 80)) == [])
        #expect(status.note(outcome(bad, at: 90)) == [.failed(error: error)])
        #expect(status.note(outcome(good, at: 91)) == [.recovered(afterFailures: 1, duration: .seconds(1))])
        #expect(status.polls == 6 && status.total.taken == 6)
        #expect(status.lastFailure == Timestamp(milliseconds: 90_250) && status.lastError == error)
    }

    @Test func refusingEveryRecordIsAFailure() {
        var status = SourceStatus(of: Self.source)
        let error =
            "refused all 2 records; record 0: machine_ip is missing; each record must name its machine"
        #expect(status.note(outcome(answer(#"[{"ip":"a","cpu":1},{}]"#), at: 1)) == [.failed(error: error)])
        #expect(status.last == SourceStatus.Records(taken: 0, refused: 2) && status.refusals.count == 2)
        #expect(
            status.note(outcome(answer("[]"), at: 2)) == [.recovered(afterFailures: 1, duration: .seconds(1))]
        )
    }
}

@Suite struct SourceRequestTests {
    @Test func asksForJSONWithTheHeadersOfTheSource() {
        let source = Source(
            name: "f", url: "http://h/m", timeout: .seconds(3),
            headers: [
                .init("Authorization", Secret("Bearer s3cret")), .init("X-A", Secret("1")),
                .init("x-a", Secret("2")),
            ])
        let request = source.request
        #expect(request.method == "GET" && request.url == "http://h/m" && request.body.isEmpty)
        #expect(request.fields.list.map(\.name) == ["Accept", "Authorization", "X-A", "x-a"])
        #expect(request.fields["Accept"] == "application/json, text/plain;q=0.5")
        #expect(request.fields["Authorization"] == "Bearer s3cret")
        #expect(request.timeout == .seconds(3) && request.redirects == 3)
        #expect(request.answerLimit == .refuse(beyond: 67_108_864))
    }

    @Test func anAcceptOfTheSourceReplacesOurs() {
        let source = Source(name: "f", url: "http://h/m", headers: [.init("accept", Secret("text/csv"))])
        #expect(source.request.fields.list.map(\.value) == ["text/csv"])
    }

    /// Error pages repeat what they were asked with.
    @Test(arguments: [200, 404])
    func failuresTellNoSecrets(status: Int) throws {
        let source = Source(
            name: "f", url: "http://user:passw0rd@h/m?token=tok3n-1&b=2",
            headers: [.init("Authorization", Secret("Bearer abcdef123"))])
        let body =
            "Cannot GET /m?token=tok3n-1&b=2 (abcdef123) as user:passw0rd, passw0rd, tok3n-1, Bearer abcdef123"
        guard
            case .failure(let failure) = source.reading(
                of: answer(body, status: status), at: Timestamp(milliseconds: 0))
        else {
            Issue.record("no failure")
            return
        }
        for secret in ["tok3n-1", "abcdef123", "passw0rd"] { #expect(!failure.description.contains(secret)) }
        #expect(failure.description.contains("Cannot GET /m?<redacted> (<redacted>) as <redacted>"))
    }

    @Test func excerptsAreOneShortLine() {
        let source = Source(name: "f", url: "http://h/")
        #expect(
            source.redactedExcerpt(Array("a\r\n\tb\u{1b}[31m\u{2028}".utf8)) == #"a\r\n\tb\u{1b}[31m\u{2028}"#
        )
        #expect(
            source.redactedExcerpt(Array(repeating: 0x61, count: 100)) == String(repeating: "a", count: 100))
        #expect(
            source.redactedExcerpt(Array(repeating: 0x61, count: 101)) == String(repeating: "a", count: 100)
                + "…")
        #expect(source.redactedExcerpt([0xff, 0x61]) == "\u{fffd}a")
    }

    @Test(arguments: [
        ("http://h/m", "http://h/m"), ("http://u:p@h/m?x=1", "http://h/m"),
        ("http://u:p@q@h:1/@x#f", "http://h:1/@x"),
        ("http://h/m?u=a@b", "http://h/m"), ("u:p@h", "u:p@h"),
    ])
    func theShownURLHasNoSecrets(url: String, shown: String) {
        #expect(Source(name: "f", url: url).shownURL == shown)
    }
}
