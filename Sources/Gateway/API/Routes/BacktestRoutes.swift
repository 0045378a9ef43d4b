import HTTP
import Notifiers
import Rules
import Store

/// What an edit of the rules would have meant for the samples that are stored.
enum BacktestRoutes {
    static let all: [Route] = [
        Route(
            "POST", "/api/backtest", .read, "What a rules file would have meant for the stored samples.",
            Input(
                Trial(),
                [document, since]),
            gives: .json(.named("Backtest")).also(422, .named("RulesVerdict"))
        ) { (api, _, trial) throws(Problem) in try backtest(api, trial) },
        Route(
            "POST", "/api/backtest/sweep", .read,
            "How many incidents each threshold of a rule would have given for the stored samples.",
            Input(
                Trial(),
                [
                    document, since,
                    .memberText("rule", atMost: 200, \.rule, "The name of the rule; to be given"),
                    .memberText(
                        "sweep", atMost: 100, \.sweep,
                        "Its thresholds: `above=70..95`, or `above=70..95/5` for steps of 5; to be given"),
                ]), gives: .json(.named("Sweep")).also(422, .named("RulesVerdict"))
        ) { (api, _, trial) throws(Problem) in try sweep(api, trial) },
    ]

    /// What is tried.
    private struct Trial: Sendable {
        var text = ""
        var since: String?
        var rule: String?
        var sweep: String?

        func span(until now: Timestamp) throws(Problem) -> ClosedRange<Timestamp> {
            guard let length = Duration(compact: since ?? "7d"), length > .zero else {
                throw .badMember("since", "'since' is a duration back from now, such as 7d or 12h")
            }
            return now.advanced(by: .zero - length)...now
        }
    }

    private static let since = Field<Trial>.memberText(
        "since", atMost: 20, \.since, "How far back: `12h`; 7d unless told")

    private static let document = Field<Trial>.member("text", .text, "The text of the file; to be given") {
        (trial, body) throws(Problem) in trial.text = try body.document("text")
    }

    private static func backtest(_ api: API, _ trial: Trial) throws(Problem) -> HTTPServer.Outcome {
        let span = try trial.span(until: api.now())
        let edited: Configuration
        do { edited = try api.rules.file.check(trial.text) } catch {
            return .now(.json(status: 422) { $0.verdict(isRight: false, error.faults) })
        }
        let last = try api.stored { (reader) throws(StoreError) in try reader.rules()?.text }
        let inForce = last.flatMap { try? api.rules.file.check($0) }
        return api.archived(api.replays) { (reader) throws(StoreError) in
            let report = try BacktestReport(inForce ?? edited, edited, over: span, on: reader)
            return .success(.json { $0.backtest(report) })
        }
    }

    private static func sweep(_ api: API, _ trial: Trial) throws(Problem) -> HTTPServer.Outcome {
        let span = try trial.span(until: api.now())
        let edited: Configuration
        do { edited = try api.rules.file.check(trial.text) } catch {
            return .now(.json(status: 422) { $0.verdict(isRight: false, error.faults) })
        }
        guard let rule = trial.rule, edited.rules.contains(where: { $0.name == rule }) else {
            throw .badMember(
                "rule", "name a rule of the file: \(edited.rules.map(\.name).joined(separator: ", "))")
        }
        let sweep: Sweep
        let rulesets: [[Rule]]
        do {
            sweep = try Sweep(trial.sweep ?? "")
            rulesets = try sweep.rulesets(edited.rules, sweeping: rule)
        } catch {
            throw .badMember("sweep", error.message.replacing("--sweep", with: "'sweep'"))
        }
        let replays = rulesets.map { Replay(edited, rules: $0, from: span.lowerBound) }
        return api.archived(api.replays) { (reader) throws(StoreError) in
            var backtest = Backtest(replays, of: [edited], over: span)
            try backtest.run(on: reader)
            return .success(.json { $0.sweep(sweep, backtest) })
        }
    }
}
