import HTTP
import Rules
import Testing

@testable import Notifiers

/// What each service's answers make of a delivery, and what is said of them.
@Suite struct AnswerTests {
    struct Case: Sendable, CustomStringConvertible {
        let format: Webhook.Format.Name
        let status: Int
        let body: String
        let outcome: Outcome
        let error: String?

        init(
            _ format: Webhook.Format.Name, _ status: Int, _ body: String, _ outcome: Outcome,
            _ error: String? = nil
        ) {
            self.format = format
            self.status = status
            self.body = body
            self.outcome = outcome
            self.error = error
        }

        var description: String { "\(format) \(status) \(body.prefix(60))" }
    }

    static let soon = Outcome.retry(notBefore: nil)

    static func after(_ milliseconds: Int) -> Outcome {
        .retry(notBefore: Samples.opened.advanced(by: .milliseconds(milliseconds)))
    }

    static let cases: [Case] = [
        Case(.standard, 200, "", .delivered),
        Case(.standard, 200, #"{"error":"ignored"}"#, .delivered),
        Case(.standard, 500, "", soon, "answered 500"),
        Case(.standard, 500, "<html><body>no</body></html>", soon, "answered 500"),
        Case(.standard, 503, "upstream is\r\nrestarting", soon, "answered 503: upstream is"),
        Case(
            .standard, 422, #"{"title":"Bad","detail":"no field 'x'"}"#, .needsPerson,
            "answered 422: no field 'x'"),
        Case(.standard, 400, #"{"error":{"message":"cut off"}}"#, .needsPerson, "answered 400: cut off"),
        Case(.standard, 400, #"{"error":"cut o"#, .needsPerson, "answered 400"),
        Case(.standard, 400, "tell\u{1B}[31m nobody", .needsPerson, "answered 400: tell\u{FFFD}[31m nobody"),
        Case(.standard, 400, "the key is d3b07384d113edec49eaa6238ad5ff00", .needsPerson, "answered 400"),
        Case(.alertmanager, 410, "", .gone, "answered 410"),
        Case(.slack, 200, "ok", .delivered),
        Case(.slack, 400, "invalid_payload", .needsPerson, "answered 400: invalid_payload"),
        Case(.slack, 403, "action_prohibited", .needsPerson, "answered 403: action_prohibited"),
        Case(.slack, 404, "channel_not_found", .needsPerson, "answered 404: channel_not_found"),
        Case(.slack, 410, "channel_is_archived", .gone, "answered 410: channel_is_archived"),
        Case(.slack, 500, "rollup_error", soon, "answered 500: rollup_error"),
        Case(.slack, 500, "no_service", .needsPerson, "answered 500: no_service"),
        Case(.slack, 403, "rate_limited", soon, "answered 403: rate_limited"),
        Case(.slack, 429, "rate_limited", soon, "answered 429: rate_limited"),
        Case(.discord, 204, "", .delivered),
        Case(
            .discord, 429, #"{"message":"You are being rate limited.","retry_after":0.529,"global":false}"#,
            after(529), "answered 429: You are being rate limited."),
        Case(.discord, 429, #"{"retry_after":1e12}"#, after(86_400_000), "answered 429"),
        Case(.discord, 429, #"{"retry_after":-4}"#, soon, "answered 429"),
        Case(
            .discord, 400, #"{"message":"Invalid Form Body","code":50035}"#, .needsPerson,
            "answered 400: Invalid Form Body"),
        Case(
            .discord, 404, #"{"message":"Unknown Webhook","code":10015}"#, .needsPerson,
            "answered 404: Unknown Webhook"),
        Case(.teams, 202, "", .delivered),
        Case(.teams, 200, "1", .delivered),
        Case(.teams, 200, teams(429), soon, "answered 200: \(teams(429))"),
        Case(.teams, 200, teams(413), .needsPerson, "answered 200: \(teams(413))"),
        Case(.teams, 200, teams(503), soon, "answered 200: \(teams(503))"),
        Case(
            .teams, 200, "Summary or Text is required: failed.", .needsPerson,
            "answered 200: Summary or Text is required: failed."),
        Case(
            .teams, 400,
            #"{"error":{"code":"TriggerInputSchemaMismatch","message":"The input body is wrong."}}"#,
            .needsPerson, "answered 400: The input body is wrong."),
        Case(
            .pagerduty, 202, #"{"status":"success","message":"Event processed","dedup_key":"k"}"#, .delivered),
        Case(
            .pagerduty, 400,
            #"{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect"]}"#,
            .needsPerson,
            "answered 400: Event object is invalid; Length of 'routing_key' is incorrect"),
        Case(.pagerduty, 429, "", soon, "answered 429"),
        Case(.pagerduty, 500, #"{"status":"x","message":"later"}"#, soon, "answered 500: later"),
        Case(
            .pagerduty, 400, #"{"message":"no service has e93facc04764012d7bfb002500d5d1a6"}"#, .needsPerson,
            "answered 400"),
        Case(.telegram, 200, #"{"ok":true,"result":{}}"#, .delivered),
        Case(
            .telegram, 400, #"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
            .needsPerson, "answered 400: chat not found"),
        Case(
            .telegram, 429,
            #"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 30","parameters":{"retry_after":30}}"#,
            after(30_000), "answered 429: Too Many Requests: retry after 30"),
        Case(
            .telegram, 400,
            #"{"ok":false,"description":"Bad Request: group chat was upgraded","parameters":{"migrate_to_chat_id":-1001}}"#,
            .needsPerson, "answered 400: group chat was upgraded; chat_id is now -1001"),
        Case(.telegram, 200, #"{"ok":false,"description":"no"}"#, .needsPerson, "answered 200: no"),
        Case(.ntfy, 200, #"{"id":"x","event":"message"}"#, .delivered),
        Case(
            .ntfy, 403, #"{"code":40301,"http":403,"error":"forbidden","link":"https://ntfy.sh/docs"}"#,
            .needsPerson, "answered 403: forbidden"),
        Case(
            .ntfy, 429,
            #"{"code":42901,"http":429,"error":"limit reached: too many requests, please be nice"}"#,
            soon, "answered 429: limit reached: too many requests, please be nice"),
        Case(.template, 418, "short", .needsPerson, "answered 418: short"),
        Case(.email, 200, "250 2.0.0 queued", .delivered),
        Case(.email, 503, "451 4.7.1 Greylisted", soon, "answered 503: 451 4.7.1 Greylisted"),
        Case(.email, 422, "550 5.1.1 No such user", .needsPerson, "answered 422: 550 5.1.1 No such user"),
    ]

    private static func teams(_ status: Int) -> String {
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error \(status) with ContextId tcid=1"
    }

    @Test(arguments: cases)
    func anAnswerIsReadInTheWordsOfItsService(_ answer: Case) throws {
        let format = try #require(try Samples.formats().first { $0.name == answer.format })
        let webhook = Samples.webhook(format, url: "https://hooks.example/d3b07384d113edec49eaa6238ad5ff00")
        let reply = HTTPReply.answer(HTTPAnswer(status: answer.status, body: Array(answer.body.utf8)))
        let judged = webhook.judge(reply, at: Samples.opened)
        #expect(judged.outcome == answer.outcome)
        #expect(judged.error == answer.error)
    }

    @Test func aRetryAfterOfTheHeadIsKept() throws {
        let answer = HTTPAnswer(
            status: 429, fields: ["Retry-After": "7"], body: Array("rate_limited".utf8))
        let judged = Samples.webhook(.slack).judge(.answer(answer), at: Samples.opened)
        #expect(judged.outcome == Self.after(7000))
        let inner = HTTPAnswer(status: 200, fields: ["Retry-After": "9"], body: Array(Self.teams(429).utf8))
        #expect(Samples.webhook(.teams).judge(.answer(inner), at: Samples.opened).outcome == Self.after(9000))
    }

    @Test func noAnswerIsToldInTheWordsOfTheClient() {
        let failure = HTTPFailure(.timeout, "no answer from hooks.example:443 within 15s")
        let judged = Samples.webhook(.slack).judge(.failure(failure), at: Samples.opened)
        #expect(judged.outcome == Self.soon)
        #expect(judged.error == "no answer from hooks.example:443 within 15s")
    }
}
