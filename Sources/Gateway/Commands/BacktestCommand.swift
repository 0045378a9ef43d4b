import Dispatch
import Glibc
import Notifiers
import Rules
import Store

/// `gateway backtest`: what an edit of the rules would have meant for the samples that are stored.
struct BacktestCommand: Equatable, Sendable {
    var rules = "rules.yaml"
    /// The database; that of the rules file unless given.
    var database: String?
    var since = Duration.seconds(7 * 86_400)
    var sweep: Sweep?
    /// The rule that is swept.
    var rule: String?
    var json = false

    static let command = Command(
        name: "backtest", outline: "[--rules FILE]",
        summary: "what an edit of the rules would have meant for the samples that are stored",
        about: """
            Replays the stored samples through the rules that were last accepted and through those of FILE, and shows which
            incidents would appear, vanish or change, how many messages each webhook would get, and how many a minute at most.
            With --sweep it shows how many incidents each threshold of one rule would have given.
            """,
        options: [
            Command.Option("--rules", "FILE", .file, "the edited rules file (rules.yaml)"),
            Command.Option("--database", "FILE", .file, "the database (that of the rules file)"),
            Command.Option("--since", "DURATION", .duration("7d or 12h"), "how far to go back (7d)"),
            Command.Option("--rule", "RULE", "the rule whose threshold is swept"),
            Command.Option(
                "--sweep", "RANGE", "above=70..95 in steps of 1, below=5..20/5 in steps of 5"),
            .flag("--json", "for programs"),
        ],
        notes:
            """
            Messages are counted as they would be sent: without those that silences, groups, inhibits and flapping hold back,
            and a digest as one.
            """
    ) { arguments, environment in
        let command = try BacktestCommand(arguments)
        let width = Terminal.width(environment)
        let output = try await offPool("backtest") {
            let bar = ProgressBar()
            return try command.run(
                environment: environment, now: TimeSource.system.now(), width: width,
                progress: { bar.show($0) })
        }
        print(output, terminator: "")
        return 0
    }

    init(_ arguments: Arguments) throws(UsageError) {
        rules = arguments.value("--rules") ?? rules
        database = arguments.value("--database")
        since = arguments.value("--since").flatMap { Duration(compact: $0) } ?? since
        rule = arguments.value("--rule")
        if let range = arguments.value("--sweep") { sweep = try Sweep(range) }
        json = arguments.flags.contains("--json")
        guard (sweep == nil) == (rule == nil) else {
            throw UsageError("backtest: --sweep and --rule go together: --rule cpu-high --sweep above=70..95")
        }
    }

    enum Failure: Error, CustomStringConvertible {
        /// The database of `run --demo`.
        static let demo = Demo.database

        case noRule(String, known: [String])
        case noPolls(Duration)
        case noDatabase(String, isDemoHere: Bool)

        var description: String {
            switch self {
            case .noRule(let name, let known):
                "there is no rule '\(name)' in the file; rules: \(known.joined(separator: ", "))"
            case .noDatabase(let path, let isDemoHere):
                "there is no \(path); give --database FILE" + (isDemoHere ? "; \(Self.demo) is here" : "")
            case .noPolls(let since):
                "no sample of the last \(since.compact) is stored; "
                    + "take a longer --since, or bring in past samples: gateway import --help"
            }
        }
    }

    /// Blocks; `progress` is told how much is done, from 0 to 1.
    func run(
        environment: [String: String], now: Timestamp, width: Int, progress: (Double) -> Void = { _ in }
    ) throws -> String {
        let edited = try Configuration.load(path: rules, environment: environment)
        let path = database ?? edited.storage.path
        guard unsafe access(path, F_OK) == 0 else {
            throw Failure.noDatabase(path, isDemoHere: unsafe access(Failure.demo, F_OK) == 0)
        }
        let reader = try StoreReader(path: path)
        let span = now.advanced(by: .zero - since)...now
        guard let sweep, let rule else {
            let inForce = try reader.rules().map { version in
                try Configuration.parse(Array(version.text.utf8), asFileAt: rules, environment: environment)
            }
            return try compare(inForce ?? edited, edited, on: reader, span, width, progress)
        }
        guard edited.rules.contains(where: { $0.name == rule }) else {
            throw Failure.noRule(rule, known: edited.rules.map(\.name))
        }
        let replays = try sweep.rulesets(edited.rules, sweeping: rule)
            .map { Replay(edited, rules: $0, from: span.lowerBound) }
        var backtest = Backtest(replays, of: [edited], over: span)
        try backtest.run(on: reader, progress: progress)
        guard backtest.polls > 0 else { throw Failure.noPolls(since) }
        return shown(sweep, backtest.replays.map(\.outcome), rule, width)
    }

    private func compare(
        _ inForce: Configuration, _ edited: Configuration, on reader: StoreReader,
        _ span: ClosedRange<Timestamp>, _ width: Int, _ progress: (Double) -> Void
    ) throws -> String {
        let report = try BacktestReport(inForce, edited, over: span, on: reader, progress: progress)
        guard report.polls > 0 else { throw Failure.noPolls(since) }
        guard json else { return report.text(width: width) }
        var writer = JSONWriter()
        writer.backtest(report)
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private func shown(_ sweep: Sweep, _ outcomes: [Replay.Outcome], _ rule: String, _ width: Int) -> String {
        if json {
            var writer = JSONWriter()
            writer.sweep(sweep, outcomes)
            return String(decoding: writer.bytes, as: UTF8.self) + "\n"
        }
        let rows = zip(sweep.values, outcomes).map { ($0, $1.incidents.count, $1.machines) }
        let most = max(rows.map(\.1).max() ?? 0, 1)
        let cells = rows.map { value, incidents, machines in
            let bar = String(repeating: "█", count: incidents * 40 / most)
            return ["\(rule) \(sweep.side.rawValue) \(value.plain)", "\(incidents)", "\(machines)", bar]
        }
        return Table(["THRESHOLD", "INCIDENTS", "MACHINES", ""], cells).text(width: width)
    }
}

extension BacktestReport {
    /// Replays what is stored through both configurations. Blocks.
    init(
        _ inForce: Configuration, _ edited: Configuration, over span: ClosedRange<Timestamp>,
        on reader: StoreReader, progress: (Double) -> Void = { _ in }
    ) throws(StoreError) {
        let replays = [inForce, edited].map { Replay($0, from: span.lowerBound) }
        var backtest = Backtest(replays, of: [edited, inForce], over: span)
        try backtest.run(on: reader, progress: progress)
        let (before, after) = (backtest.replays[0].outcome, backtest.replays[1].outcome)
        let comparison = Comparison(before: before, after: after)
        var webhooks = edited.webhooks.map(\.name)
        for webhook in inForce.webhooks where !webhooks.contains(webhook.name) {
            webhooks.append(webhook.name)
        }
        self.init(
            span: span, covered: backtest.covered, polls: backtest.polls, warmUpPolls: backtest.warmUpPolls,
            samples: backtest.samples, comparison: comparison,
            rules: comparison.ruleNames(edited.rules, inForce.rules), webhooks: webhooks)
    }
}

/// A line on standard error that fills as work goes on; nothing where that is no terminal.
final class ProgressBar {
    private let isShown = isatty(STDERR_FILENO) == 1
    private var last = -1

    func show(_ part: Double) {
        let per = Int(part * 100)
        guard isShown, per != last else { return }
        last = per
        let bar = String(repeating: "█", count: per * 40 / 100).padded(to: 40)
        Log.writeToStandardError(Array("\r\(bar) \(per) %\(per == 100 ? "\r\u{1b}[K" : "")".utf8))
    }
}
